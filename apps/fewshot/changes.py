"""What one version of a few-shot set has different from another: by example, line and word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import groupby
from typing import Literal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.fewshot.format import render_example
from apps.fewshot.values import MODE_LABELS, Example, FewShotFile

CONTEXT_LINES = 3
# Two examples that share fewer fields are two examples, not one that was changed. Language is
# always the same, category and difficulty often are.
_SHARED_FIELDS = 5
_FIELDS = tuple(field.name for field in fields(Example) if field.name not in ("number", "unshown"))

# Lines that share less are two lines: marking their words says nothing.
_ALIKE = 0.4
# Comparing words takes the square of their number.
_MOST_WORDS = 400
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")

_TAGS = {"same": "span", "added": "ins", "removed": "del", "gap": "b"}


# A piece of a line, and whether the other side lacks it.
Words = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line of a difference; "gap" stands for the equal lines between two places.

    words: of a line that is much like its other side, the pieces that make it up, each with
    whether it is not there; () where the whole line is another.
    """

    kind: Literal["same", "added", "removed", "gap"]
    text: str
    words: tuple[Words, ...] = ()

    @property
    def html(self) -> SafeString:
        """The element that pages show it in, with the words marked that the other side lacks."""
        tag = _TAGS[self.kind]
        pieces = self.words or ((self.text, False),)
        inside = format_html_join(
            "",
            "{}",
            ((format_html("<mark>{}</mark>", text) if new else text,) for text, new in pieces),
        )
        return format_html("<{}>{}</{}>", tag, inside, tag)


@dataclass(frozen=True, slots=True)
class Change:
    """A system text or an example that is not what it was; `lines` is empty when it only moved."""

    title: str
    lines: tuple[ChangedLine, ...] = ()


def changes(before: FewShotFile, after: FewShotFile) -> list[Change]:
    """Every difference in the order of `after`, then what was removed; empty when there is none.

    An example is known again by its content, wherever it has moved to.
    """
    return [
        *system_changes(before.systems, after.systems),
        *_changed_examples(before.examples, after.examples),
    ]


def differences(before: Example, after: Example) -> tuple[ChangedLine, ...]:
    """The lines in which two states of one example differ."""
    return _lines(_body(before), _body(after))


def system_changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    """The system texts that differ, by mode."""
    for label in MODE_LABELS:
        old, new = before.get(label, ""), after.get(label, "")
        if old != new:
            yield Change(f"System text {label.replace('->', '→')}", _lines(old, new))


def _changed_examples(before: Sequence[Example], after: Sequence[Example]) -> Iterator[Change]:
    pairs = _pairs(before, after)
    moved = []
    for new in after:
        old = pairs.get(new.number)
        if old is None:
            yield Change(f"Example {new.number}, new", _lines("", _body(new)))
        elif lines := _lines(_body(old), _body(new)):
            was = "" if old.number == new.number else f" (was {old.number})"
            yield Change(f"Example {new.number}{was}", lines)
        elif old.number != new.number:
            moved.append(f"{old.number} → {new.number}")
    kept = {old.number for old in pairs.values()}
    for old in before:
        if old.number not in kept:
            yield Change(f"Example {old.number}, removed", _lines(_body(old), ""))
    if moved:
        yield Change(f"New numbers: {', '.join(moved)}")


def _pairs(before: Sequence[Example], after: Sequence[Example]) -> dict[int, Example]:
    """For each number in `after` the example of `before` that it was; the most alike first."""
    alike = sorted(
        (-_shared(old, new), old.number != new.number, new.number, old.number)
        for old in before
        for new in after
        if _shared(old, new) >= _SHARED_FIELDS
    )
    by_number = {old.number: old for old in before}
    pairs: dict[int, Example] = {}
    for _, _, new_number, old_number in alike:
        if new_number not in pairs and old_number in by_number:
            pairs[new_number] = by_number.pop(old_number)
    return pairs


def _shared(old: Example, new: Example) -> int:
    return sum(getattr(old, name) == getattr(new, name) for name in _FIELDS)


def _body(example: Example) -> str:
    """The example's text without its heading, which has its number."""
    return render_example(replace(example, number=1)).partition("\n\n")[2]


def _lines(before: str, after: str) -> tuple[ChangedLine, ...]:
    old, new = (text.split("\n") if text else [] for text in (before, after))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    lines: list[ChangedLine] = []
    for group in matcher.get_grouped_opcodes(CONTEXT_LINES):
        if lines:
            lines.append(ChangedLine("gap", "…"))
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                lines += [ChangedLine("same", line) for line in new[new_start:new_end]]
            else:
                lines += _changed(old[old_start:old_end], new[new_start:new_end])
    return tuple(lines)


def _changed(old: Sequence[str], new: Sequence[str]) -> list[ChangedLine]:
    """Lines that stand for others, each compared with the one in its place."""
    pairs = [_by_word(*pair) for pair in zip(old, new, strict=False)]
    removed = [words for words, _ in pairs] + [()] * (len(old) - len(pairs))
    added = [words for _, words in pairs] + [()] * (len(new) - len(pairs))
    return [
        *(ChangedLine("removed", *line) for line in zip(old, removed, strict=True)),
        *(ChangedLine("added", *line) for line in zip(new, added, strict=True)),
    ]


def _by_word(old: str, new: str) -> tuple[tuple[Words, ...], tuple[Words, ...]]:
    """Both lines in pieces; nothing where they are too little alike, or too long."""
    mine, other = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(mine), len(other)) > _MOST_WORDS:
        return (), ()
    matcher = difflib.SequenceMatcher(None, mine, other, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return (), ()
    before: list[Words] = []
    after: list[Words] = []
    for tag, mine_start, mine_end, other_start, other_end in matcher.get_opcodes():
        before.append(("".join(mine[mine_start:mine_end]), tag != "equal"))
        after.append(("".join(other[other_start:other_end]), tag != "equal"))
    return _joined(before), _joined(after)


def _joined(pieces: Iterable[Words]) -> tuple[Words, ...]:
    """Pieces of one kind as one; the white space between two changed words is of theirs."""
    kinds = [(text, changed or text.isspace()) for text, changed in pieces if text]
    groups = groupby(kinds, key=lambda piece: piece[1])
    return tuple(("".join(text for text, _ in group), changed) for changed, group in groups)
