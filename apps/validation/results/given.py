"""Tables whose rows a line of prose gives: `users` with rows (1, 'Ann'), (2, 'Bob'), …"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from apps.validation.results.told import LISTED, NOTHING_GIVEN, Given, bracketed, told_rows
from apps.validation.values import Table

# `cars = [{"id": 1}, …]` and `cars(id, colour): (1, 'red'), …`: rows of a table that is named.
_ASSIGNED = re.compile(
    r"[`*\"]{0,3}\b([^\W\d]\w{0,60})[`*\"]{0,3}\s{0,3}(?:=|:)\s{0,3}`?(\[\s{0,9}\{.{2,2000})"
)
_VALUE = r"(?=['\"\d.+-]|(?i:null|none|true|false)\b)"
_TUPLES = rf"((?:`?\({_VALUE}[^()\n]{{1,300}}\)`?[,;\s]{{0,4}}(?:and )?){{1,100}})"
_NAME = r"[^\W\d]\w{0,60}"
_NAMED_ROWS = re.compile(
    rf"[`*]{{0,3}}\b({_NAME})[`*]{{0,3}}\s?\(({_NAME}(?:,\s?{_NAME}){{0,30}})\)[`*]{{0,3}}"
    rf"\s{{0,3}}[:=→-]{{0,2}}\s{{0,3}}{_TUPLES}"
)
# `users` with rows (1, 'Ann'), (2, 'Bob') … the columns are id and name.
_BARE_ROWS = re.compile(
    r"\b(?:rows?|records?|tuples?|entries|contain(?:s|ing)|hold(?:s|ing)|has|have|having|with)\b"
    rf"[\s:*_]{{1,6}}{_TUPLES}",
    re.IGNORECASE,
)
_COLUMN = rf"[`*\"]{{0,3}}{_NAME}[`*\"]{{0,3}}"
_COLUMNS = re.compile(
    r"\b(?:columns?|fields?|attributes)\b[\s:(*]{0,4}"
    r"(?:(?:in (?:this |that )?order|are|is|being|named|called)[\s:*]{1,4}){0,2}"
    rf"({_COLUMN}(?:(?:, ?(?:and )?| and ){_COLUMN}){{0,30}})",
    re.IGNORECASE,
)


# `students: Ann, Cy`: a table of which the queries read one column.
_LIST_OF = re.compile(
    rf"[\s*_>-]{{0,6}}`?({_NAME})[`*]{{0,3}}\s{{0,3}}[:=]\s{{0,3}}(\[[^\n]{{1,600}}\]|[`'][^\n]{{1,400}})"
)
_ONE_WIDE = frozenset({1})
# So many tables are told in a line, and their columns named so near, in characters.
_MOST_ROWS = 20
_NEAR = 2_000


class Rows(NamedTuple):
    """A table whose rows a line tells; before: what stands before them, end: where they end."""

    table: Table
    before: str
    end: int


def given_rows(line: str, given: Given, text: str) -> Iterator[Rows]:
    """The tables, by name, whose rows a line of a text tells."""
    found = _ASSIGNED.search(line) if len(line) < 4_000 else None
    if found:
        table = bracketed(found.group(2).rstrip("`. "), NOTHING_GIVEN)
        if table is not None and table.columns:
            yield Rows(replace(table, name=found.group(1)), "", len(line))
    listed = _LIST_OF.match(line) if not found else None
    column = given.read_alone.get(listed.group(1).lower(), "") if listed else ""
    if listed and column:
        table = told_rows(listed.group(2).strip(), Given(names=given.names, widths=_ONE_WIDE))
        if table is not None and not table.columns and all(len(row) == 1 for row in table.rows):
            table = replace(table, columns=(column,), name=listed.group(1).lower())
            yield Rows(table, "", listed.end())
    for named in _NAMED_ROWS.finditer(line[:4_000]):
        columns = tuple(name.strip() for name in named.group(2).split(","))
        if table := _of_width(named.group(3), columns):
            yield Rows(replace(table, name=named.group(1)), "", named.end())
    read = 0
    for bare in islice(_BARE_ROWS.finditer(line[:4_000]), _MOST_ROWS):
        before, read = line[read : bare.start()], bare.end()
        name = _table_named(line, bare.start(), given)
        told = (given.made.get(name, ()), *_columns_told(line, bare, text))
        tables = (_of_width(bare.group(1), columns) for columns in told)
        if name and (table := next(filter(None, tables), None)):
            yield Rows(replace(table, name=name), before, bare.end())


def _of_width(tuples: str, columns: tuple[str, ...]) -> Table | None:
    """Rows in brackets with these columns; None where they have more, or fewer, values."""
    bare = tuples.strip(" ,;").removesuffix("and").strip(" ,;")
    table = bracketed(bare, Given(widths=frozenset({len(columns)})))
    fits = table is not None and table.rows and len(table.rows[0]) == len(columns)
    return replace(table, columns=columns) if table is not None and fits else None


def _table_named(line: str, place: int, given: Given) -> str:
    """The table that is made, or read by the queries, whose name stands nearest before a place,
    else behind it."""
    known = given.tables | given.made.keys()
    words = [(one.start(), one.group().lower()) for one in re.finditer(r"[^\W\d]\w*", line[:4_000])]
    named = [(start, word) for start, word in words if word in known]
    before = [word for start, word in named if start < place]
    alone = sorted(known) if len(known) == 1 else []
    return next(iter([*before[::-1], *(word for _, word in named), *alone]), "")


def _columns_told(line: str, rows: re.Match[str], text: str) -> Iterator[tuple[str, ...]]:
    """Names of columns that a text lists: behind the rows first, then in front of them."""
    place = max(text.find(line), 0)
    first, last = place + rows.start(), place + rows.end()
    behind, before = text[last : last + _NEAR], text[max(first - _NEAR, 0) : first]
    for found in (*_COLUMNS.finditer(behind), *reversed([*_COLUMNS.finditer(before)])):
        names = tuple(name.strip('`*" ') for name in LISTED.split(found.group(1)))
        yield names
        yield names[:-1]  # behind a comma the sentence may go on
