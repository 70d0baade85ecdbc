"""One file: bytes to text to seeds, or the reason why not.

A large file is read in a child process that may be killed: its statements are as small as any,
but a hostile one can cost minutes and gigabytes. A small one is read here and pays nothing.
"""

from __future__ import annotations

from collections import Counter

from apps.seeds.extraction.chain import ExtractionSettings
from apps.seeds.gathering.extracting import read_bytes
from apps.seeds.gathering.file_process import FileProcess
from apps.seeds.gathering.files import Limits, Read, ReadFile
from apps.seeds.readers.base import LicencePolicy, SourceItem, Unreadable
from apps.sql.dialects import Dialect

NO_NEIGHBOURS: Counter[Dialect] = Counter()
LARGE_BYTES = 512 * 1024


def read_file(
    origin: SourceItem | Unreadable,
    *,
    key: bytes,
    settings: ExtractionSettings,
    seeds_per_file: int,
    policy: LicencePolicy = LicencePolicy.ANY,
    neighbours: Counter[Dialect] | None = NO_NEIGHBOURS,
    process: FileProcess | None = None,
    limits: Limits | None = None,
) -> ReadFile:
    """Decode a file and take its seeds out; a file that cannot be read says why.

    With `neighbours` None one that says nothing of its dialect only says that it waits for them.
    With a `process` large files are read there, within `limits`.
    """
    file = ReadFile.of(origin, key)
    if isinstance(origin, Unreadable):
        file.reason, file.message = origin.reason.value, origin.message
        return file
    work = Read(file, origin.encoding_hint or "", settings, seeds_per_file, policy, neighbours)
    if process and limits and len(origin.data) > LARGE_BYTES:
        return process.read(work, origin.data, limits)
    return read_bytes(work, origin.data)
