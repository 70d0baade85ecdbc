"""Read a response: implementation, dialect, tests and what was not understood."""

from __future__ import annotations

from collections.abc import Iterable

from apps.sql.detect import detect_dialect
from apps.sql.dialects import Dialect
from apps.sql.placeholders import doubtful, unbound
from apps.sql.scripts import split_statements
from apps.sql.shape import columns_of, shape
from apps.validation.reading.blocks import What, sql_in_prose
from apps.validation.reading.cases import build_cases, fixture_target
from apps.validation.reading.instruction import named_tables, read_instruction
from apps.validation.reading.markdown import clean, cut_up
from apps.validation.reading.pieces import Piece, Walk, script_of, walk
from apps.validation.reading.roles import assign_roles
from apps.validation.results.told import Given, given_by
from apps.validation.subject import Subject, subject_of
from apps.validation.values import Fixture, Reading, TestCase

MAX_STATEMENTS = 200
_SYSTEM = ("information_schema.", "pg_", "sqlite_", "sys.", "mysql.", "duckdb_")


def read_response(response: str, *, instruction: str = "") -> Reading:
    """Understand a response as far as it goes; never fails, `notes` say what was not understood.

    At most 60,000 characters and 200 statements are read. The instruction gives the dialect where
    it names one, tables and views that it defines, and the columns that it asks for.
    """
    text, cut = clean(response)
    blocks = cut_up(text)
    fences = {sql: fence.info for fence in blocks.fences if (sql := script_of(fence))}
    scripts = [*fences] or [sql_in_prose(text)]
    info = fences.get(scripts[0], "")
    dialect = detect_dialect("\n".join(scripts), fence=info, instruction=instruction)
    state = walk(blocks, _given(scripts, dialect), dialect)
    if cut:
        state.unread.append("The response is too long: only its beginning was read.")
    _add_unfenced(state, text)
    roles = assign_roles(state.pieces, instruction, dialect)
    sql = "\n\n".join(piece.text.strip() for piece in roles.implementation)
    every = [one for piece in roles.implementation for one in split_statements(piece.text, dialect)]
    statements = tuple(every[:MAX_STATEMENTS])
    if len(every) > MAX_STATEMENTS:
        state.unread.append(f"Only {MAX_STATEMENTS} of {len(every)} statements are run.")
    subject = subject_of(statements, dialect)
    context = read_instruction(instruction, dialect, frozenset(subject.used) | subject.made)
    given = frozenset(fixture_target(item, dialect) for item in context.fixtures)
    cases, case_notes, cut_off = build_cases(state.pieces, roles.tests, subject, given)
    used = (sql for case in cases for sql in case.use)
    said = [columns_of(sql, dialect) for sql in (*statements, *used)]
    notes = [*state.notes, *state.unread, *roles.notes, *case_notes]
    notes += _contradictions(subject, cases, context.fixtures, instruction)
    notes += [
        f"'{text}' may be a placeholder; it was run as a text."
        for part in statements
        for text in doubtful(part, dialect)
    ]
    return Reading(
        sql=sql,
        statements=statements,
        dialect=dialect,
        cases=cases,
        missing_tables=missing_tables(subject, cases, context.fixtures),
        placeholders=_distinct(name for part in statements for name in unbound(part, dialect)),
        other_code=_distinct(piece.info for piece in state.pieces if piece.what is What.CODE),
        notes=_distinct(notes),
        unread=_distinct((*state.unread, *cut_off)),
        context=context.fixtures,
        asked_table=context.asked_table,
        asked_columns=context.asked_columns,
        quoted={name: as_is for item in said for name, as_is in item.quoted.items()},
        spelt={name: as_is for item in said for name, as_is in item.spelt.items()},
    )


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _add_unfenced(state: Walk, text: str) -> None:
    is_fenced = any(piece.what in {What.SQL, What.CODE} for piece in state.pieces)
    if not is_fenced and (sql := sql_in_prose(text)):
        state.notes.append("The SQL stands in no code block.")
        state.pieces.insert(0, Piece(What.SQL, sql))


def _given(scripts: list[str], dialect: Dialect) -> Given:
    statements = [sql for script in scripts for sql in split_statements(script, dialect)]
    return given_by((columns_of(sql, dialect) for sql in statements), "\n".join(scripts))


def _contradictions(
    subject: Subject,
    cases: tuple[TestCase, ...],
    context: tuple[Fixture, ...],
    instruction: str,
) -> list[str]:
    """Where instruction, SQL and tests speak of different tables."""
    if not subject.statements:
        return []
    viewed = {name for item in context if item.sql for name in shape(item.sql).uses}
    text = " ".join((*subject.statements, *(sql for case in cases for sql in case.use))).lower()
    given = [item.table.name for case in cases for item in case.fixtures if item.table]
    told = [("test gives", name) for name in given]
    told += [("instruction names", name) for name in named_tables(instruction)]
    return [
        f"The {who} table {name}, which the SQL does not use."
        for who, name in told
        if name not in text and name not in viewed
    ]


def missing_tables(
    subject: Subject, cases: tuple[TestCase, ...], context: tuple[Fixture, ...]
) -> tuple[str, ...]:
    """Tables that the SQL, or a view of the instruction that it reads, uses and nothing defines."""
    defined = set(subject.made)
    used = [*subject.used]
    for fixture in (*context, *(item for case in cases for item in case.fixtures)):
        if fixture.table:
            defined.add(fixture.table.name)
            continue
        found = shape(fixture.sql, subject.dialect)
        defined.add(found.made)
        if found.creates == "view" and found.made in subject.used:
            used += sorted(found.uses)
    missing = [name for name in used if name not in defined and not name.startswith(_SYSTEM)]
    return tuple(dict.fromkeys(missing))
