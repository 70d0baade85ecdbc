"""Zip archives, read member by member in the order of their directory."""

import io
import stat
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.seeds.readers.archives import Member, MemberLabels, member_ranges
from apps.seeds.readers.base import Entry, Outcome, ReadOptions, Reason, Rejection
from apps.seeds.readers.limits import (
    BAD_CONTENT,
    BombGuard,
    GuardedStream,
    read_capped,
    read_packed,
    too_large,
)
from apps.seeds.readers.names import PACKED_SUFFIXES
from apps.seeds.readers.scripts import open_regular

_ENCRYPTED_FLAG = 0x1


class ZipReader:
    """The scripts in a zip archive; entries are ranges of members."""

    def __init__(self, file: Path, *, prefix: str, options: ReadOptions) -> None:
        self.file = file
        self.labels = MemberLabels(file, prefix)
        self.options = options

    def manifest(self) -> Iterator[Entry]:
        return member_ranges(self._listed(), self.options)

    def _listed(self) -> Iterator[Member]:
        with self._opened() as (archive, _):
            for member, _ in _members(archive):
                if member.counts:
                    yield member

    def read(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        entry: Entry | None = None
        try:
            with self._opened() as (archive, guard):
                for entry in entries:
                    for member, info in _members(archive, entry.start, entry.stop):
                        if member.counts:
                            yield self._outcome(archive, member, info, guard)
        except (Rejection, *BAD_CONTENT) as error:
            yield self.labels.broken_off(entry.start if entry else 0, error)

    @contextmanager
    def _opened(self) -> Iterator[tuple[zipfile.ZipFile, BombGuard]]:
        with open_regular(self.file) as (stream, size), zipfile.ZipFile(stream) as archive:
            yield archive, BombGuard(packed_bytes=size, options=self.options)

    def _outcome(
        self, archive: zipfile.ZipFile, member: Member, info: zipfile.ZipInfo, guard: BombGuard
    ) -> Outcome:
        try:
            member.check()
            return self.labels.item(member, self._contents(archive, info, guard))
        # zipfile's word for a compression method that it does not know.
        except NotImplementedError as error:
            rejection = Rejection(Reason.UNSUPPORTED, f"{error}; pack it with deflate instead.")
            return self.labels.unreadable(member, rejection)
        except (Rejection, *BAD_CONTENT) as error:
            return self.labels.unreadable(member, error)

    def _contents(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, guard: BombGuard) -> bytes:
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise Rejection(Reason.ENCRYPTED, "The member is encrypted: unpack it with its key.")
        self._check_size(info)
        with archive.open(info) as stream:
            data = read_capped(GuardedStream(stream, guard), limit=self.options.max_file_bytes)
        if not info.filename.lower().endswith(PACKED_SUFFIXES):
            return data
        return read_packed(
            info.filename, io.BytesIO(data), packed_bytes=len(data), options=self.options
        )

    def _check_size(self, info: zipfile.ZipInfo) -> None:
        """The directory alone tells, so a bomb costs nothing: zipfile never unpacks more than the
        directory says, whatever the data holds. Raises Rejection."""
        allowed = max(self.options.bomb_floor, info.compress_size * self.options.max_ratio)
        if info.file_size > allowed:
            raise Rejection(
                Reason.ZIP_BOMB,
                f"Unpacks from {info.compress_size:,} to {info.file_size:,} bytes; "
                "raise max_ratio and max_file_bytes if that is right.",
            )
        if info.file_size > self.options.max_file_bytes:
            raise too_large(self.options.max_file_bytes)


def _members(
    archive: zipfile.ZipFile, start: int = 0, stop: int | None = None
) -> Iterator[tuple[Member, zipfile.ZipInfo]]:
    for index, info in enumerate(archive.infolist()[start:stop], start):
        if not info.is_dir():
            is_link = stat.S_ISLNK(info.external_attr >> 16)
            # zipfile cuts a name at its NUL; a hostile name must be judged uncut.
            yield Member(index, info.orig_filename, info.file_size, is_link=is_link), info
