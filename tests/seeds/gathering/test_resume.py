"""kill -9 in the middle of a chunk, of the worker and of PostgreSQL: nothing is lost or doubled."""

import os
import random
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import pytest

from apps.core.embedded import Postgres, service
from tests.seeds.gathering.private import COUNTS, SEEDS, Private, private_postgres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
FILES = 600
CHUNK = 150


@pytest.fixture(scope="module")
def server() -> Iterator[Private]:
    # Below the system's temporary folder: pytest's own are closed to the server's account.
    folder = Path(tempfile.mkdtemp(prefix="winnow-crash-"))
    folder.chmod(0o755)
    with private_postgres(folder / "var") as server:
        yield server
    rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files with statements of their own, repeated ones, floods and near-duplicates."""
    folder, choose = tmp_path_factory.mktemp("sql"), random.Random(5)
    names = ["user", "shop", "order_line", "invoice", "payment", "parcel", "city", "visit"]
    for number in range(FILES):
        table = f"{choose.choice(names)}_{choose.randrange(40)}"
        columns = ", ".join(f"{choose.choice(names)}_{n} int" for n in range(choose.randint(2, 9)))
        (folder / f"{number:05}.sql").write_text(
            f"-- Holds every {table}\nCREATE TABLE {table} (id int, {columns});\n"
            f"UPDATE {table} SET a = {choose.randrange(9)} WHERE id = {number};\n"
            f"SELECT a, b, count(*) FROM {table} WHERE x{choose.randrange(60)} > 1 GROUP BY a, b;\n"
            f"DELETE FROM {table} WHERE id = {choose.randrange(500)} AND {choose.choice(names)};\n"
        )
    return folder


def test_seeds_after_both_crashes_equal_those_of_an_undisturbed_run(
    server: Private, folder: Path
) -> None:
    calm, disturbed = server.database("calm"), server.database("disturbed")
    calm.run("gather", folder, "--files-per-chunk", CHUNK)
    worker = disturbed.manage("gather", folder, "--files-per-chunk", CHUNK)
    disturbed.wait_for_files(1, worker)
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()
    done = disturbed.rows("SELECT count(*) FROM seeds_sourcefile")[0][0]
    assert 0 < done < FILES

    worker = disturbed.manage("gather", "--resume", 1)
    disturbed.wait_for_files(done + 1, worker)
    disturbed.kill()
    output, _ = worker.communicate(timeout=120)
    assert worker.returncode == 1 and "The database went away" in output
    service.start(Postgres(server.var, dies_with_parent=True), server.var / "log" / "again.log")

    disturbed.run("gather", "--resume", 1)
    assert disturbed.rows(SEEDS) == calm.rows(SEEDS)
    assert disturbed.rows(COUNTS) == calm.rows(COUNTS)
    assert disturbed.rows("SELECT status FROM core_job") == [("done",)]


def test_two_workers_hold_the_bounds_and_count_everything_once(
    server: Private, folder: Path
) -> None:
    both = server.database("both")
    both.run(
        "gather", folder, "--workers", 2, "--files-per-chunk", 100, "--per-template", 2,
        "--limit", 900,
    )  # fmt: skip
    assert both.rows("SELECT count(*) FROM seeds_seed") == [(900,)]
    most = "SELECT max(n) FROM (SELECT count(*) n FROM seeds_seed GROUP BY template_hash) t"
    assert both.rows(most) == [(2,)]
    kept = "SELECT sum(number) FROM seeds_gatheringcount WHERE \"group\" = 'kept'"
    assert both.rows(kept) == [(900,)]
