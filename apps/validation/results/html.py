"""Tables of HTML → the same tables with bars, a row a line."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

_OPENS, _CLOSES = "<table", "</table>"
_TAG = re.compile(r"<(/?)([a-zA-Z]\w{0,20})[^<>]{0,200}>")


def unmarked(lines: Iterable[str]) -> Iterator[str]:
    """The lines, those of each `<table>` … `</table>` replaced by its rows; the rest as it is."""
    taken: list[str] | None = None
    for line in lines:
        low = line.lower()
        if taken is None and _OPENS not in low:
            yield line
            continue
        taken = taken or []
        taken.append(line)
        if _CLOSES in low:
            yield from ("", *rows_of("\n".join(taken)), "")
            taken = None
    yield from taken or ()


def rows_of(text: str) -> list[str]:
    """The rows of a text's tables, cells between bars; other tags are left out."""
    rows: list[list[str]] = []
    cell: list[str] | None = None
    end = 0
    for tag in _TAG.finditer(text):
        if cell is not None:
            cell.append(text[end : tag.start()])
        end = tag.end()
        name = tag.group(2).lower()
        if name not in {"table", "tr", "td", "th"}:
            continue
        if cell is not None and rows:
            rows[-1].append(_words(cell))
            cell = None
        if not tag.group(1) and name != "table":
            if name == "tr" or not rows:
                rows.append([])
            cell = None if name == "tr" else []
    return [f"| {' | '.join(row)} |" for row in rows if row]


def _words(parts: list[str]) -> str:
    return " ".join(html.unescape("".join(parts)).split()).replace("|", "\\|")
