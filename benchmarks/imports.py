"""How fast finished pairs come in, beside PostgreSQL's COPY of the same rows.

    python -m benchmarks.imports [--pairs 100000] [--quick] [--check]

Starts a PostgreSQL of its own (with fsync, as in use). First the instructions and responses are
copied into the tables as they stand, with their indexes and triggers: pairs are in the queue of
all pairs as they are stored. Then a file of other such pairs is brought in by the command
`import_pairs`, whose work unit is also what a worker does with a file from the page; and a
reviewer asks for a pair. Each figure is a line `name=value`; with --check the exit status is 1
where a bound is missed.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.here import django_here

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
        (f"an import within {MOST_TIMES:g} times COPY", figures["times_copy"] <= MOST_TIMES),
        ("reviewable within a second", figures["reviewable_seconds"] <= MOST_SECONDS),
    ]
    missed = [text for text, met in bounds if not met]
    for text in missed:
        print(f"missed: {text}")
    if options.check and missed:
        sys.exit(1)


def _run(pairs: int, folder: Path) -> dict[str, float]:
    from django.core.management import call_command

    from apps.generation.models import Import, Response
    from apps.review.desk import desk
    from tests.builders import make_user

    _copied(100, first=0)  # what is loaded at first use is no matter of COPY
    copied = _copied(pairs, first=1_000)
    path = folder / "pairs.jsonl"
    with path.open("w") as file:
        for number in range(pairs):
            instruction, response = _texts(10_000_000 + number)
            file.write(json.dumps({"instruction": instruction, "response": response}) + "\n")
    reviewer = make_user()
    started = time.perf_counter()
    call_command("import_pairs", str(path), stdout=io.StringIO())
    imported = time.perf_counter() - started
    made = Import.objects.latest("pk")
    assert made.rows == pairs, made.rows
    Response.objects.exclude(instruction__imported=made).delete()
    started = time.perf_counter()
    found = desk(queue_id=None, reviewer_id=reviewer.pk)
    reviewable = time.perf_counter() - started
    assert found and found.pair and found.not_run
    return {
        "pairs": float(pairs),
        "copy_seconds": copied,
        "import_seconds": imported,
        "import_pairs_per_second": pairs / imported,
        "times_copy": imported / copied,
        "reviewable_seconds": reviewable,
    }


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
