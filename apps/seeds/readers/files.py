"""Which reader a single file gets, by its name."""

from pathlib import Path

from apps.seeds.readers.base import Reader, ReadOptions
from apps.seeds.readers.names import FileKind, kind_of
from apps.seeds.readers.scripts import ScriptReader
from apps.seeds.readers.tarball import TarReader
from apps.seeds.readers.zipped import ZipReader


def open_file(file: Path, *, label: str | None, options: ReadOptions) -> Reader:
    """The reader of one file; a name that promises nothing is read as a plain script.

    `label` is the file's path in the folder that it belongs to, None where the file is the
    source. Raises SourceError where the file as a whole cannot be used.
    """
    prefix = label or ""
    match kind_of(file.name):
        case FileKind.ZIP:
            return ZipReader(file, prefix=prefix, options=options)
        case FileKind.TAR:
            return TarReader(file, prefix=prefix, options=options)
        case _:
            return ScriptReader(file, label=label or file.name, options=options)
