"""Rows of a table (JSONL, Parquet, Hugging Face): which columns count, and one item per row."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from apps.seeds.readers.base import (
    Outcome,
    ReadOptions,
    Reason,
    Rejection,
    SourceError,
    Unreadable,
)
from apps.seeds.readers.bucket import BlobRequest, fetch_in_order
from apps.seeds.readers.licences import check_licence
from apps.seeds.readers.limits import too_large
from apps.seeds.readers.names import clean

TEXT_COLUMNS = ("content", "text", "sql")
_BLOB_COLUMN = "blob_id"
_PATH_COLUMNS = ("path", "max_stars_repo_path")
_REPOSITORY_COLUMNS = ("repo_name", "max_stars_repo_name", "repository")
_LICENCE_COLUMNS = ("detected_licenses", "max_stars_repo_licenses", "licenses", "license")
_TYPE_COLUMN = "license_type"
_ENCODING_COLUMN = "src_encoding"
_REVISION_COLUMNS = ("revision_id", "max_stars_repo_head_hexsha", "revision")
_LENGTH_COLUMN = "length_bytes"
METADATA_COLUMNS = (
    _BLOB_COLUMN,
    *_PATH_COLUMNS,
    *_REPOSITORY_COLUMNS,
    *_LICENCE_COLUMNS,
    _TYPE_COLUMN,
    _ENCODING_COLUMN,
    *_REVISION_COLUMNS,
    _LENGTH_COLUMN,
)


class NoTextColumn(SourceError):
    """A table has neither a text column nor blob ids; the message names what it has."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row by column name, and its place in the source."""

    locator: str
    values: Mapping[str, object]


def text_column(columns: Iterable[str], options: ReadOptions) -> str | None:
    """The column with the SQL; None where blob ids stand for it (The Stack v2).

    Raises NoTextColumn.
    """
    present = tuple(columns)
    wanted = (options.text_column,) if options.text_column else TEXT_COLUMNS
    for name in wanted:
        if name in present:
            return name
    if options.text_column is None and _BLOB_COLUMN in present:
        return None
    shown = ", ".join(clean(name)[:60] for name in present[:40]) or "none"
    raise NoTextColumn(
        f"There is no text column {' or '.join(wanted)}; the columns are: {shown}. "
        "Name the one that holds the SQL as text_column."
    )


def wanted_columns(columns: Iterable[str], options: ReadOptions) -> list[str]:
    """The columns to read of those that are there. Raises NoTextColumn."""
    present = tuple(columns)
    text = text_column(present, options)
    return [name for name in present if name == text or name in METADATA_COLUMNS]


def outcomes(rows: Iterable[Row | Unreadable], options: ReadOptions) -> Iterator[Outcome]:
    """One outcome per row, in order; blobs are downloaded many at once.

    Raises SourceError when the bucket is out of reach.
    """
    return fetch_in_order((_outcome(row, options) for row in rows), options)


def _outcome(row: Row | Unreadable, options: ReadOptions) -> Outcome | BlobRequest:
    if isinstance(row, Unreadable):
        return row
    request = _request(row)
    try:
        check_licence(
            request.licences,
            licence_type=_first(row.values, (_TYPE_COLUMN,)),
            policy=options.licences,
        )
        column = text_column(row.values, options)
        if column is None:
            return request
        data = _text_bytes(row.values[column], column, options.max_file_bytes)
    except NoTextColumn as error:
        return request.unreadable(Rejection(Reason.BAD_ROW, str(error)))
    except Rejection as error:
        return request.unreadable(error)
    return request.item(data, encoding=request.encoding or "utf-8")


def _text_bytes(value: object, column: str, limit: int) -> bytes:
    if isinstance(value, str):
        if len(value) > limit:
            raise too_large(limit)
        try:
            value = value.encode("utf-8")
        except UnicodeEncodeError:
            raise Rejection(
                Reason.BAD_ROW, "The text holds half a character (a lone surrogate)."
            ) from None
    if not isinstance(value, bytes):
        found = "null" if value is None else type(value).__name__
        raise Rejection(Reason.BAD_ROW, f"Column {column} should hold text but holds {found}.")
    if len(value) > limit:
        raise too_large(limit)
    if not value:
        raise Rejection(Reason.EMPTY, "The text is empty.")
    return value


def _request(row: Row) -> BlobRequest:
    length = row.values.get(_LENGTH_COLUMN)
    return BlobRequest(
        path=_first(row.values, _PATH_COLUMNS) or row.locator,
        locator=row.locator,
        blob_id=_first(row.values, (_BLOB_COLUMN,)),
        encoding=_first(row.values, (_ENCODING_COLUMN,)),
        repository=_first(row.values, _REPOSITORY_COLUMNS),
        licences=_licences(row.values),
        revision=_first(row.values, _REVISION_COLUMNS),
        length=length if isinstance(length, int) and length >= 0 else None,
    )


def _first(values: Mapping[str, object], columns: tuple[str, ...]) -> str:
    for column in columns:
        value = values.get(column)
        if isinstance(value, str) and value:
            return clean(value)
    return ""


def _licences(values: Mapping[str, object]) -> tuple[str, ...]:
    for column in _LICENCE_COLUMNS:
        value = values.get(column)
        named = [value] if isinstance(value, str) else value
        if isinstance(named, list) and named:
            return tuple(clean(name) for name in named if isinstance(name, str) and name)
    return ()
