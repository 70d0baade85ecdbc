"""A folder: scripts, and the archives and data files among them, in a fixed order."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from apps.seeds.readers.base import (
    Entry,
    Outcome,
    ReadOptions,
    Reason,
    Rejection,
    Unreadable,
)
from apps.seeds.readers.files import open_file
from apps.seeds.readers.names import FileKind, is_sql_name, kind_of, pack_path, unpack_path
from apps.seeds.readers.rows import NoTextColumn
from apps.seeds.readers.scripts import unreadable


class FolderReader:
    """Every file of a folder and its subfolders whose name promises SQL.

    Links to folders are not followed; links to files only where they stay inside. A folder that
    cannot be listed has an entry of its own, so that reading reports it.
    """

    def __init__(self, folder: Path, *, options: ReadOptions) -> None:
        self.folder = folder
        self._root = folder.resolve()
        self._plain_folder: Path | None = None
        self.options = options

    def manifest(self) -> Iterator[Entry]:
        for relative, size in self._walk():
            kind = kind_of(relative)
            if kind in (None, FileKind.SQL, FileKind.PACKED) or self._refusal(relative):
                yield Entry(path=pack_path(relative), size=size)
            else:
                yield from self._inner_manifest(relative, size)

    def read(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        for path, group in groupby(entries, key=lambda entry: entry.path):
            yield from self._read_file(unpack_path(path), group)

    def _walk(self) -> Iterator[tuple[str, int]]:
        """Relative paths and sizes; folders that cannot be listed come as they are."""
        waiting = [""]
        while waiting:
            relative = waiting.pop()
            folders: list[str] = []
            try:
                with os.scandir(self.folder / relative) as listing:
                    found = sorted(listing, key=lambda item: item.name)
            except OSError:
                yield relative, 0
                continue
            for item in found:
                path = os.path.join(relative, item.name)  # noqa: PTH118 - millions of plain strings
                if item.is_dir(follow_symlinks=False):
                    folders.append(path)
                elif self._is_wanted(item.name):
                    yield path, _size(item)
            waiting.extend(reversed(folders))

    def _is_wanted(self, name: str) -> bool:
        kind = kind_of(name)
        if kind in (FileKind.SQL, FileKind.PACKED):
            return is_sql_name(name)
        if kind in (FileKind.JSON, FileKind.CSV):
            # Repositories are full of these, and hardly any holds SQL: only on request.
            return self.options.text_column is not None
        return kind is not None

    def _inner_manifest(self, relative: str, size: int) -> Iterator[Entry]:
        """The entries of an archive or data file, or one for the whole of it, whose reading then
        says why it has none."""
        packed = pack_path(relative)
        try:
            reader = open_file(self.folder / relative, label=relative, options=self.options)
            for entry in reader.manifest():
                yield replace(entry, path=packed)
        except NoTextColumn:
            yield Entry(path=packed, size=size)

    def _read_file(self, relative: str, entries: Iterator[Entry]) -> Iterator[Outcome]:
        refusal = self._refusal(relative)
        if refusal is not None:
            yield refusal
            return
        try:
            reader = open_file(self.folder / relative, label=relative, options=self.options)
            yield from reader.read(entries)
        except NoTextColumn as error:
            rejection = Rejection(Reason.NO_TEXT_COLUMN, str(error))
            yield unreadable(rejection, path=relative)

    def _refusal(self, relative: str) -> Unreadable | None:
        """Why a path must not be opened: it leads outside, or is no file."""
        path = self.folder / relative
        try:
            if self._is_plain(path):
                return None
            if not path.resolve(strict=True).is_relative_to(self._root):
                raise Rejection(
                    Reason.UNSAFE_PATH,
                    "The link leads out of the folder; copy the file into it to have it read.",
                )
            if path.is_dir():
                next(path.iterdir(), None)
                raise Rejection(Reason.NOT_A_FILE, "A folder under a script's name: not a file.")
        except RuntimeError:
            rejection = Rejection(Reason.IO_ERROR, "The link leads to itself.")
            return unreadable(rejection, path=relative)
        except (Rejection, OSError) as error:
            return unreadable(error, path=relative or ".")
        return None

    def _is_plain(self, path: Path) -> bool:
        """The common case, at the cost of one call: a file in a folder known to be inside."""
        if not stat.S_ISREG(path.lstat().st_mode):
            return False
        if path.parent != self._plain_folder:
            if path.parent.resolve() != self._root / path.parent.relative_to(self.folder):
                return False
            self._plain_folder = path.parent
        return True


def _size(item: os.DirEntry[str]) -> int:
    try:
        status = item.stat(follow_symlinks=False)
    except OSError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0
