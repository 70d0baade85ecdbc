"""One file: bytes to text to seeds, or the reason why not.

A large file is read in a child process that may be killed: its statements are as small as any,
but a hostile one can cost minutes and gigabytes. A small one is read here and pays nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace

from apps.seeds.extraction.chain import ExtractionSettings, Rejection, extract
from apps.seeds.gathering.file_process import CRASHED, FileProcess, Limits, Read
from apps.seeds.gathering.storing import Group, ReadFile
from apps.seeds.readers.base import SourceItem, Unreadable
from apps.seeds.readers.decoding import decode

log = logging.getLogger(__name__)
LARGE_BYTES = 512 * 1024
FILE_FLOOD = "file_flood"
REASONS = {
    "binary": "The file is no text in any encoding known here.",
    "empty": "The file has nothing but blanks.",
}


def read_file(
    origin: SourceItem | Unreadable,
    *,
    key: bytes,
    settings: ExtractionSettings,
    seeds_per_file: int,
    process: FileProcess | None = None,
    limits: Limits | None = None,
) -> ReadFile:
    """Decode a file and take its seeds out; a file that cannot be read says why.

    With a `process` large files are read there, within `limits`.
    """
    file = ReadFile.of(origin, key)
    if isinstance(origin, Unreadable):
        file.reason, file.message = origin.reason.value, origin.message
        return file
    work = Read(file, origin.encoding_hint or "", settings, seeds_per_file)
    if process and limits and len(origin.data) > LARGE_BYTES:
        return process.read(work, origin.data, limits)
    return read_bytes(work, origin.data)


def read_bytes(work: Read, data: bytes) -> ReadFile:
    """Decode and extract in this process. An error that nobody foresaw costs this file only."""
    try:
        return _read(work, data)
    except MemoryError:
        raise  # the process is at its end, not the file
    except Exception as error:
        log.exception("Reading %s failed.", work.file.path)
        message = f"Winnow failed over it ({type(error).__name__}: {error}); the log says where."
        return replace(
            work.file, encoding="", seeds=[], rejections=[], counts=Counter(),
            reason=CRASHED, message=message[:2000],
        )  # fmt: skip


def _read(work: Read, data: bytes) -> ReadFile:
    file = work.file
    decoded = decode(data, encoding=work.encoding_hint)
    if decoded.reason:
        file.reason, file.message = decoded.reason, REASONS[decoded.reason]
        return file
    file.encoding = decoded.encoding
    found = extract(decoded.content, path=file.path, settings=work.settings)
    for item in found:
        if isinstance(item, Rejection):
            file.reject(item)
        elif len(file.seeds) < work.seeds_per_file:
            file.seeds.append(item)
        else:
            file.reject(Rejection(FILE_FLOOD, item.start, item.end, item.text[:500]))
    file.dialect, file.dialect_confidence = found.guess.dialect.value, found.guess.confidence
    file.counts[Group.STATEMENTS, "found"] = found.statements + found.transactions
    return file
