"""How fast the review answers with a million responses stored.

    python -m benchmarks.review [--responses 1000000] [--labels 300]

Starts a PostgreSQL and a Valkey of its own (with fsync, as in use), fills it by INSERT … SELECT:
ten responses to an instruction, verdicts, a failed check for every third, a fifth of the pairs
labelled already. Then a reviewer labels pairs through the view, and the time of each POST (label
stored, next pair claimed and rendered) is taken within this process, without the network.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

from benchmarks.here import HERE, django_here, execute, timed

BATCH = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description="Time of a label and the next pair")
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--labels", type=int, default=300)
    options = parser.parse_args()
    with django_here():
        _run(options.responses, options.labels)


def _run(responses: int, labels: int) -> None:
    timed(f"{responses:,} responses stored", lambda: _fill(responses))
    timed(f"{responses:,} responses queued", lambda: _queue(responses))
    timed("a fifth labelled, ANALYZE", lambda: _label(responses))
    times, in_sql = _label_by_hand(labels)
    for what, measured in (("label + next pair", times), ("of it in SQL", in_sql)):
        cuts = statistics.quantiles(measured, n=100)
        print(
            f"{what}, {labels} times: p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, "
            f"p99 {cuts[98]:.1f} ms, max {max(measured):.1f} ms"
        )


def _fill(responses: int) -> None:
    import json

    from tests.builders import make_run, make_seed

    data = HERE.parent / "apps" / "home" / "sample_pairs" / "labelled-pairs.jsonl"
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
    execute("review_fill.sql", values)


def _queue(responses: int) -> None:
    from apps.review.services import enqueue

    for start in range(1, responses + 1, BATCH):
        enqueue(response_ids=range(start, min(start + BATCH, responses + 1)))


def _label(responses: int) -> None:
    from apps.home.figures import count_figures
    from tests.builders import make_user

    values = {"responses": responses, "reviewer": make_user(username="before").pk}
    execute("review_label.sql", values)
    count_figures()


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

    def watched(execute: Any, *args: Any) -> Any:
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
        with connection.execute_wrapper(watched):
            answer = client.post(f"/review/pairs/{response_id}/label/", data)
        times.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200 and b"Labelled" in answer.content
    return times, in_sql


if __name__ == "__main__":
    main()
