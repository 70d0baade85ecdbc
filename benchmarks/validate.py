"""Responses a second that the sandbox runs on each database, and what it costs over bare sqlite3.

    python -m benchmarks.validate [--responses 300] [--workers 2] [--only sqlite,postgres]

A response here is a fixture, two to four statements of its own and one probe, as in the six
labelled pairs. The overhead is a ratio of two times of the same run: the median of five rounds
each, sandbox and bare sqlite3 in turns, one at a time on one core's worth of work.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from apps.validation import databases
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import Ended, ScriptJob

_ROUNDS = 5
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


def rate(name: str, *, responses: int, workers: int) -> float:
    """Responses a second on one database, `workers` at a time, after one of each to warm up."""
    with (
        SandboxPool(databases.get(name), size=workers) as pool,
        ThreadPoolExecutor(workers) as threads,
    ):
        list(threads.map(lambda job: run_sandboxed(pool, job), JOBS))
        jobs = [JOBS[number % len(JOBS)] for number in range(responses)]
        started = time.perf_counter()
        list(threads.map(lambda job: run_sandboxed(pool, job), jobs))
        return responses / (time.perf_counter() - started)


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
    for name in names:
        if reason := databases.get(name).unavailable():
            print(f"{name:10} not here: {reason}")
            continue
        found = rate(name, responses=options.responses, workers=options.workers)
        print(f"{name:10} {found:8.1f} responses/s with {options.workers} at a time", flush=True)
    if "sqlite" in names:
        boxed, plain, ratio = overhead(options.responses)
        print(f"sqlite     {boxed:.3f} ms in the sandbox, {plain:.3f} ms bare: {ratio:.2f} times")


if __name__ == "__main__":
    main()
