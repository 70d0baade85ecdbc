"""Rows that words tell: `3`, `'Kim'`, `(1, 'a'), (2, 'b')`, `[3, 4]`, `Kim, Lou`, `- chess → 2`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from apps.sql import lexical
from apps.sql.columns import squeezed
from apps.sql.dialects import Dialect
from apps.sql.shape import columns_of, created_columns, shape
from apps.validation.asserting import is_verdict
from apps.validation.results.literals import NotLiteral, literal_of, rows_shown
from apps.validation.results.tables import NotATable, parse_rows, parse_table
from apps.validation.values import Table

_TEXT = f"{lexical.short_literal(100)}|{lexical.short_literal(100, quote=chr(34))}"
_SCALAR = re.compile(
    rf"`?(-?\d{{1,15}}(?:\.\d{{1,10}})?|{_TEXT}|NULL|true|false)`?\.?", re.IGNORECASE
)
_CODE = r"`[^`]{1,100}`"
_MARKED = rf"{_CODE}(?:(?:, | and |, and ){_CODE}){{0,9}}|\*\*[^*]{{1,100}}\*\*|{_TEXT}"
_ROWS = r"[(\[].{0,300}[)\]]"
_NONE = r"(?:no|zero) (?:rows|results|records)|an? empty (?:result(?: set)?|set|table)|nothing"
_PLAIN = rf"{_MARKED}|{_NONE}|-?\d{{1,15}}(?:\.\d{{1,10}})?"
_TOLD = rf"{_PLAIN}|{_ROWS}"
_ONE = re.compile(_PLAIN, re.IGNORECASE)
_NO_ROWS = re.compile(rf"\(?(?:{_NONE}|0 rows)\)?(?: returned| found)?\.?", re.IGNORECASE)
_QUOTED = re.compile(lexical.short_literal(80))
_SPAN = re.compile(rf"({_CODE})|\*\*([^*]{{1,100}})\*\*")
LISTED = re.compile(r",? and |, ?(?:and )?")
_PAIR = re.compile(r"[`*]{0,3}(\w{1,60})[`*]{0,3}\s{0,3}[=:]\s{0,3}(\S.{0,100})")
_ONLY = re.compile(r"^(?:only|just|exactly) ")
_CAPITALS = re.compile(r"(?<![*'\"\w])[A-Z]\w{0,40}(?: [A-Z]\w{0,40}){0,2}(?![*'\"\w])")
_CODE_MARK = re.compile(r"`(?=[(\[])|(?<=[)\]])`")
_TUPLE_GAP = re.compile(r"\)\s{0,4}(?:,?\s{0,4}and|;)?\s{0,4}\(")
_BETWEEN = (" → ", " -> ", " => ", " | ", " — ", " – ", " - ", ": ", " = ", "; ", ", ")
_POINT = re.compile(r"[ \t]{0,8}(?:[-*•+]|\d{1,3}[.)])[ \t]{1,4}(\S.{0,200})")


# `Result: 3`, "The answer is `Kim`.", "this returns 2": what is told, behind what announces it.
_LABELLED = re.compile(r"([^:`(\[]{2,80}?)[\s*_]{0,4}:[\s*_]{0,4}(\S.{0,400})")
_SAID = re.compile(
    rf"(.{{2,200}}?(?:\b(?:is|are|be|returns?|gives?|prints?|yields?|outputs?|gets?|see|shows?"
    rf"|contains?|holds?|has|have)"
    rf"|=|→|[-=]>))[:\s*_]{{1,6}}(?:(?:[a-z]{{1,8}} ){{0,6}}(?:value|number|count|row)s? (?:of )?)?"
    rf"((?:(?:only|just|exactly) )?(?:{_TOLD}))[*_]{{0,2}}\.?[*_]{{0,2}}",
    re.IGNORECASE,
)
# Only `Kim` is returned; `Kim` and `Lou` are listed. How many are is no value.
_PASSIVE = re.compile(
    rf"(?:(?:so|then|here|thus|therefore|hence),? )?"
    rf"(?:(?:only|just) ({_MARKED}|{_ROWS}) (?:is|are|will be|should be)|({_MARKED}|{_ROWS}) are)"
    r" (?:returned|listed|shown|printed|found|selected)\W{0,3}",
    re.IGNORECASE,
)
# `2`, because NULL is not counted; `1` (true), since 2 is an admin: why it is so is no value.
_REASON = re.compile(r",? (?:because|since|as|which)\b|\s?[(;—–]")


class Said(NamedTuple):
    """words: what is told; before: what announces it; is_label: with a colon, at the beginning."""

    before: str
    words: str
    is_label: bool


@dataclass(frozen=True, slots=True)
class Given:
    """What a text's queries give. alone: names of columns, squeezed, that one gives alone;
    names: of all their columns; widths: how many columns each gives, as far as that is told;
    tables: what they read. texts: all texts in quotes, lower case. read_alone: the column of a
    table of which no other is read. made: the columns of tables that are made, by their names.
    """

    alone: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    widths: frozenset[int] = frozenset()
    tables: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    read_alone: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


NOTHING_GIVEN = Given()


def given_by(statements: Sequence[str], dialect: Dialect, script: str) -> Given:
    """What the statements of a script give; those that give nothing left out."""
    every = [columns_of(sql, dialect) for sql in statements]
    shapes = [shape(sql, dialect) for sql in statements]
    watched = {item.target for item in shapes if item.creates == "trigger"}
    made = {
        item.made: created_columns(sql, dialect)
        for sql, item in zip(statements, shapes, strict=True)
        # What rows do to a table with a trigger is asked of a test's own INSERT.
        if item.creates == "table" and item.made not in watched
    }
    giving = [query.gives for query in every if query.gives]
    told = [names for names in giving if not any(name.endswith("*") for name in names)]
    alone = dict.fromkeys(squeezed(names[0]) for names in told if len(names) == 1 and names[0])
    names = frozenset(squeezed(name) for one in told for name in one if name)
    tables = frozenset(name for query in every for name in query.reads)
    texts = frozenset(text[1:-1].lower() for text in _QUOTED.findall(script))
    read: dict[str, set[str]] = {}
    for query in every:
        for table, columns in query.reads.items():
            read.setdefault(table, set()).update(columns)
    single = {table: next(iter(columns)) for table, columns in read.items() if len(columns) == 1}
    return Given(tuple(alone), names, frozenset(map(len, told)), tables, texts, single, made)


def word(text: str, given: Given) -> Table | None:
    """The word behind `Expected Output:` as the value of the one column that is given; None for
    one that names something of the query's, or says how the test ends."""
    bare = _span(text.strip().removesuffix("."))
    known = {*given.names, *given.tables, "table", "result", "output"}
    plain = re.fullmatch(r"\w[\w.:/@+-]{0,60}", bare) is not None
    if given.widths != {1} or not plain or squeezed(bare) in known or is_verdict(bare):
        return None
    return told_rows(f"'{text}'")


