"""Cut a Markdown text into prose lines, fenced blocks and unfenced tables, in order.

No Markdown library: what models write is often not Markdown (fences never closed, tables without
a border, psql output in the middle of prose), and every line must end up somewhere visible.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from apps.validation.results.tables import is_border

MAX_TEXT = 60_000
MAX_LINES = 3_000

_FENCE = re.compile(r"^[ \t>]{0,12}(`{3,12}|~{3,12})[ \t]*([\w+./#-]{0,30})[^`\n]{0,80}$")
_QUOTE = re.compile(r"^[ \t]{0,12}>[ \t]?")
_SPACES = str.maketrans({"\u00a0": " ", "\u200b": None, "\ufeff": None, "\u2028": "\n", "\r": "\n"})


class Kind(StrEnum):
    PROSE = "prose"
    FENCE = "fence"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Segment:
    """One prose line, fenced block or unfenced table. closed: its fence has an end."""

    kind: Kind
    text: str
    info: str = ""
    closed: bool = True


def clean(text: str) -> tuple[str, bool]:
    """The text with one kind of line end and space, and whether it had to be cut."""
    plain = text[: MAX_TEXT + 1].replace("\r\n", "\n").translate(_SPACES).replace("\x00", "")
    lines = plain.split("\n")
    cut = len(text) > MAX_TEXT or len(lines) > MAX_LINES
    return "\n".join(lines[:MAX_LINES])[:MAX_TEXT], cut


def segments(text: str) -> list[Segment]:
    """The segments of a text that `clean` made, in order."""
    found: list[Segment] = []
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        fence = _FENCE.match(lines[index])
        if fence:
            segment, index = _fenced(lines, index, fence)
            found.append(segment)
            continue
        length = _table_length(lines, index)
        if length:
            found.append(Segment(Kind.TABLE, "\n".join(lines[index : index + length])))
            index += length
            continue
        if lines[index].strip():
            found.append(Segment(Kind.PROSE, lines[index].strip()))
        index += 1
    return found


def _fenced(lines: list[str], index: int, fence: re.Match[str]) -> tuple[Segment, int]:
    mark, info = fence.group(1), fence.group(2).lower()
    quoted = lines[index].lstrip().startswith(">")
    body: list[str] = []
    for end in range(index + 1, len(lines)):
        other = _FENCE.match(lines[end])
        if other and other.group(1)[0] == mark[0] and len(other.group(1)) >= len(mark):
            # A fence with a name inside a fence: the first was never closed.
            closed = not other.group(2)
            resume = end + 1 if closed else end
            return Segment(Kind.FENCE, "\n".join(body), info, closed), resume
        body.append(_QUOTE.sub("", lines[end]) if quoted else lines[end])
    return Segment(Kind.FENCE, "\n".join(body), info, closed=False), len(lines)


def _table_length(lines: list[str], index: int) -> int:
    """How many lines from `index` on make one unfenced table; 0 where none starts here."""
    if not _tabular(lines[index]):
        return 0
    end, rows = index + 1, 1
    if end + 1 < len(lines) and not lines[end].strip() and _tabular(lines[end + 1]):
        end += 1  # the usual shape has a blank line below the header
    while end < len(lines) and _tabular(lines[end]):
        rows += 1
        end += 1
    return end - index if rows > 1 else 0


def _tabular(line: str) -> bool:
    bare = line.strip()
    if not bare or len(bare) > 4_000 or bare.startswith(("- ", "* ", "#", ">")):
        return False
    if "\t" in bare and len(bare.split("\t")) > 1:
        return True
    return _is_drawn(bare) or (any(mark in bare for mark in "|│┃║") and "||" not in bare)


def _is_drawn(line: str) -> bool:
    """A border with a corner; a bare `---` is a Markdown rule, no table."""
    bare = line.strip()
    return is_border(bare) and any(mark in bare for mark in "+|┌├└╔╠╚┏┣┗╭╰╒╞╘")
