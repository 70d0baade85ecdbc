"""How fast finished pairs come in, beside PostgreSQL's COPY of the same rows.

    python -m benchmarks.imports [--pairs 100000] [--quick] [--check]

Starts a PostgreSQL of its own (with fsync, as in use). First the instructions and responses are
copied into the tables as they stand, with their indexes and triggers: pairs are in the queue of
all pairs as they are stored. Then files of other such pairs are brought in: one by the command
`import_pairs`; one, packed by gzip as exports are, by the page of the machine's own web command,
from the first byte sent until what a worker does with it (here in this process) has ended. After
each a reviewer asks for a pair. Each figure is a line `name=value`; with --check the exit status is
1 where a bound is missed.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from benchmarks.here import django_here

if TYPE_CHECKING:
    from apps.generation.models import Import

MOST_TIMES, MOST_SECONDS = 4.0, 1.0
# A pair as a model writes it: some two kilobytes.
_INSTRUCTION = (
    "Write a SQL query for order {n} that lists every customer with the number of their orders and"
    " the sum of the totals, only those with more than {few} orders, the largest sum first."
)
_RESPONSE = """[Reasoning]
The customers are joined with their orders, grouped by customer, and filtered by HAVING. {pad}

[Implementation]
```sql
SELECT c.name, count(*) AS orders, sum(o.total) AS total
FROM customers AS c JOIN orders AS o ON o.customer_id = c.id
GROUP BY c.id, c.name HAVING count(*) > {few} ORDER BY total DESC;
```

[Explanation]
Every customer has one row; those with {few} orders or fewer are left out. {pad}

[Tests]
Input Table: customers
```text
id | name
1 | Ann {n}
```
Expected Output:
```text
name | orders | total
```
"""
_PAD = "What is said here says nothing that the query does not say. " * 6


def main() -> None:
    parser = argparse.ArgumentParser(description="Time of an import beside COPY")
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.pairs = min(options.pairs, 10_000)
    with django_here(), tempfile.TemporaryDirectory() as folder:
        figures = _run(options.pairs, Path(folder))
    for name, value in figures.items():
        print(f"{name}={value:.4g}")
    bounds = [
        bound
        for way in ("import", "page")
        for bound in (
            (
                f"{way}: within {MOST_TIMES:g} times COPY",
                figures[f"{way}_times_copy"] <= MOST_TIMES,
            ),
            (
                f"{way}: reviewable within a second",
                figures[f"{way}_reviewable_seconds"] <= MOST_SECONDS,
            ),
        )
    ]
    missed = [text for text, met in bounds if not met]
    for text in missed:
        print(f"missed: {text}")
    if options.check and missed:
        sys.exit(1)


def _run(pairs: int, folder: Path) -> dict[str, float]:
    from tests.web import web_server

    _copied(100, first=0)  # what is loaded at first use is no matter of COPY
    figures = {"pairs": float(pairs), "copy_seconds": _copied(pairs, first=1_000)}
    plain = folder / "pairs.jsonl"
    plain.write_text(_file(pairs, first=10_000_000))
    packed = gzip.compress(_file(pairs, first=20_000_000).encode(), compresslevel=6)
    scratch = folder / "web"
    scratch.mkdir()
    headers = _signed_in()
    with web_server(scratch) as address:
        _brought_in(figures, "import", lambda: _by_command(plain))
        _brought_in(figures, "page", lambda: _by_page(address, headers, packed))
    return figures


def _brought_in(figures: dict[str, float], way: str, bring: Callable[[], Import]) -> None:
    """Bring pairs in while all that came before are done, then ask for the next one."""
    from django.db import connection

    from apps.generation.models import Response
    from apps.review.desk import desk
    from tests.builders import make_user

    pairs, reviewer = int(figures["pairs"]), make_user()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE review_entry SET state = 'done'")
        cursor.execute("VACUUM ANALYZE")
    started = time.perf_counter()
    made = bring()
    took = time.perf_counter() - started
    started = time.perf_counter()
    found = desk(queue_id=None, reviewer_id=reviewer.pk)
    figures[f"{way}_reviewable_seconds"] = time.perf_counter() - started
    assert made.rows == pairs, made.rows
    assert found and found.pair and found.not_run
    assert Response.objects.get(pk=found.pair.pk).instruction.imported_id == made.pk
    figures[f"{way}_seconds"] = took
    figures[f"{way}_pairs_per_second"] = pairs / took
    figures[f"{way}_times_copy"] = took / figures["copy_seconds"]


def _by_command(path: Path) -> Import:
    from django.core.management import call_command

    from apps.generation.models import Import

    call_command("import_pairs", str(path), stdout=io.StringIO())
    return Import.objects.latest("pk")


def _signed_in() -> dict[str, str]:
    """The headers of an editor's browser."""
    from django.conf import settings
    from django.test import Client

    from tests.builders import make_user

    client, token = Client(), "i" * 32
    client.force_login(make_user("editor"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={token}"
    return {"Cookie": cookie, "X-CSRFToken": token}


def _by_page(address: str, headers: dict[str, str], packed: bytes) -> Import:
    from apps.core import local
    from apps.generation.importing import QUEUE, import_read
    from apps.generation.models import Import

    files = {"file": ("more.jsonl.gz", packed, "application/gzip")}
    page = f"{address}/runs/imports/new/"
    answer = httpx.post(page, files=files, headers=headers, timeout=600)
    assert answer.status_code == 302, answer.text[:500]
    made = Import.objects.select_related("job").latest("pk")
    assert made.job
    for _ in local.work_through(
        job=made.job, do=lambda unit, lease: import_read(unit=unit, lease=lease), queue=QUEUE
    ):
        pass
    made.refresh_from_db()
    return made


def _file(pairs: int, *, first: int) -> str:
    rows = (_texts(first + number) for number in range(pairs))
    return "".join(
        json.dumps({"instruction": instruction, "response": response}) + "\n"
        for instruction, response in rows
    )


def _texts(number: int) -> tuple[str, str]:
    few = number % 7
    return (
        _INSTRUCTION.format(n=number, few=few),
        _RESPONSE.format(n=number, few=few, pad=_PAD),
    )


def _copied(pairs: int, *, first: int) -> float:
    """Seconds of COPY, in one transaction: instructions, then responses."""
    from django.db import connection, transaction

    from apps.generation.models import Import

    made = Import.objects.create(file_name="copied", sha256=f"{first:064d}")
    texts = [_texts(first + number) for number in range(pairs)]
    ids = range(first + 1, first + 1 + pairs)
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy(
            "COPY generation_instruction (id, imported_id, import_row, record, category,"
            " difficulty, dialect, task, style, text) FROM STDIN"
        ) as copy:
            for row, (pk, (instruction, response)) in enumerate(zip(ids, texts, strict=True)):
                record = json.dumps({"instruction": instruction, "response": response})
                copy.write_row((pk, made.pk, row, record, "", "", "", "", "", instruction))
        with cursor.copy(
            "COPY generation_response (id, instruction_id, draw, text, created_at) FROM STDIN"
        ) as copy:
            for pk, (_, response) in zip(ids, texts, strict=True):
                copy.write_row((pk, pk, 0, response, made.created_at))
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('generation_' || name, 'id'), %s)"
            " FROM unnest(ARRAY['instruction', 'response']) AS name",
            [first + pairs],
        )
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
