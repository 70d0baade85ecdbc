"""Responses a second that the sandbox runs on each database, and what it costs over bare sqlite3.

    python -m benchmarks.validate [--responses 300] [--workers 2] [--only sqlite,postgres]

"jobs": a fixture, two to four statements and one probe, as in the six labelled pairs.
"responses": the labelled cases of tests/validation/cases, read, run and judged, without altered
queries and with them. Beside every rate stands the processor time of one job or response, over
all processes, which a busy machine changes little: on idle cores the rate is at most cores / it.
The overhead is a ratio of two times of the same run: the median of five rounds each, sandbox and
bare sqlite3 in turns, one at a time on one core's worth of work.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import psutil

from apps.validation import databases
from apps.validation.judging import validate
from apps.validation.runners import Runner
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import Ended, Outcome, ScriptJob
from tests.validation.caselib import Case, written_cases

_ROUNDS = 5
_WARM_UP = 4
_USERS = tuple(
    f"INSERT INTO users VALUES ({n}, 'user{n}', {20 + n % 50}, 'city{n % 7}')" for n in range(12)
)
_ORDERS = tuple(f"INSERT INTO orders VALUES ({n}, {n % 12}, {n * 3.5})" for n in range(20))
_TABLES = (
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, age INTEGER, "
    "city VARCHAR(40))",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, total NUMERIC(10, 2))",
)
_SETUP = (*_TABLES, *_USERS, *_ORDERS)
JOBS = (
    ScriptJob(
        setup=_SETUP,
        statements=(
            "SELECT u.name, SUM(o.total) AS spent FROM users u JOIN orders o ON o.user_id = u.id "
            "GROUP BY u.name HAVING SUM(o.total) > 20 ORDER BY spent DESC",
        ),
        probes=("SELECT COUNT(*) FROM orders",),
    ),
    ScriptJob(
        setup=_SETUP,
        statements=(
            "UPDATE users SET age = age + 1 WHERE city = 'city3'",
            "DELETE FROM orders WHERE total < 10",
        ),
        probes=("SELECT * FROM users ORDER BY id",),
    ),
    ScriptJob(
        setup=_SETUP,
        statements=(
            "CREATE VIEW rich AS SELECT * FROM orders WHERE total > 40",
            "WITH r AS (SELECT user_id, ROW_NUMBER() OVER (ORDER BY total DESC) AS place "
            "FROM rich) SELECT * FROM r WHERE place <= 3 ORDER BY place",
        ),
        probes=("SELECT * FROM rich ORDER BY id",),
    ),
    ScriptJob(
        setup=_TABLES,
        statements=(
            "CREATE INDEX orders_by_user ON orders (user_id)",
            "INSERT INTO users VALUES (1, 'Alice', 25, 'Rome'), (2, 'Bob', 30, 'Oslo')",
            "SELECT city, COUNT(*) AS n FROM users GROUP BY city ORDER BY city",
        ),
        probes=("SELECT * FROM users ORDER BY id",),
    ),
)


def run_bare(job: ScriptJob) -> None:
    """The same script on sqlite3 without any sandbox."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in (*job.setup, *job.statements, *job.probes):
        connection.execute(statement).fetchall()
    connection.close()


def run_sandboxed(pool: SandboxPool, job: ScriptJob) -> None:
    """The script in the sandbox; anything but a good end is a fault of the benchmark."""
    execution = pool.run(job)
    if execution.ended is not Ended.OK:
        raise SystemExit(f"{pool.database.name}: {execution}")


def processor_seconds() -> float:
    """User and system time so far of this process, its children and its sandbox servers."""
    times = [psutil.Process().cpu_times()]
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            times.append(process.cpu_times())
    return sum(
        time.user + time.system + time.children_user + time.children_system for time in times
    )


@dataclass(frozen=True)
class Rate:
    """How fast something was done; milliseconds of processor time for each."""

    per_second: float
    processor_ms: float

    def __str__(self) -> str:
        return f"{self.per_second:8.1f} /s, {self.processor_ms:7.2f} ms of processor time each"


def measure(threads: ThreadPoolExecutor, tasks: list[Callable[[], None]]) -> Rate:
    """Do all tasks on the threads, after a few of them to warm up."""
    list(threads.map(lambda task: task(), tasks[:_WARM_UP]))
    before, started = processor_seconds(), time.perf_counter()
    list(threads.map(lambda task: task(), tasks))
    seconds = time.perf_counter() - started
    spent = processor_seconds() - before
    return Rate(len(tasks) / seconds, spent / len(tasks) * 1000)


def job_tasks(pool: SandboxPool, count: int) -> list[Callable[[], None]]:
    """Runs of the four jobs in turns."""
    return [partial(run_sandboxed, pool, JOBS[number % len(JOBS)]) for number in range(count)]


def response_tasks(pool: SandboxPool, count: int, *, mutate: bool) -> list[Callable[[], None]]:
    """The labelled cases, read, run and judged, evenly chosen from all of them."""
    ran = (Outcome.PASSED, Outcome.WRONG_RESULT)
    cases = [case for case in written_cases() if case.outcome in ran]
    chosen = [cases[number * len(cases) // count % len(cases)] for number in range(count)]
    dialect = pool.database.dialect

    timed = Runner(pool).timed()

    def one(case: Case) -> None:
        validate(
            case.response,
            case.instruction,
            timed,
            dialect,
            run_together=timed.together,
            mutate=mutate,
        )

    return [partial(one, case) for case in chosen]


def rates(name: str, *, count: int, workers: int) -> Iterator[tuple[str, Rate]]:
    """What was measured on one database, each with its name."""
    with (
        SandboxPool(databases.get(name), size=workers) as pool,
        ThreadPoolExecutor(workers) as threads,
    ):
        yield "jobs", measure(threads, job_tasks(pool, count))
        for mutate, words in ((False, "responses"), (True, "responses with altered queries")):
            tasks = response_tasks(pool, count // 3, mutate=mutate)
            yield words, measure(threads, tasks)


def overhead(responses: int) -> tuple[float, float, float]:
    """Milliseconds a response in the sandbox, bare, and their ratio."""
    jobs = [JOBS[number % len(JOBS)] for number in range(responses)]
    sandboxed, bare = [], []
    with SandboxPool(databases.get("sqlite"), size=1) as pool:
        run_sandboxed(pool, JOBS[0])
        for _ in range(_ROUNDS):
            started = time.perf_counter()
            for job in jobs:
                run_sandboxed(pool, job)
            between = time.perf_counter()
            for job in jobs:
                run_bare(job)
            sandboxed.append((between - started) / responses * 1000)
            bare.append((time.perf_counter() - between) / responses * 1000)
    ratios = [boxed / plain for boxed, plain in zip(sandboxed, bare, strict=True)]
    return statistics.median(sandboxed), statistics.median(bare), statistics.median(ratios)


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--responses", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default=",".join(databases.NAMES))
    options = parser.parse_args()
    names = options.only.split(",")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{options.workers} at a time on {os.cpu_count()} cores; load average before: {load}")
    for name in names:
        if reason := databases.get(name).unavailable():
            print(f"{name:10} not here: {reason}")
            continue
        for words, rate in rates(name, count=options.responses, workers=options.workers):
            print(f"{name:9} {words:31} {rate}", flush=True)
    if "sqlite" in names:
        boxed, plain, ratio = overhead(options.responses)
        print(f"sqlite    {boxed:.3f} ms in the sandbox, {plain:.3f} ms bare: {ratio:.2f} times")


if __name__ == "__main__":
    main()
