"""Which reader a single file gets, by its name."""

from pathlib import Path

from apps.seeds.readers.base import Reader, ReadOptions
from apps.seeds.readers.csvs import CsvReader
from apps.seeds.readers.json_arrays import JsonReader
from apps.seeds.readers.jsonl import JsonlReader
from apps.seeds.readers.names import FileKind, kind_of
from apps.seeds.readers.scripts import ScriptReader
from apps.seeds.readers.tarball import TarReader
from apps.seeds.readers.zipped import ZipReader


def open_file(file: Path, *, label: str = "", options: ReadOptions) -> Reader:
    """The reader of one file; a name that promises nothing is read as a plain script.

    `label` is the file's path in the folder that it belongs to, empty where the file is the
    source. Raises NoTextColumn for a table without a column that holds the SQL.
    """
    name = label or file.name
    match kind_of(file.name):
        case FileKind.ZIP:
            return ZipReader(file, prefix=label, options=options)
        case FileKind.TAR:
            return TarReader(file, prefix=label, options=options)
        case FileKind.JSONL:
            return JsonlReader(file, label=name, options=options)
        case FileKind.JSON:
            return JsonReader(file, label=name, options=options)
        case FileKind.CSV:
            return CsvReader(file, label=name, options=options)
        case FileKind.PARQUET:
            # pyarrow takes 40 MB, which a worker on scripts has a better use for.
            from apps.seeds.readers.parquet import ParquetReader

            return ParquetReader(file, label=name, options=options)
        case _:
            return ScriptReader(file, label=name, options=options)
