"""Many rows as JSONL: read in slices by their ids, so that no query is long and a stream that
broke off goes on behind its last line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from pydantic_core import to_json

MEDIA_TYPE = "application/jsonl"
SLICE = 2_000
Line = Callable[[Any], dict[str, Any]]


def jsonl(
    rows: QuerySet[Any, Any], line: Line, *, after: int, size: int = SLICE
) -> StreamingHttpResponse:
    """The rows behind `after`, oldest first, one object a line."""
    return StreamingHttpResponse(_pieces(rows, line, after, size), content_type=MEDIA_TYPE)


def _pieces(rows: QuerySet[Any, Any], line: Line, after: int, size: int) -> Iterator[bytes]:
    """A slice of lines at once: a piece for every row would cost more than the row."""
    while found := list(rows.filter(pk__gt=after).order_by("pk")[:size]):
        lines = [line(row) for row in found]
        after = lines[-1]["id"]
        yield b"".join([to_json(each) + b"\n" for each in lines])
        if len(found) < size:
            return


def lines_of(schema: str) -> dict[str, Any]:
    """What the document says of such an answer: lines, each of the schema of that name."""
    lines = {"type": "string", "description": f"One JSON object a line: {schema}."}
    return {
        "responses": {
            200: {"description": "JSONL", "content": {MEDIA_TYPE: {"schema": lines}}},
        }
    }
