"""How fast the evidence of a few-shot version is shown with a million responses stored.

    python -m benchmarks.fewshot [--responses 1000000] [--quick] [--check]

Starts a PostgreSQL of its own and fills it by INSERT … SELECT: one version of 16 examples in 32
arrangements, ten responses a seed, all validated and a fifth labelled, in ten runs. What the
scheduler counts in the background is timed apart from the page, which reads it. Each page is asked
for several times, the whole request within this process; its processor time is without that of
PostgreSQL.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.here import defaults_in_database, django_here, execute, timed

if TYPE_CHECKING:
    from django.test import Client

RUNS = 10
ROUNDS = 15
BOUND = 100


def main() -> None:
    parser = argparse.ArgumentParser(description="Time of the pages of few-shot evidence")
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.responses = min(options.responses, 50_000)
    with django_here():
        figures = _run(options.responses)
    for name, value in figures.items():
        print(f"{name}={value:.4g}")
    missed = [name for name, value in figures.items() if name.endswith("_p50_ms") and value > BOUND]
    for name in missed:
        print(f"missed: {name} is {figures[name]:.4g}, more than {BOUND}")
    if options.check and missed:
        sys.exit(1)


def _run(responses: int) -> dict[str, float]:
    version_id = _fill(responses)
    from apps.evidence.counting import count_evidence, version_summary

    started = time.perf_counter()
    assert count_evidence() == RUNS
    counted = time.perf_counter() - started
    assert version_summary(version_id).tally.pairs == responses
    figures = {"responses": float(responses), "count_all_runs_seconds": counted}
    return figures | _pages(version_id)


def _fill(responses: int) -> int:
    from django.db import connection
    from django.utils import timezone

    from apps.core.models import Figure
    from apps.generation.stages.arranging import draw_arrangements
    from tests.builders import make_file, make_recipe, make_run, make_user, make_version

    version = make_version(16)
    recipe = make_recipe(
        version, arrangements=32, responses=10, examples={"s_c": 8, "c_i": 8, "s_i": 8, "i_r": 1}
    )
    runs = [make_run(recipe, []).pk for _ in range(RUNS)]
    drawn = {
        stage: draw_arrangements(tuple(range(1, 17)), shown=count, count=32, key=stage)
        for stage, count in (("s_c", 8), ("c_i", 8), ("i_r", 1))
    }
    defaults_in_database("seeds", "generation", "validation", "review")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE drawn (stage text, place int, numbers int[])")
        rows = [
            (stage, place, list(numbers))
            for stage, each in drawn.items()
            for place, numbers in enumerate(each)
        ]
        cursor.executemany("INSERT INTO drawn VALUES (%s, %s, %s)", rows)
        cursor.execute("ALTER TABLE generation_response DISABLE TRIGGER USER")
    values: dict[str, int] = {
        "seeds": responses // 10, "responses": responses, "recipe": recipe.pk, "first": runs[0],
        "runs": RUNS, "file": make_file().pk, "source": make_file().source_id,
        "reviewer": make_user(username="labels").pk,
    }  # fmt: skip
    timed(f"{responses:,} responses stored", lambda: execute("fewshot_fill.sql", values))
    for pk in runs:
        Figure.objects.create(name=f"cost-run-{pk}", value={}, counted_at=timezone.now())
    return version.pk


def _pages(version_id: int) -> dict[str, float]:
    """Of each page twice: as it is kept, and as it is made after each count anew."""
    from django.test import Client

    from tests.builders import make_user

    client = Client(SERVER_NAME="localhost")
    client.force_login(make_user("editor"))
    address = f"/evidence/versions/{version_id}/"
    client.get(address)  # what is imported at the first request is no matter of the page
    figures = {}
    for name, stage in (("evidence", ""), ("evidence_of_concepts", "s_c")):
        for anew in (True, False):
            times, processor = _asked(client, f"{address}?stage={stage}", version_id, anew)
            page = f"{name}_page_anew" if anew else f"{name}_page"
            figures[f"{page}_p50_ms"] = statistics.median(times)
            figures[f"{page}_slowest_ms"] = max(times)
            figures[f"{page}_processor_ms"] = processor
    return figures


def _asked(client: Client, address: str, version_id: int, anew: bool) -> tuple[list[float], float]:
    """Milliseconds of each request, and of this process's processor on average."""
    from django.utils import timezone

    from apps.core.models import Figure

    figure = Figure.objects.filter(name=f"evidence-version-{version_id}")
    client.get(address)
    times, processor = [], 0.0
    for _ in range(ROUNDS):
        if anew:
            figure.update(counted_at=timezone.now())
        began, started = time.process_time(), time.perf_counter()
        answer = client.get(address)
        times.append(1000 * (time.perf_counter() - started))
        processor += 1000 * (time.process_time() - began)
        assert answer.status_code == 200 and b"No evidence yet" not in answer.content
    return times, processor / ROUNDS


if __name__ == "__main__":
    main()
