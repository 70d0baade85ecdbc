"""A bare sqlite3 runner: reading and judging are tested without the sandbox."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from apps.validation.values import Ended, Execution, Row, ScriptJob, Table


def run_sqlite(job: ScriptJob) -> Execution:
    """Run a job in a fresh memory database, as the sandbox does, but in this process."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    deadline = [2_000_000]

    def tick() -> int:
        deadline[0] -= 1000
        return int(deadline[0] < 0)

    connection.set_progress_handler(tick, 1000)
    # Nothing that a case says may touch a file.
    connection.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_ATTACH else 0
    )
    tables: list[Table | None] = []
    probes: list[Table | None] = []
    try:
        for phase, statements in (("setup", job.setup), ("statements", job.statements)):
            for index, sql in enumerate(statements):
                try:
                    table = _table(connection, sql, job.limits.rows)
                except (sqlite3.Error, sqlite3.Warning, UnicodeEncodeError) as error:
                    ended = Ended.TIMEOUT if str(error) == "interrupted" else Ended.SQL_ERROR
                    return Execution(ended, phase, index, str(error), tuple(tables))
                if phase == "statements":
                    tables.append(table)
        end = Execution(Ended.OK)
        for index, sql in enumerate(job.probes):
            try:
                probes.append(_table(connection, sql, job.limits.rows))
            except sqlite3.Error as error:
                probes.append(None)
                if end.ended is Ended.OK:
                    end = Execution(Ended.SQL_ERROR, "probes", index, str(error))
        return replace(end, tables=tuple(tables), probes=tuple(probes))
    finally:
        connection.close()


def _table(connection: sqlite3.Connection, sql: str, limit: int) -> Table | None:
    cursor = connection.execute(sql)
    if cursor.description is None:
        return None
    rows: list[Row] = [tuple(row) for row in cursor.fetchmany(limit + 1)]
    columns = tuple(column[0] for column in cursor.description)
    return Table(columns, tuple(rows[:limit]), truncated=len(rows) > limit)
