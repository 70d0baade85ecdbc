"""The bytes of one file → its seeds, in this process."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace

from apps.seeds.extraction.chain import Rejection, extract
from apps.seeds.gathering.files import CRASHED, Group, Read, ReadFile
from apps.seeds.readers.base import Rejection as Refusal
from apps.seeds.readers.decoding import decode
from apps.seeds.readers.licences import check_licence
from apps.seeds.readers.own_licence import holding, own_licence
from apps.sql.dialects import Dialect

log = logging.getLogger(__name__)
FILE_FLOOD = "file_flood"
REASONS = {
    "binary": "The file is no text in any encoding known here.",
    "empty": "The file has nothing but blanks.",
}


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
    if not _take_licence(work, decoded.content):
        return file
    found = extract(
        decoded.content,
        path=file.path,
        settings=work.settings,
        neighbours=work.neighbours or (),
    )
    if work.neighbours is None and found.guess.dialect is Dialect.UNKNOWN:
        file.waits = True
        return file
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


def _take_licence(work: Read, content: bytes) -> bool:
    """Note what the file says of its licence; false when the gathering wants no such file."""
    file = work.file
    file.own_licence = own_licence(content)
    told = file.licences
    file.licences = holding(told, file.own_licence)
    if file.licences == told:
        return True
    try:
        check_licence(file.licences, policy=work.policy)
    except Refusal as refusal:
        file.reason = refusal.reason.value
        file.message = f"{refusal.message} It stands in the file itself."
        return False
    return True
