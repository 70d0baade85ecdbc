"""open_source: from what a person writes to the reader of it."""

import os
from pathlib import Path

from apps.seeds.readers.base import Reader, ReadOptions, SourceError
from apps.seeds.readers.files import open_file
from apps.seeds.readers.folder import FolderReader

HUB_PREFIX = "hf:"


def open_source(spec: str, *, options: ReadOptions | None = None) -> Reader:
    """The reader for a source.

    `spec` is a folder, a script (.sql and the like, also .gz, .bz2, .xz, .zst), an archive
    (.zip, .tar and packed tars), a JSONL, JSON, CSV or TSV (also .gz, .zst) or Parquet file, or
    `hf:` and a Hugging Face data set or a local folder of one. Raises SourceError with a message
    that names the fix.
    """
    chosen = options or ReadOptions()
    if spec.startswith(HUB_PREFIX):
        return _open_hub(spec.removeprefix(HUB_PREFIX), chosen)
    path = Path(spec)
    try:
        is_folder = path.stat() and path.is_dir()
    except FileNotFoundError:
        raise SourceError(
            f"There is no file or folder {spec!r}. A Hugging Face data set is written hf:{spec}."
        ) from None
    except OSError as error:
        raise SourceError(f"{spec!r} cannot be opened: {error.strerror}.") from error
    if not os.access(path, os.R_OK):
        raise SourceError(f"No permission to read {spec!r}: give this user read access.")
    if is_folder:
        return FolderReader(path, options=chosen)
    return open_file(path, options=chosen)


def _open_hub(name: str, options: ReadOptions) -> Reader:
    # Importing `datasets` takes a second, which a folder need not wait for.
    from apps.seeds.readers.hub import HubReader

    return HubReader(name, options=options)
