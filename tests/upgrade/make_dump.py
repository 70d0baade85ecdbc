"""Makes `before.jsonl`: the rows of an installation of an earlier commit, for test_upgrade.

Run it as a test within a checkout of that commit, whose own code makes the rows:

    git worktree add /tmp/before c16bb91 && cp tests/upgrade/make_dump.py /tmp/before/tests/
    cd /tmp/before && DUMP=…/tests/upgrade/before.jsonl pytest tests/make_dump.py

Each line is a table: its name, its columns, and its rows as COPY writes them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)
COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""
SEEDS = {
    "hall.sql": "-- Everything that can be booked\nCREATE TABLE hall (id int PRIMARY KEY, name text);\n"
    "-- closes a hall\nUPDATE hall SET name = 'closed' WHERE id = 7;\n"
    "SELECT name FROM hall WHERE id = 3 ORDER BY name;\n",
    "guest.sql": "-- guests of a hall\nCREATE TABLE guest (id int, hall int REFERENCES hall (id));\n",
}


@pytest.mark.django_db
def test_the_rows_are_written(tmp_path: Path) -> None:
    make_rows(tmp_path)
    with Path(os.environ["DUMP"]).open("w", encoding="utf-8") as out, connection.cursor() as cursor:
        cursor.execute(TABLES)
        for table in sorted(name for (name,) in cursor.fetchall()):
            line = _table(cursor, table)
            if line["rows"]:
                out.write(json.dumps(line) + "\n")


def _table(cursor: Any, table: str) -> dict[str, Any]:
    cursor.execute(COLUMNS, [table])
    columns = [name for (name,) in cursor.fetchall()]
    named = ", ".join(f'"{name}"' for name in columns)
    with cursor.copy(f'COPY "{table}" ({named}) TO STDOUT') as copy:
        rows = b"".join(bytes(part) for part in copy).decode()
    return {"table": table, "columns": columns, "rows": rows}


def make_rows(folder: Path) -> None:
    """A gathering, a run with its pairs, their verdicts, labels, and a file of pairs."""
    # Modules of that commit: here some have other names.
    from apps.review.services import claim_next, enqueue, label_add
    from apps.seeds.gathering import gathering_start
    from apps.validation.services import responses_validate
    from tests.accounts.people import make_user
    from tests.seeds.running import do_all
    from tests.validation.building import LUCKY, RIGHT, make_answers

    for name, text in SEEDS.items():
        (folder / name).write_text(text)
    do_all(gathering_start(spec=str(folder)))
    ids = [answer.pk for answer in make_answers(RIGHT, LUCKY, "SELEC 1")]
    responses_validate(response_ids=ids)
    enqueue(response_ids=ids)
    reviewer = make_user("reviewer")
    response = claim_next(reviewer=reviewer)
    label_add(response=response, reviewer=reviewer, value="good")
