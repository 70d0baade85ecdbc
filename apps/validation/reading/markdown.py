"""Cut a Markdown text into prose lines, fenced blocks and unfenced tables, in order.

No Markdown library: what models write is often not Markdown (fences never closed, tables without
a border, psql output in the middle of prose), and every line must end up somewhere visible.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from apps.validation.reading import labels
from apps.validation.results.tables import is_aligned_rule, is_border

MAX_TEXT = 60_000
MAX_LINES = 3_000

_FENCE = re.compile(r"^[ \t>]{0,12}(`{3,12}|~{3,12})[ \t]*([\w+./#-]{0,30})[^`\n]{0,80}$")
_QUOTE = re.compile(r"^[ \t]{0,12}>[ \t]?")
_QUOTES = re.compile(r"^(?:[ \t]{0,3}>[ \t]?){1,12}")
_COLUMN_NAME = re.compile(r"[ \t]{0,8}[^\W\d]\w{0,60}[ \t]{0,8}")
_ONE_RULE = re.compile(r"[ \t]{0,8}-{2,80}[ \t]{0,8}")


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
    """The text with one kind of line end, and whether it had to be cut.

    Nothing else is changed: the SQL that is run is the text that is stored.
    """
    plain = text[: MAX_TEXT + 1].replace("\r\n", "\n").replace("\r", "\n")
    lines = plain.split("\n")
    cut = len(text) > MAX_TEXT or len(lines) > MAX_LINES
    return "\n".join(lines[:MAX_LINES])[:MAX_TEXT], cut


def segments(text: str) -> list[Segment]:
    """The segments of a text that `clean` made, in order."""
    found: list[Segment] = []
    lines = text.split("\n")
    index = 0
    said = ""
    while index < len(lines):
        if lines[index].lstrip().startswith(">"):
            _unquote(lines, index)
        fence = _FENCE.match(lines[index])
        if fence:
            segment, index = _fenced(lines, index, fence)
            found.append(segment)
            said = ""
            continue
        length = _table_length(lines, index) or _column_length(lines, index, said)
        if length:
            found.append(Segment(Kind.TABLE, "\n".join(lines[index : index + length])))
            index += length
            said = ""
            continue
        if lines[index].strip():
            said = lines[index].strip()
            found.append(Segment(Kind.PROSE, said))
        index += 1
    return found


def _unquote(lines: list[str], index: int) -> None:
    """Take the marks of a block quote off its lines, so that it is read like any other text."""
    while index < len(lines) and lines[index].lstrip().startswith(">"):
        lines[index] = _QUOTES.sub("", lines[index])
        index += 1


def _column_length(lines: list[str], index: int, said: str) -> int:
    """How many lines make a table that no bars show; 0 where none starts here.

    With a rule below its names, or one column right below a line that announces a result.
    """
    end = index
    while end < len(lines) and lines[end].strip() and not _FENCE.match(lines[end]):
        end += 1
    below = lines[index + 1] if index + 1 < end else ""
    if end - index > 2 and is_aligned_rule(below):
        return end - index
    if end - index < 2 or not said or not _COLUMN_NAME.fullmatch(lines[index]):
        return 0
    label = said.rstrip("*_ ").endswith(":") or said.startswith(("#", "**"))
    ruled = end - index > 2 and bool(_ONE_RULE.fullmatch(below))
    if not label or not (ruled or labels.role_of(said) is labels.Role.EXPECTED):
        return 0
    values = lines[index + (2 if ruled else 1) : end]
    return end - index if all(_is_value(line) for line in values) else 0


def _is_value(line: str) -> bool:
    bare = line.strip()
    opens = bare.startswith(("- ", "* ", "#", ">", "`", "|", "["))
    return (
        not opens
        and "|" not in bare
        and not bare.endswith((":", ".", ";"))
        and len(bare.split()) < 6
    )


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
