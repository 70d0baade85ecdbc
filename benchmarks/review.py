"""How fast the review answers with a million responses stored.

    python -m benchmarks.review [--responses 1000000] [--labels 300]

Starts a PostgreSQL and a Valkey of its own (with fsync, as in use), fills it by INSERT … SELECT:
ten responses to an instruction, verdicts, a failed check for every third, a fifth of the pairs
labelled already. Then a reviewer labels pairs through the view, and the time of each POST (label
stored, next pair claimed and rendered) is taken within this process, without the network.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from apps.core.embedded import running

BATCH = 10_000
HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(description="Time of a label and the next pair")
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--labels", type=int, default=300)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder,
        running(Path(folder)) as urls,
    ):
        os.environ |= {
            "WINNOW_VAR": folder,
            "DATABASE_URL": urls.database_url,
            "REDIS_URL": urls.redis_url,
            "WINNOW_TESTING": "1",
            "WINNOW_LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "apps.settings",
        }
        Path(folder, "static").mkdir()
        _run(options.responses, options.labels)


def _run(responses: int, labels: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _timed(f"{responses:,} responses stored", lambda: _fill(responses))
    _timed(f"{responses:,} responses queued", lambda: _queue(responses))
    _timed("a fifth labelled, ANALYZE", lambda: _label(responses))
    times, in_sql = _label_by_hand(labels)
    for what, measured in (("label + next pair", times), ("of it in SQL", in_sql)):
        cuts = statistics.quantiles(measured, n=100)
        print(
            f"{what}, {labels} times: p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, "
            f"p99 {cuts[98]:.1f} ms, max {max(measured):.1f} ms"
        )


def _timed(what: str, do: Callable[[], None]) -> None:
    started = time.perf_counter()
    do()
    print(f"{what}: {time.perf_counter() - started:.0f} s", flush=True)


def _fill(responses: int) -> None:
    import json

    from tests.builders import make_run, make_seed

    data = HERE.parent / "tests" / "data" / "labelled-pairs.jsonl"
    pair = [json.loads(line) for line in data.read_text().splitlines()][1]
    rows = [{"tag": tag, "cells": [n, "Bob", 25]} for n, tag in enumerate(("same", "missing"))]
    run = make_run(seeds=[])
    for _ in range(responses // 1000 + 1):
        make_seed()
    values = {
        "run": run.pk,
        "recipe": run.recipe_id,
        "responses": responses,
        "instructions": responses // 10,
        "instruction": pair["instruction"],
        "response": pair["response"],
        "diff": json.dumps({"columns": ["id", "name", "age"], "rows": rows, "cut": False}),
    }
    _execute("review_fill.sql", values)


def _queue(responses: int) -> None:
    from apps.review.services import enqueue

    for start in range(1, responses + 1, BATCH):
        enqueue(response_ids=range(start, min(start + BATCH, responses + 1)))


def _label(responses: int) -> None:
    from apps.home.figures import count_figures
    from tests.builders import make_user

    values = {"responses": responses, "reviewer": make_user(username="before").pk}
    _execute("review_label.sql", values)
    count_figures()


def _execute(name: str, values: dict[str, object]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in filter(str.strip, (HERE / name).read_text().split(";\n")):
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")


def _label_by_hand(labels: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each label, and how many of them went by in the database."""
    from django.db import connection
    from django.test import Client

    from apps.review.models import Claim
    from tests.builders import make_user

    user = make_user()
    client = Client(SERVER_NAME="localhost", headers={"HX-Request": "true"})
    client.force_login(user)
    client.get("/review/")
    times: list[float] = []
    in_sql: list[float] = []

    def timed(execute: Any, *args: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(*args)
        finally:
            in_sql[-1] += 1000 * (time.perf_counter() - started)

    for number in range(labels):
        response_id = Claim.objects.get(reviewer=user).item_id
        bad = {"value": "bad", "reasons": ["wrong_result"]}
        data = {"value": "good"} if number % 3 else bad
        in_sql.append(0.0)
        started = time.perf_counter()
        with connection.execute_wrapper(timed):
            answer = client.post(f"/review/pairs/{response_id}/label/", data)
        times.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200 and b"Labelled" in answer.content
    return times, in_sql


if __name__ == "__main__":
    main()