def names_column(before: str, given: Given) -> bool:
    """Whether "the grand total is" ends with the name of the one column that is given."""
    told, _, _ = before.rpartition(" ")  # without the verb
    words = squeezed(re.sub(r"\W", "", told))
    return given.widths == {1} and any(len(n) > 2 and words.endswith(n) for n in given.alone)


def said_after(line: str, texts: Set[str] = NOTHING_GIVEN.texts) -> Said | None:
    """What a line tells behind a label or a verb, None where it ends in other words.

    texts: those that stand in quotes in the SQL, lower case: names among them are told by a
    sentence without a mark as well.
    """
    text = line.strip().lstrip("*_>#- \t•")
    found = _said(text)
    if found is None and texts and "`" not in text and len(text) < 400:
        found = _said(_CAPITALS.sub(lambda one: _as_code(one.group(), texts), text))
        found = found if found and not found.is_label else None
    return found


def _as_code(capitals: str, texts: Set[str]) -> str:
    """`Only Kim Lee` → Only `Kim Lee`"""
    words = capitals.split(" ")
    for start in range(len(words)):
        if (name := " ".join(words[start:])).lower() in texts:
            return " ".join([*words[:start], f"`{name}`"])
    return capitals


def _said(text: str) -> Said | None:
    labelled = _LABELLED.fullmatch(text)
    if labelled:
        words = labelled.group(2).strip("* ")
        value = _without_reason(words)
        return Said(labelled.group(1), value if _ONE.fullmatch(value) else words, True)
    bare = _without_reason(text[:1_000])
    if passive := _PASSIVE.fullmatch(text) or _PASSIVE.fullmatch(bare):
        return Said("returned", passive.group(1) or passive.group(2), False)
    said = _SAID.fullmatch(text)
    if said is None or len(bare) < len(said.group(1)):
        # What a function gives is no result of the query: "COUNT(*) returns 0, which is …".
        said = _SAID.fullmatch(bare)
        if said is None or re.search(r"[(`]", said.group(1)):
            return None
        if not _ONE.fullmatch(_ONLY.sub("", said.group(2))):
            return None
    return Said(said.group(1), _ONLY.sub("", said.group(2)), False)


