"""Fences that are none of Markdown's, and one at the end that opens nothing. Every pattern here is
linear: the text is hostile.
"""

from __future__ import annotations

import re

from apps.fewshot.validation import has_open_fence, open_fence

# Python's quotes, as models write them that know more Python than Markdown.
_ODD = re.compile(r" {0,3}('''|\"\"\")[ \t]*([A-Za-z+-]{0,20})[ \t]*")
_BARE = re.compile(r"[ \t]{0,3}`{3,}[ \t]*")


def with_usual_fences(text: str) -> str:
    """The text with Markdown's fences where a block stands between lines of three quotes. One that
    is not closed is one only where it names its language.
    """
    if "'''" not in text and '"""' not in text:
        return text
    lines = text.split("\n")
    opened, usual = -1, ""
    for place, line in enumerate(lines):
        odd = None if usual else _ODD.fullmatch(line)
        if odd is None:
            usual = usual if opened >= 0 else open_fence(line, usual)
        elif opened < 0:
            opened = place
        elif odd[1] in lines[opened] and not odd[2]:
            _rewrite(lines, opened, place)
            opened = -1
    if opened >= 0 and _name(lines[opened]):
        _rewrite(lines, opened, None)
    return "\n".join(lines)


def without_dangling_fence(text: str) -> str:
    """The text without a bare fence at its end that opens a block with nothing in it: the end of
    a wrapping that was never begun.
    """
    before, _, last = text.rpartition("\n")
    is_dangling = _BARE.fullmatch(last) and "\n```" in f"\n{before}" and not has_open_fence(before)
    return before.rstrip() if is_dangling else text


def _rewrite(lines: list[str], opened: int, closed: int | None) -> None:
    """One block, with marks that are longer than any within it."""
    inner = lines[opened + 1 : closed]
    marks = "````" if any(line.lstrip().startswith("```") for line in inner) else "```"
    lines[opened] = marks + _name(lines[opened])
    if closed is not None:
        lines[closed] = marks


def _name(line: str) -> str:
    odd = _ODD.fullmatch(line)
    return odd[2] if odd else ""
