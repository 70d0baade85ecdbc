"""Read a response: implementation, dialect, tests and what was not understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from apps.sql.detect import detect_dialect
from apps.sql.dialects import Dialect
from apps.sql.placeholders import doubtful, unbound
from apps.sql.scripts import split_statements
from apps.sql.shape import columns_of
from apps.validation.asked_table import named_tables
from apps.validation.gaps import contradictions, missing_tables
from apps.validation.reading.blocks import What, sql_in_prose
from apps.validation.reading.cases import build_cases
from apps.validation.reading.instruction import read_instruction
from apps.validation.reading.labels import Role, Section
from apps.validation.reading.markdown import clean, cut_up
from apps.validation.reading.pieces import Piece, Walk, script_of, walk
from apps.validation.reading.roles import assign_roles
from apps.validation.results.told import Given, given_by
from apps.validation.rows import brought
from apps.validation.subject import subject_of, uncommented
from apps.validation.values import Reading

MAX_STATEMENTS = 200


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
    pieces = list(_unpacked(state.pieces, dialect))
    roles = assign_roles(pieces, instruction, dialect)
    sql = "\n\n".join(piece.text.strip() for piece in roles.implementation)
    every = [one for piece in roles.implementation for one in split_statements(piece.text, dialect)]
    statements = tuple(every[:MAX_STATEMENTS])
    if len(every) > MAX_STATEMENTS:
        state.unread.append(f"Only {MAX_STATEMENTS} of {len(every)} statements are run.")
    subject = subject_of(statements, dialect)
    context = read_instruction(instruction, dialect, frozenset(subject.used) | subject.made)
    given = frozenset(map(subject.target_of, context.fixtures))
    cases, case_notes, cut_off = build_cases(pieces, roles.tests, subject, given)
    used = (sql for case in cases for sql in case.use)
    said = [columns_of(sql, dialect) for sql in (*statements, *used)]
    notes = [*state.notes, *state.unread, *roles.notes, *case_notes]
    notes += contradictions(subject, cases, context.fixtures, named_tables(instruction))
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
    return given_by(statements, dialect, "\n".join(scripts))


def _unpacked(pieces: list[Piece], dialect: Dialect) -> Iterator[Piece]:
    """The pieces, rows that a query brings along of what is read before it apart from the query.

    What a comment beside that query tells is told of the query without them.
    """
    told: dict[str, list[Piece]] = {}
    for piece in pieces:
        if piece.query:
            told.setdefault(uncommented(piece.query, dialect), []).append(piece)
    asked: list[str] = []
    moved: set[int] = set()
    for piece in pieces:
        parts = split_statements(piece.text, dialect) if piece.what is What.SQL else ()
        every = [brought(sql, [*asked, *parts[:place]], dialect) for place, sql in enumerate(parts)]
        asked += parts
        if not any(every):
            yield from () if id(piece) in moved else (piece,)
            continue
        for sql, rows in zip(parts, every, strict=True):
            beside = told.get(uncommented(sql, dialect), [])
            asks = rows.asks if rows else sql
            section = Section.TESTS if rows else piece.section
            for table in rows.tables if rows else ():
                given = Piece(What.TABLE, "", section if beside else piece.section, Role.INPUT)
                label = f"Input table: {table.name}"
                yield replace(given, label=label, number=piece.number, table=table)
            yield replace(piece, text=asks, section=section)
            yield from (replace(one, query=asks if rows else one.query) for one in beside)
            moved |= set(map(id, beside))