def _without_reason(text: str) -> str:
    """The text before a word, or a sign, behind which it is explained; further values are none."""
    found = _REASON.search(text)
    if found is None:
        return text
    is_word, rest = found.group()[-1].isalpha(), text[found.end() :]
    return text[: found.start()] if is_word or not re.search(r"[`*]", rest) else text


def is_conditional(line: str) -> bool:
    """Whether a sentence says what would be, not what is."""
    return bool(re.search(r"\b(?:if|when|where|unless|otherwise)\b", line[:1_000], re.IGNORECASE))


def says_none(words: str) -> bool:
    """Whether words are `no rows`, `(0 rows)`, `nothing`, `an empty result`, and nothing else."""
    return _NO_ROWS.fullmatch(words.strip()) is not None


def is_scalar(words: str) -> bool:
    """Whether words are one number, NULL, a truth or a text in quotes."""
    return _SCALAR.fullmatch(words.strip()) is not None


def told_rows(words: str, given: Given = NOTHING_GIVEN) -> Table | None:
    """The rows that a phrase is: a value, values with commas, rows in brackets; None for words."""
    bare = words.strip().removesuffix(".")
    bare = bare if _SPAN.fullmatch(bare) else bare.strip("* ")
    scalar = _SCALAR.fullmatch(bare)
    if scalar:
        return Table((), parse_table("value\n" + scalar.group(1)).rows)
    if bare.startswith(("(", "[", "{", "`(", "`[", "`{")):
        return bracketed(bare.strip("`"), given)
    return _listed(bare, given)


def bracketed(text: str, given: Given) -> Table | None:
    """Rows as a literal or in brackets, `(1, 'a') and (2, 'b')`; None where they are none."""
    text = _CODE_MARK.sub("", text)
    shown = rows_shown(text)
    if shown is None:
        joined = _TUPLE_GAP.sub("), (", text)
        try:
            shown = literal_of(joined if text.startswith("[") else f"[{joined}]")
        except NotLiteral:
            return None
    values = shown if isinstance(shown, list) else [shown]
    if len(values) == 1 and isinstance(values[0], list) and given.widths == {1}:
        values = values[0]  # (2, 4): two rows of a query that gives one column
    flat = bool(values) and not any(isinstance(item, list | dict) for item in values)
    if flat and 1 not in given.widths and len(values) in given.widths:
        values = [values]  # ['Kim', 3]: a row of a query that gives two
    try:
        return parse_rows(values)
    except NotATable:
        return None


