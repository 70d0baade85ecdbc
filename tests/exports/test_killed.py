"""A worker is killed wherever it may be, the disk is full, the bucket goes away half-way: a whole
export or none, and the job goes on.
"""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from socketserver import StreamRequestHandler, TCPServer
from threading import Thread
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import Storage
from django.utils import timezone
from pytest_django import Settings

from apps.core import storage, work
from apps.core.models import Job, WorkUnit
from apps.core.work import end_job_if_finished
from apps.exports import exporting
from apps.exports.choice.filters import Filters
from apps.exports.fetching import fetch_all
from apps.exports.models import Export
from apps.exports.services import export_start
from apps.exports.shape import FileKind, Shape
from apps.exports.verifying import verify
from tests.builders import make_response
from tests.exports.building import accept, environment, place, with_prompt
from tests.exports.test_storage import BUCKET, bucket, make_bucket, port, serve
from tests.machine import small_disk
from worker.tasks import work as do_unit

__all__ = ["bucket", "port"]  # fixtures
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]
# So many processes are killed at most.
MOST = 100


def unit_of(export: Export) -> WorkUnit:
    return export.job.units.get()


def killed_everywhere(*, step: int, **more: str) -> Iterator[Export]:
    """Exports whose worker was killed, each `step` points later than the one before, up to one that
    came through. Each is left to whoever finds its lease run out.
    """
    exports = [export_start(filters=Filters()) for _ in range(MOST)]
    units = [str(unit_of(one).pk) for one in exports]
    done = subprocess.run(
        [sys.executable, "-m", "tests.exports.killing", str(step), *units],
        env=environment() | more, cwd=django_settings.BASE_DIR, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    killed = int(done.stdout.split()[-1])
    assert killed >= 20
    for one in exports[: killed + 1]:
        one.refresh_from_db()
        yield one


def taken_over(export: Export) -> None:
    """Another worker, when the lease of the killed one has run out."""
    past = timezone.now() - timedelta(seconds=1)
    export.job.units.filter(status=WorkUnit.Status.LEASED).update(lease_expires_at=past)
    do_unit(unit_of(export).pk)
    # As the sweep does: the first may have died between the end of its unit and that of its job.
    end_job_if_finished(export.job_id)


def is_whole(export: Export, folder: Path) -> None:
    export.refresh_from_db()
    export.job.refresh_from_db()
    assert export.job.status == Job.Status.DONE, (export.pk, unit_of(export).error)
    assert export.rows == 2 and export.sha256
    report = verify(folder)
    assert report.problems == [] and report.known == 2


def pairs(text: str = "SELECT 1") -> None:
    for number in range(2):
        accept(with_prompt(make_response(f"{text} -- {number}")))


@pytest.mark.slow
def test_a_worker_killed_anywhere_leaves_a_whole_export_or_none(
    settings: Settings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    pairs()
    for one in killed_everywhere(step=1):
        if place(one).exists():
            assert verify(place(one)).problems == []
        taken_over(one)
        is_whole(one, place(one))
    assert list(tmp_path.glob("exports/.*")) == []


@pytest.mark.slow
def test_and_so_it_is_with_a_bucket(bucket: int, settings: Settings, tmp_path: Path) -> None:
    pairs()
    where = {
        "WINNOW_STORAGE_BUCKET": BUCKET,
        "WINNOW_STORAGE_ENDPOINT": settings.WINNOW_STORAGE_ENDPOINT,
    }
    for one in killed_everywhere(step=1, **where):
        taken_over(one)
        one.refresh_from_db()
        fetch_all(one, tmp_path / "out" / str(one.pk))
        is_whole(one, tmp_path / "out" / str(one.pk))
    assert list(tmp_path.glob("exports/.*")) == []


class _Server(TCPServer):
    allow_reuse_address = True


class Outage:
    """The clock of those who wait: a pause is over at once, and `seconds` of pauses after the
    bucket went away it is back. Meanwhile what answers in its place says `words`, None: nothing
    listens there.
    """

    def __init__(self, port: int, words: bytes | None, seconds: float) -> None:
        self._port, self._words, self._seconds = port, words, seconds
        self._bucket = serve(port)
        self._other: _Server | None = None
        self.now, self.back_at, self.pauses = 0.0, float("inf"), 0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses += 1
        if self.now >= self.back_at:
            self.end()
            self._bucket = serve(self._port)

    def begin(self) -> None:
        self.back_at = self.now + self._seconds
        self._bucket.stop()
        if self._words is not None:
            self._other = _Server(("127.0.0.1", self._port), _saying(self._words))
            Thread(target=self._other.serve_forever, args=(0.02,), daemon=True).start()

    def end(self) -> None:
        self.back_at = float("inf")
        if self._other:
            self._other.shutdown()
            self._other.server_close()
            self._other = None

    def close(self) -> None:
        self.end()
        self._bucket.stop()


def _saying(words: bytes) -> type[StreamRequestHandler]:
    class Says(StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline(10_000)
            with suppress(OSError):
                self.wfile.write(words)

    return Says


def _answer(status: str, body: str = "") -> bytes:
    length = len(body)
    return (
        f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}".encode()
    )


AWAY = {
    "nothing listens": None,
    "the connection is closed": b"",
    "no HTTP": b"\x16\x03\x01",
    "503": _answer("503 Service Unavailable"),
    "502 of a proxy": _answer("502 Bad Gateway", "<html>Bad gateway</html>"),
    "429": _answer("429 Too Many Requests"),
}


@pytest.mark.parametrize(("words", "seconds", "attempts"), [
    *((words, 60, 1) for words in AWAY.values()), (None, 1500, 3),
], ids=[*AWAY, "for longer than anybody waits at once"])  # fmt: skip
def test_a_bucket_that_is_away_for_a_minute_is_waited_for(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    words: bytes | None, seconds: float, attempts: int,
) -> None:  # fmt: skip
    pairs()
    export = export_start(filters=Filters())
    outage = Outage(port, words, seconds)
    make_bucket(port)
    put, write, stored, written = storage.put, exporting.write, [], []

    def goes_away_after_the_first(where: Storage, name: str, path: Path, **more: Any) -> None:
        put(where, name, path, **more)
        stored.append(name)
        if len(stored) == 1:
            where.connection.meta.client.close()  # type: ignore[attr-defined]  # kept alive, else
            outage.begin()

    monkeypatch.setattr(storage, "put", goes_away_after_the_first)
    monkeypatch.setattr(exporting, "write", lambda *a: written.append(a) or write(*a))
    monkeypatch.setattr(storage, "_FIRST_PAUSE", 1.0)
    monkeypatch.setattr(storage, "_LONGEST_PAUSE", 15.0)
    for module in ("apps.core.storage.time", "botocore.endpoint.time"):
        monkeypatch.setattr(module, outage)
    try:
        for attempt in range(1, attempts + 1):
            assert not export.sha256 and unit_of(export).status == WorkUnit.Status.WAITING
            do_unit(unit_of(export).pk)
            export.refresh_from_db()
            assert unit_of(export).attempts == attempt
        assert outage.pauses >= 8 and outage.now >= seconds
        fetch_all(export, tmp_path / "out")
        is_whole(export, tmp_path / "out")
        assert len(set(stored)) == 5 and len(written) == 1
        assert list((tmp_path / "exports").glob(".draft-*")) == []
    finally:
        outage.close()


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk("1m") as folder:
        yield folder


@pytest.mark.parametrize("file", [FileKind.JSONL, FileKind.PARQUET])
def test_a_disk_that_is_full_leaves_nothing_and_with_room_the_job_goes_on(
    disk: Path, settings: Settings, file: FileKind
) -> None:
    settings.VAR_DIR = disk
    # What zstd makes of them is as large.
    pairs("".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=2_000_000)))
    export = export_start(filters=Filters(), shape=Shape(file=file))
    for _ in range(work.MAX_ATTEMPTS + 2):  # however long it is full
        do_unit(unit_of(export).pk)
    unit = unit_of(export)
    assert "No space left on device" in unit.error and unit.status == WorkUnit.Status.WAITING
    assert unit.attempts == 0, "no fault of the unit's"
    assert not place(export).exists() and list(disk.glob("exports/.*")) == []
    subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
    do_unit(unit.pk)
    is_whole(export, place(export))
