"""One file: bytes to text to seeds, or the reason why not."""

from __future__ import annotations

from apps.seeds.decoding import decode
from apps.seeds.extraction import ExtractionSettings, Rejection, extract
from apps.seeds.readers.base import SourceItem, Unreadable
from apps.seeds.storing import SAMPLES_PER_REASON, Group, ReadFile

REASONS = {
    "binary": "The file is no text in any encoding known here.",
    "empty": "The file has nothing but blanks.",
}


def read_file(origin: SourceItem | Unreadable, settings: ExtractionSettings) -> ReadFile:
    """Decode a file and take its seeds out; a file that cannot be read says why."""
    if isinstance(origin, Unreadable):
        return ReadFile(origin, reason=origin.reason.value, message=origin.message)
    decoded = decode(origin.data, encoding=origin.encoding_hint or "")
    if decoded.reason:
        return ReadFile(origin, reason=decoded.reason, message=REASONS[decoded.reason])
    return _with_seeds(ReadFile(origin, encoding=decoded.encoding), decoded.content, settings)


def _with_seeds(file: ReadFile, content: bytes, settings: ExtractionSettings) -> ReadFile:
    found = extract(content, path=file.origin.path, settings=settings)
    for item in found:
        if not isinstance(item, Rejection):
            file.seeds.append(item)
        elif found.reasons[item.reason] <= SAMPLES_PER_REASON:
            file.rejections.append(item)
    file.dialect, file.dialect_confidence = found.guess.dialect.value, found.guess.confidence
    file.counts[Group.STATEMENTS, "found"] = found.statements
    for reason, number in found.reasons.items():
        file.counts[Group.REJECTED, reason] = number
    return file
