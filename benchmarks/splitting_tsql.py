"""T-SQL statements as another parser finds them: sqlfluff's grammar, where it is installed.

It is no dependency of the project: `uv pip install sqlfluff`, or a folder of it in PYTHONPATH. Its
trees take seconds for a script of some kilobytes, so long scripts are left out. Batches that it
cannot read are left out as well and counted. It does not know `]]` in a name, nor a trigger's
`IF UPDATE(column)` without BEGIN, nor a second `CONSTRAINT … DEFAULT … FOR` in one ADD, and takes a
routine on to the end of the next one where no GO stands between: such statements differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from apps.sql.dialects import Dialect
from apps.sql.splitting import statements
from apps.sql.tokens import Kind, tokens

if TYPE_CHECKING:
    from sqlfluff.core.parser import BaseSegment

MOST_CHARACTERS = 20_000


class Agreement(NamedTuple):
    """Of the statements in the batches that both read."""

    scripts: int
    statements: int
    equal: int
    unread: int  # batches that sqlfluff cannot read

    @property
    def share(self) -> float:
        return self.equal / self.statements


def is_there() -> bool:
    """Whether sqlfluff can be imported."""
    return find_spec("sqlfluff") is not None


def agreement(scripts: Iterable[str]) -> Agreement:
    """How many of the statements that sqlfluff finds are found here with the same text."""
    number = equal = unread = read = 0
    for script in scripts:
        if len(script) > MOST_CHARACTERS:
            continue
        read += 1
        text = script.replace("\r\n", "\n")  # sqlfluff's trees have no other line ends
        seen = {bare(one.text) for one in statements(text, Dialect.TSQL)}
        for batch in batches(text):
            if batch is None:
                unread += 1
                continue
            wanted = [bare(one.raw) for one in batch.segments if one.type == "statement"]
            number += len(wanted)
            equal += sum(one in seen for one in wanted)
            for one in wanted:
                if one not in seen:
                    print(f"  differs: {one[:100]!r}")
    return Agreement(read, number, equal, unread)


def batches(text: str) -> Iterator[BaseSegment | None]:
    """The batches of sqlfluff's tree, None for one that it cannot read to its end."""
    from sqlfluff.core import FluffConfig, Linter

    linter = Linter(config=FluffConfig(overrides={"dialect": "tsql"}))
    variant = linter.parse_string(text).root_variant()
    parts = (
        [one for one in variant.tree.segments if one.segments] if variant and variant.tree else []
    )
    for part, following in zip(parts, [*parts[1:], None], strict=False):  # there may be no parts
        is_cut = following is not None and following.type == "unparsable"
        if part.type == "batch":
            yield None if is_cut or "unparsable" in part.descendant_type_set else part


def bare(text: str) -> str:
    """From the first token to the last, without comments around and the semicolon."""
    spans = [one for one in tokens(text, Dialect.TSQL) if one.kind is not Kind.COMMENT]
    if len(spans) > 1 and text[spans[-1].start : spans[-1].end] == ";":
        spans.pop()
    return text[spans[0].start : spans[-1].end] if spans else ""