def _listed(text: str, given: Given) -> Table | None:
    """`Kim, Lou and Max`: a row each of one column, or a row of as many columns as are given."""
    parts = [part.strip() for part in LISTED.split(text)]
    pairs = [_PAIR.fullmatch(_span(part)) for part in parts]
    named = [(squeezed(one.group(1)), _span(one.group(2))) for one in pairs if one]
    if len(named) == len(parts) and {name for name, _ in named} <= given.names:
        row = _of_texts([[value for _, value in named]])
        return row and replace(row, columns=tuple(name for name, _ in named))
    whole = _span(text)
    if whole != text and ("," in whole or " and " in whole) and given.widths == {1}:
        parts = LISTED.split(whole)  # `1, 3` are two rows; of texts nobody can tell
        if not all(map(is_scalar, parts)):
            return None
    spans = [_span(part) for part in parts]
    marked = all(span != part or is_scalar(part) for span, part in zip(spans, parts, strict=True))
    plain = len(parts) > 1 and all(len(part.split()) == 1 for part in parts)
    names = {squeezed(span) for span in spans}
    if not (marked or plain) or not text or names & given.names or len(given.widths) != 1:
        return None
    if marked and (signed := rows_of_points(spans, given)):
        return signed  # `Kim | 3` and `Lou | 0`: a row each
    rows = [[span] for span in spans] if given.widths == {1} else [spans]
    return _of_texts(rows) if len(rows[0]) in given.widths else None


def _span(text: str) -> str:
    """A text without the marks of code and emphasis around it."""
    found = _SPAN.fullmatch(text)
    return next(filter(None, found.groups()), text).strip("`") if found else text


def _of_texts(rows: Sequence[Sequence[str]]) -> Table | None:
    text = "\n".join("|" + "|".join(cell.replace("|", "\\|") for cell in row) + "|" for row in rows)
    try:
        return parse_table(text, plain=True)
    except NotATable:
        return None


def points_of(lines: Sequence[str]) -> list[str]:
    """What the points say of the list that lines begin with."""
    found = []
    for line in lines:
        point = _POINT.fullmatch(line.rstrip())
        if point is None:
            break
        found.append(point.group(1))
    return found


def rows_of_points(points: Sequence[str], given: Given) -> Table | None:
    """The rows that the points of a list are, one each; None where they are words.

    Of one column they are its values; of more, what some sign parts into as many values as a
    query gives, the same one in every point.
    """
    if not points or not given.widths or any(point.endswith(":") for point in points):
        return None
    bare = [point.rstrip(".") for point in points]
    if all(point.startswith(("(", "`(", "[")) for point in bare):
        return bracketed("[" + ", ".join(point.strip("`") for point in bare) + "]", given)
    if 1 in given.widths and all(len(_span(point).split()) < 5 for point in bare):
        return _of_texts([[_span(point)] for point in bare])
    for sign in _BETWEEN:
        rows = [[_span(cell.strip()) for cell in point.split(sign)] for point in bare]
        if {len(row) for row in rows} <= given.widths - {1} and len({len(r) for r in rows}) == 1:
            values = [[_value(cell, given) for cell in row] for row in rows]
            return _of_texts(values) if all(len(c.split()) < 5 for r in values for c in r) else None
    return None


def _value(cell: str, given: Given) -> str:
    """`name: Kim` of a column that is given → Kim."""
    name, sign, value = cell.partition(":" if ":" in cell else "=")
    return _span(value.strip()) if sign and squeezed(_span(name)) in given.names else cell


def calls_of(table: Table, scripts: Sequence[str]) -> Iterator[tuple[str, Table]]:
    """The queries that a table of calls names in its first column, each with what it gives.

    `SELECT grade(95)`, or `grade(95)` where one of the scripts makes that function.
    """
    if len(table.columns) != 2 or not table.rows:
        return
    queries = [_call(row[0], scripts) for row in table.rows]
    if all(queries):
        for query, row in zip(queries, table.rows, strict=True):
            yield query, Table((), (row[1:],))


def _call(cell: object, scripts: Sequence[str]) -> str:
    text = str(cell).strip().rstrip(";")
    if re.match(r"SELECT\s", text, re.IGNORECASE):
        return text
    name = re.match(r"([A-Za-z_]\w{0,60})\s?\(", text)
    made = rf"\bfunction\s+(?:\w+\.)?{re.escape(name.group(1))}\b" if name else ""
    is_made = bool(made) and any(re.search(made, sql, re.IGNORECASE) for sql in scripts)
    return f"SELECT {text}" if is_made and text.endswith(")") else ""
