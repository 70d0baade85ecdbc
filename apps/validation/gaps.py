"""What a response does not say: tables that nothing defines, and ones that only one side names."""

from __future__ import annotations

from apps.sql.shape import shape
from apps.validation.subject import Subject
from apps.validation.values import Fixture, TestCase

_SYSTEM = ("information_schema.", "pg_", "sqlite_", "sys.", "mysql.", "duckdb_")


def contradictions(
    subject: Subject,
    cases: tuple[TestCase, ...],
    context: tuple[Fixture, ...],
    named: tuple[str, ...],
) -> list[str]:
    """Where instruction, SQL and tests speak of different tables; named: by the instruction."""
    if not subject.statements:
        return []
    viewed = {name for item in context if item.sql for name in shape(item.sql).uses}
    text = " ".join((*subject.statements, *(sql for case in cases for sql in case.use))).lower()
    given = [item.table.name for case in cases for item in case.fixtures if item.table]
    told = [("test gives", name) for name in given]
    told += [("instruction names", name) for name in named]
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
