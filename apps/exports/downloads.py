"""Sending a file that lies in a folder, whole or the part that is asked for (RFC 9110, 14)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import StreamingHttpResponse

_PIECE = 1 << 18
_MOST_DIGITS = 18


def send(request: HttpRequest, path: Path, *, etag: str, as_name: str) -> HttpResponseBase:
    """The file as a download. One range is answered with 206, one beyond the end with 416; what
    is no range, several, or a range of another version (If-Range) gets the whole.

    Raises FileNotFoundError.
    """
    tag = f'"{etag}"'
    size = path.stat().st_size
    wanted = request.headers.get("Range", "")
    if request.headers.get("If-Range", tag) != tag:
        wanted = ""
    span = byte_range(wanted, size)
    if span is None:
        answer: HttpResponseBase = FileResponse(
            path.open("rb"), as_attachment=True, filename=as_name,
            content_type="application/octet-stream",
        )  # fmt: skip
    elif span.start >= size:
        answer = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        answer = StreamingHttpResponse(
            _pieces(path.open("rb"), span), status=206, content_type="application/octet-stream"
        )
        # What the web server gives to slow readers without a thread (apps.core.threads).
        answer.is_of_a_file = True  # type: ignore[attr-defined]
        answer["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
        answer["Content-Length"] = str(len(span))
        answer["Content-Disposition"] = f'attachment; filename="{as_name}"'
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = tag
    return answer


def byte_range(header: str, size: int) -> range | None:
    """The bytes that a Range header asks for; None where it asks for the whole. A range that
    begins behind the end is given as it is.
    """
    unit, _, spans = header.partition("=")
    first, dash, last = spans.strip().partition("-")
    if unit.strip() != "bytes" or not dash or not all(map(_is_number, (first, last))):
        return None
    if not first:
        # The last so many bytes; none at all is nothing that can be sent.
        return range(max(0, size - int(last)), size) if last and int(last) else _behind(size, last)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1 if last else size, size))


def _behind(size: int, last: str) -> range | None:
    return range(size, size) if last else None


def _is_number(text: str) -> bool:
    return not text or (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS)


def _pieces(file: IO[bytes], span: range) -> Iterator[bytes]:
    with file:
        file.seek(span.start)
        left = len(span)
        while left and (piece := file.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece
