"""open_source: from what a person writes to the reader of it."""

import os
from pathlib import Path

from apps.seeds.readers.base import Reader, ReadOptions, SourceError
from apps.seeds.readers.files import open_file
from apps.seeds.readers.folder import FolderReader
from apps.seeds.readers.names import FileKind, check_data_set, is_local_path, kind_of

HUB_PREFIX = "hf:"


def whole_spec(spec: str) -> str:
    """What a person wrote as it is stored: paths from the root. Nothing is opened.

    Raises SourceError for a path that is not there and a data set's name that is none.
    """
    if not spec.startswith(HUB_PREFIX):
        path = Path(spec).resolve()
        _check_path(path)
        return str(path)
    name = spec.removeprefix(HUB_PREFIX)
    check_data_set(name)
    return HUB_PREFIX + (str(Path(name).resolve()) if is_local_path(name) else name)


def kind_of_source(spec: str) -> str:
    """In a word what a whole spec is: hub, folder, or the kind of file."""
    if spec.startswith(HUB_PREFIX):
        return "hub"
    kind = "folder" if Path(spec).is_dir() else kind_of(Path(spec).name)
    return "script" if kind in (None, FileKind.SQL, FileKind.PACKED) else str(kind)


def open_source(spec: str, *, options: ReadOptions | None = None) -> Reader:
    """The reader for a source.

    `spec` is a folder, a script (.sql and the like, also .gz, .bz2, .xz, .zst), an archive
    (.zip, .tar and packed tars), a JSONL, JSON, CSV or TSV (also .gz, .zst) or Parquet file, or
    `hf:` and a Hugging Face data set or a path to a folder of one. Raises SourceError with
    a message that names the fix.
    """
    chosen = options or ReadOptions()
    if spec.startswith(HUB_PREFIX):
        return _open_hub(spec.removeprefix(HUB_PREFIX), chosen)
    path = Path(spec)
    _check_path(path)
    if path.is_dir():
        return FolderReader(path, options=chosen)
    return open_file(path, options=chosen)


def _check_path(path: Path) -> None:
    spec = str(path)
    try:
        path.stat()
    except FileNotFoundError:
        raise SourceError(
            f"There is no file or folder {spec!r}. A Hugging Face data set is written"
            " hf:owner/name."
        ) from None
    except OSError as error:
        raise SourceError(f"{spec!r} cannot be opened: {error.strerror}.") from error
    except ValueError as error:
        raise SourceError(f"{spec!r} cannot be opened: {error}.") from error
    if not os.access(path, os.R_OK):
        raise SourceError(f"No permission to read {spec!r}: give this user read access.")


def _open_hub(name: str, options: ReadOptions) -> Reader:
    # Importing `datasets` takes a second, which a folder need not wait for.
    from apps.seeds.readers.hub import HubReader

    return HubReader(name, options=options)
