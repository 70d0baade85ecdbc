"""Tables that stand among lines of prose, in no fence: how many lines each has."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from apps.sql.columns import squeezed
from apps.validation.results.tables import MAX_ROWS, is_aligned_rule, is_border

_NAMES = re.compile(r"[^\W\d]\w{0,60}(?:,[^\W\d]\w{0,60}){1,40}")
_NAME = re.compile(r"[ \t]{0,8}[^\W\d]\w{0,60}[ \t]{0,8}")
_VALUE = re.compile(r"(?![-*] |[#>`\[])[^|]{0,400}[^|:.;]")
_ONE_RULE = re.compile(r"[ \t]{0,8}-{2,80}[ \t]{0,8}")


def table_length(
    lines: Sequence[str],
    index: int,
    names: tuple[str, ...],
    *,
    said: str,
    announces: Callable[[str], bool],
) -> int:
    """How many lines from `index` on make one table; 0 where none starts here.

    names: of columns that may head a table of one column. said: the line of prose above; announces
    tells whether one says that a result follows.
    """
    return (
        _barred_length(lines, index)
        or _column_length(lines, index, names, said, announces)
        or _csv_length(lines, index)
    )


def _column_length(
    lines: Sequence[str],
    index: int,
    names: tuple[str, ...],
    said: str,
    announces: Callable[[str], bool],
) -> int:
    """How many lines make a table that no bars show; 0 where none starts here.

    With a rule below its names, or of one column that the SQL gives, or that a label announces.
    """
    below = lines[index + 1] if index + 1 < len(lines) else ""
    bare = lines[index].strip(" \t*_|`")
    is_known = bool(names) and len(bare) < 90 and squeezed(bare) in names
    if is_aligned_rule(below):
        end = _end(lines, index)
        return end - index if end - index > 2 else 0
    if not said or not lines[index].strip() or not (is_known or _NAME.fullmatch(lines[index])):
        return 0
    if is_known and not below.strip() and _are_values(lines[index + 2 : _end(lines, index + 2)]):
        return _end(lines, index + 2) - index  # the usual shape has a blank line below the header
    end = _end(lines, index)
    ruled = end - index > 2 and bool(_ONE_RULE.fullmatch(below))
    label = said.rstrip("*_ ").endswith(":") or said.startswith(("#", "**"))
    announced = label and (ruled or announces(said))
    if end - index < 2 or not (announced or is_known):
        return 0
    return end - index if _are_values(lines[index + (2 if ruled else 1) : end]) else 0


def _csv_length(lines: Sequence[str], index: int) -> int:
    """How many lines are names with commas between and rows of as many values; 0 for none."""
    commas, end = lines[index].count(","), index + 1
    if not _NAMES.fullmatch(lines[index].strip()):
        return 0
    while end < len(lines) and lines[end].count(",") == commas and len(lines[end]) < 4_000:
        end += 1
    return end - index if end - index > 1 else 0


def _end(lines: Sequence[str], index: int) -> int:
    # One line more than a table may have, so that a longer one is seen to be longer.
    last = min(len(lines), index + MAX_ROWS + 4)
    while index < last and lines[index].strip():
        index += 1
    return index


def _are_values(lines: Sequence[str]) -> bool:
    few = all(len(line.split()) < 6 for line in lines)
    return bool(lines) and few and all(_VALUE.fullmatch(line.strip()) for line in lines)


def _barred_length(lines: Sequence[str], index: int) -> int:
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
    # A border has a corner; a bare `---` is a Markdown rule, no table.
    drawn = is_border(bare) and any(mark in bare for mark in "+|┌├└╔╠╚┏┣┗╭╰╒╞╘")
    parted = any(mark in bare for mark in "|│┃║") and "||" not in bare
    return "\t" in bare or drawn or parted
