"""Where exports lie: a bucket of a local S3 server over real HTTP, away for a while."""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from botocore.exceptions import ClientError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.core import storage, work
from apps.core.models import Job
from apps.exports import storing
from apps.exports.choice.filters import Filters
from apps.exports.exporting import export_write
from apps.exports.fetching import fetch_all
from apps.exports.queries import offers
from apps.exports.services import export_delete, export_start, exports_remove
from apps.exports.verifying import verify
from apps.generation.models import Import
from apps.seeds.models import Gathering
from tests.builders import make_response, make_user
from tests.exports.building import accept, place, with_prompt, write
from tests.ports import free_port
from worker.tasks import work as do_it

if TYPE_CHECKING:
    from moto.server import ThreadedMotoServer

pytestmark = pytest.mark.django_db(transaction=True)
BUCKET = "exports-of-tests"
GATHER = {"licences": "any", "per_template": "20", "near_duplicates": "0.7"}


def serve(port: int) -> ThreadedMotoServer:
    from moto.server import ThreadedMotoServer  # takes a second, and every worker collects this

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port)
    server.start()
    return server


def make_bucket(port: int) -> None:
    import boto3

    boto3.client(
        "s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1"
    ).create_bucket(Bucket=BUCKET)


@pytest.fixture
def port(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    found = free_port()
    settings.VAR_DIR = tmp_path
    settings.WINNOW_STORAGE_BUCKET = BUCKET
    settings.WINNOW_STORAGE_ENDPOINT = f"http://127.0.0.1:{found}"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(storage, "_FIRST_PAUSE", 0.05)
    monkeypatch.setattr(storage, "_LONGEST_PAUSE", 0.2)
    return found


@pytest.fixture
def bucket(port: int) -> Iterator[int]:
    server = serve(port)
    make_bucket(port)
    try:
        yield port
    finally:
        server.stop()


def test_an_export_lies_in_a_bucket_and_is_downloaded_by_a_signed_link(
    bucket: int, tmp_path: Path
) -> None:
    accept(with_prompt(make_response()))
    export = write()
    assert not place(export).exists()
    client = Client()
    client.force_login(make_user("editor"))
    link = client.get(reverse("exports:download", args=[export.pk, "pairs"]))
    assert link.status_code == 302 and "X-Amz-Expires=600" in link["Location"]
    data = httpx.get(link["Location"]).content
    assert hashlib.sha256(data).hexdigest() == export.sha256
    part = httpx.get(link["Location"], headers={"Range": "bytes=0-9"})
    assert part.status_code == 206 and part.content == data[:10]
    fetch_all(export, tmp_path / "out")
    assert verify(tmp_path / "out").problems == []
    export_delete(export=export)
    assert storage.storage(storing.NAME).listdir(storing.stem(export))[1] == []


def test_a_thread_asks_a_bucket_by_one_client(port: int, settings: Settings) -> None:
    first = storage.storage(storing.NAME)
    assert storage.storage(storing.NAME) is first
    assert storage.storage("uploads") is not first
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(storage.storage, storing.NAME).result() is not first
    settings.WINNOW_STORAGE_PREFIX = "other"
    assert storage.storage(storing.NAME) is not first


def test_an_export_waits_for_a_bucket_that_is_away(port: int) -> None:
    accept(with_prompt(make_response()))
    servers: list[ThreadedMotoServer] = []

    def come_back() -> None:
        time.sleep(1)
        servers.append(serve(port))
        make_bucket(port)

    thread = threading.Thread(target=come_back)
    thread.start()
    try:
        export = write()
        thread.join()
        assert export.rows == 1 and storage.storage(storing.NAME).exists(
            storing.key(export, storing.part_name(export, storing.Part.MANIFEST))
        )
    finally:
        thread.join()
        servers[0].stop()


def test_a_bucket_that_stays_away_costs_no_second_writing(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(with_prompt(make_response()))
    export = export_start(filters=Filters())
    monkeypatch.setattr(storage, "PATIENCE", 0.1)
    with pytest.raises(OSError, match="does not take the files"):
        export_write(export=export, lease=work.Lease())
    draft = storing.draft_whole(export)
    export.refresh_from_db()
    assert draft and not export.sha256
    server = serve(port)
    try:
        make_bucket(port)
        monkeypatch.setattr("apps.exports.exporting.write", None)
        export_write(export=export, lease=work.Lease())
        export.refresh_from_db()
        assert export.rows == 1 and export.sha256 and not draft.exists()
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("status", "code", "passes"),
    [
        (400, "RequestTimeout", True), (409, "OperationAborted", True), (429, "", True),
        (503, "SlowDown", True), (400, "InvalidArgument", False), (403, "AccessDenied", False),
        (404, "NoSuchBucket", False),
    ],
)  # fmt: skip
def test_a_refusal_is_told_at_once_and_what_passes_is_waited_for(
    status: int, code: str, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_FIRST_PAUSE", 0.0)
    said = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    answers = iter([ClientError(said, "PutObject"), None])  # type: ignore[arg-type]

    def do() -> str:
        if error := next(answers):
            raise error
        return "done"

    if passes:
        assert storage.patiently(do) == "done"
    else:
        with pytest.raises(storage.StorageAwayError):
            storage.patiently(do)


def test_files_deleted_while_the_bucket_is_away_go_when_it_is_back(port: int) -> None:
    accept(with_prompt(make_response()))
    server = serve(port)
    make_bucket(port)
    export = write()
    server.stop()
    export_delete(export=export)
    export.refresh_from_db()
    assert export.deleted_at and not export.removed_at and offers(export) == []
    assert exports_remove() == 0
    server = serve(port)
    try:
        assert exports_remove() == 1 and exports_remove() == 0
        assert storage.storage(storing.NAME).listdir(storing.stem(export))[1] == []
    finally:
        server.stop()


def upload(client: Client, address: str, field: str, name: str, text: str) -> HttpResponse:
    file = SimpleUploadedFile(name, text.encode())
    return client.post(address, {field: file, **GATHER})


def do_unit(job: Job) -> None:
    do_it(job.units.order_by("pk").first().pk)  # type: ignore[union-attr]
    job.refresh_from_db()


def test_uploads_lie_in_the_bucket_and_a_worker_of_another_machine_fetches_them(
    bucket: int, settings: Settings, tmp_path: Path
) -> None:
    client = Client()
    client.force_login(make_user("editor"))
    pairs = '{"instruction": "Count the ducks.", "response": "SELECT count(*) FROM ducks"}'
    upload(client, reverse("generation:import-new"), "file", "pairs.jsonl", pairs)
    upload(client, reverse("seeds:gather"), "upload", "a.sql", "SELECT name FROM ducks;")
    made, gathering = Import.objects.get(), Gathering.objects.get()
    assert all(made.job and Path(one).is_file() for one in (made.path, gathering.source.spec))
    shutil.rmtree(tmp_path / "uploads")
    settings.VAR_DIR = tmp_path / "other-machine"
    assert made.job
    do_unit(made.job)
    do_unit(gathering.job)
    made.refresh_from_db()
    assert made.rows == 1 and gathering.job.units.get(key="plan").error == ""
    kept = sorted(path.name for path in (tmp_path / "other-machine" / "uploads").rglob("*.*"))
    assert kept == ["a.sql", "pairs.jsonl"]


def test_an_upload_that_the_bucket_does_not_take_is_told_on_the_page(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.seeds.uploads.WEB_PATIENCE", 0.0)
    client = Client()
    client.force_login(make_user("editor"))
    for name, field in (("generation:import-new", "file"), ("seeds:gather", "upload")):
        page = upload(client, reverse(name), field, "a.jsonl", "{}").content.decode()
        assert "The storage of uploads does not take the file" in page
    assert not Import.objects.exists() and not Gathering.objects.exists()
