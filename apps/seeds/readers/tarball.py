"""Tar archives, packed or not, read front to back in one pass."""

import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tarfile import EOFHeaderError, HeaderError  # type: ignore[attr-defined]
from typing import IO, Self, cast

from apps.seeds.readers.archives import Member, MemberLabels, member_ranges
from apps.seeds.readers.base import (
    MEBIBYTE,
    Entry,
    Outcome,
    ReadOptions,
    Reason,
    Rejection,
    SourceItem,
    joined,
)
from apps.seeds.readers.limits import (
    BAD_CONTENT,
    BombGuard,
    GuardedStream,
    read_packed,
    too_large,
    unpacking,
)
from apps.seeds.readers.scripts import open_regular

_EXTENDED_TYPES = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class _CheckedInfo(tarfile.TarInfo):
    """A header that says when it is damaged or too large.

    tarfile takes a damaged or missing header in mid-archive for its end and says nothing, and
    reads a long name or extended header into memory whole.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        info = super().frombuf(buf, encoding, errors)
        if info.type in _EXTENDED_TYPES and info.size > MEBIBYTE:
            raise Rejection(Reason.ZIP_BOMB, f"An extended header of {info.size:,} bytes.")
        return info

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(tarfile)
        except EOFHeaderError:
            raise
        except HeaderError as error:
            raise Rejection(
                Reason.BROKEN, f"The archive is damaged or cut off here ({error})."
            ) from error


class TarReader:
    """The scripts in a tar archive; entries are ranges of members.

    An unpacked archive is entered at the range's own byte; a packed one is unpacked from its
    front, once for all the entries of one reading.
    """

    def __init__(self, file: Path, *, prefix: str, options: ReadOptions) -> None:
        self.file = file
        self.labels = MemberLabels(file, prefix)
        self.options = options
        self._is_packed = not file.name.lower().endswith(".tar")

    def manifest(self) -> Iterator[Entry]:
        return member_ranges(self._listed(), self.options)

    def _listed(self) -> Iterator[Member]:
        with self._opened(offset=0) as archive:
            for member, _ in _members(archive):
                if member.counts:
                    yield member

    def read(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        for run in joined(entries):
            yield from self._read_run(run)

    def _read_run(self, run: Entry) -> Iterator[Outcome]:
        following = run.start
        try:
            with self._opened(offset=run.offset) as archive:
                for member, info in _members(archive, 0 if self._is_packed else run.start):
                    if run.stop is not None and member.index >= run.stop:
                        return
                    if member.index >= run.start and member.counts:
                        yield self._outcome(archive, member, info)
                    following = max(following, member.index + 1)
        except (Rejection, *BAD_CONTENT) as error:
            yield self.labels.broken_off(following, error)

    @contextmanager
    def _opened(self, *, offset: int) -> Iterator[tarfile.TarFile]:
        with open_regular(self.file) as (raw, size):
            if not self._is_packed:
                raw.seek(offset)
                with tarfile.open(fileobj=raw, mode="r:", tarinfo=_CheckedInfo) as archive:
                    yield archive
                return
            guard = BombGuard(packed_bytes=size, options=self.options)
            stream = cast(IO[bytes], GuardedStream(unpacking(self.file.name, raw), guard))
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_CheckedInfo) as archive:
                yield archive

    def _outcome(self, archive: tarfile.TarFile, member: Member, info: tarfile.TarInfo) -> Outcome:
        try:
            member.check()
            return self._item(archive, member, info)
        except Rejection as error:
            if error.reason is Reason.ZIP_BOMB:
                raise
            return self.labels.unreadable(member, error)

    def _item(self, archive: tarfile.TarFile, member: Member, info: tarfile.TarInfo) -> SourceItem:
        if not info.isreg():
            raise Rejection(Reason.NOT_A_FILE, "Neither a file nor a folder: it is skipped.")
        if info.size > self.options.max_file_bytes:
            raise too_large(self.options.max_file_bytes)
        contents = archive.extractfile(info)
        if contents is None:
            raise Rejection(Reason.BROKEN, "The member has no contents.")
        data = read_packed(info.name, contents, packed_bytes=info.size, options=self.options)
        return self.labels.item(member, data)


def _members(
    archive: tarfile.TarFile, first_index: int = 0
) -> Iterator[tuple[Member, tarfile.TarInfo]]:
    for index in count(first_index):
        info = archive.next()
        if info is None:
            return
        # tarfile remembers every header it has seen: millions of them would fill the memory.
        archive.members.clear()  # type: ignore[attr-defined]
        if not info.isdir():
            is_link = info.issym() or info.islnk()
            yield Member(index, info.name, info.size, info.offset, is_link), info
