"""A single SQL script on disk, packed or not."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from apps.seeds.readers.base import (
    Entry,
    Outcome,
    ReadOptions,
    Reason,
    Rejection,
    SourceItem,
    Unreadable,
)
from apps.seeds.readers.limits import BAD_CONTENT, as_rejection, read_packed, too_large
from apps.seeds.readers.names import clean

_LONGEST_MESSAGE = 1000


@contextmanager
def open_regular(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """A regular file opened for reading, with its size in bytes.

    Opened without blocking, so that a FIFO under a script's name cannot hang the worker.
    Raises Rejection for anything but a regular file, OSError as open does.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Rejection(Reason.NOT_A_FILE, "Neither a file nor a folder: it is skipped.")
        yield stream, status.st_size


def unreadable(error: BaseException, *, path: str, locator: str | None = None) -> Unreadable:
    """The outcome for an exception of BAD_CONTENT or a Rejection."""
    rejection = as_rejection(error)
    return Unreadable(
        path=clean(path),
        locator=clean(path if locator is None else locator),
        reason=rejection.reason,
        message=clean(rejection.message)[:_LONGEST_MESSAGE],
    )


class ScriptReader:
    """One script; its only entry is the whole file."""

    def __init__(self, file: Path, *, label: str, options: ReadOptions) -> None:
        self.file = file
        self.label = label
        self.options = options

    def manifest(self) -> Iterator[Entry]:
        try:
            size = self.file.stat().st_size
        except OSError:
            size = 0
        yield Entry(path="", size=size)

    def read(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        for _ in entries:
            try:
                yield self._read()
            except (Rejection, *BAD_CONTENT) as error:
                yield unreadable(error, path=self.label)

    def _read(self) -> SourceItem:
        with open_regular(self.file) as (stream, size):
            if size > self.options.max_file_bytes:
                raise too_large(self.options.max_file_bytes)
            data = read_packed(self.file.name, stream, packed_bytes=size, options=self.options)
        return SourceItem(path=clean(self.label), locator=clean(self.label), data=data)
