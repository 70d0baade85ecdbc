"""Gathering into the database: everything once, counted in the transaction that stores it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from apps.core import work
from apps.core.models import Job
from apps.seeds.extraction.chain import SeedCandidate
from apps.seeds.gathering import jobs as gatherings
from apps.seeds.gathering import storing
from apps.seeds.gathering.settings import GatherSettings
from apps.seeds.gathering.summary import summary
from apps.seeds.models import Seed, SourceFile
from tests.seeds.gathering.running import counts, do_all

pytestmark = pytest.mark.django_db(transaction=True)

FILES = {
    "users.sql": "-- People who may log in\nCREATE TABLE users (id int PRIMARY KEY, name text);\n"
    "INSERT INTO users VALUES (1, 'Ann');\n",
    "copy/users.sql": "CREATE TABLE users (id int PRIMARY KEY, name text);\n",
    "query.sql": "SELECT name FROM users WHERE id = 1 ORDER BY name;\n",
    "junk.sql": "\x00\x01\x02\x03\x04\x05" * 50,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "sql" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "sql"


def test_a_folder_becomes_seeds_with_their_files_and_a_count_for_everything(folder: Path) -> None:
    gathering = gatherings.gathering_start(spec=str(folder))
    do_all(gathering)
    assert gathering.job.status == Job.Status.DONE
    kinds = sorted(Seed.objects.values_list("kind", flat=True))
    assert kinds == ["create_table", "insert", "select"]
    select = Seed.objects.get(kind="select")
    assert select.text.rstrip(";") == "SELECT name FROM users WHERE id = 1 ORDER BY name"
    assert select.file.path.endswith("query.sql")
    told = counts(gathering)
    assert told["files", "read"] == 3 and told["files", "binary"] == 1
    assert told["statements", "found"] == 4 and told["rejected", "duplicate"] == 1
    assert gathering.rejected.filter(reason="binary").exists()


def test_a_second_gathering_of_the_same_files_adds_nothing(folder: Path) -> None:
    do_all(gatherings.gathering_start(spec=str(folder)))
    again = gatherings.gathering_start(spec=str(folder))
    do_all(again)
    assert Seed.objects.count() == 3 and SourceFile.objects.count() == 4
    assert counts(again) == {}
    assert again.job.units.get(key="chunk-000000").result == {"known": 4}


def test_a_limit_is_kept_exactly_and_ends_the_job(folder: Path) -> None:
    gathering = gatherings.gathering_start(spec=str(folder), limit=2)
    do_all(gathering)
    assert Seed.objects.count() == 2
    assert gathering.job.status == Job.Status.DONE


def test_a_plan_that_failed_halfway_ends_the_job_though_the_limit_is_reached_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = GatherSettings(files_per_chunk=1)
    gathering = gatherings.gathering_start(spec=str(folder), settings=settings, limit=1)
    plan = work.claim(unit_id=gathering.job.units.get().pk, owner="test")
    assert plan
    lease = work.Lease()
    planned = [None, None, OSError("gone")]
    monkeypatch.setattr(lease, "check", lambda: raise_(planned.pop(0)))
    with pytest.raises(OSError, match="gone"):
        gatherings.unit_do(unit=plan, lease=lease)
    work.give_back(unit=plan, owner="test", error="gone")
    chunk = work.claim(unit_id=gathering.job.units.get(key="chunk-000001").pk, owner="test")
    assert chunk
    work.finish(unit=chunk, owner="test", result=gatherings.unit_do(unit=chunk, lease=work.Lease()))
    do_all(gathering)
    assert (gathering.job.status, Seed.objects.count()) == (Job.Status.DONE, 1)


def raise_(error: Exception | None) -> None:
    if error:
        raise error


def test_what_is_kept_and_what_is_rejected_add_up_to_the_statements(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(
        "\\connect shop\nCOPY t (a) FROM stdin;\n1\n\\.\nBEGIN;\nUPDATE a SET b = 1 WHERE c = 2;\n"
        "DELETE FROM d WHERE e = 3;\nCOMMIT;\nSELECT pg_catalog.setval('s', 1);\n"
    )
    gathering = gatherings.gathering_start(spec=str(tmp_path))
    do_all(gathering)
    told = summary(gathering)
    assert ("transaction", 1) in told.kept
    assert told.no_statements == (("client_command", 1), ("copy_data", 1))
    assert told.kept_total + told.rejected_total == told.statements == 7


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_a_seed_is_found_at_its_place_by_the_stored_encoding(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "a.sql"
    text = "-- Straße\nSELECT 'é' FROM t WHERE b = 1;\nDELETE FROM straße WHERE name = 'Weiß';\n"
    path.write_bytes(text.encode(codec))
    do_all(gatherings.gathering_start(spec=str(path)))
    seeds = list(Seed.objects.select_related("file"))
    assert len(seeds) == 2
    for seed in seeds:
        content = path.read_bytes().decode(seed.file.encoding).encode()
        assert content[seed.start : seed.end].decode() == seed.text


def test_planning_tells_that_it_goes_on(folder: Path) -> None:
    gathering = gatherings.gathering_start(spec=str(folder))
    told: list[None] = []
    plan = gathering.job.units.get()
    gatherings.unit_do(unit=plan, lease=work.Lease(), told=lambda: told.append(None))
    assert len(told) == 4


def test_a_pause_before_a_gathering_goes_on_is_no_work(folder: Path) -> None:
    settings = GatherSettings(files_per_chunk=1)
    gathering = gatherings.gathering_start(spec=str(folder), settings=settings)
    yesterday = timezone.now() - timedelta(days=1)
    Job.objects.filter(pk=gathering.job_id).update(created_at=yesterday)
    for key in ("plan", "chunk-000000", "chunk-000001"):
        unit = work.claim(unit_id=gathering.job.units.get(key=key).pk, owner="test")
        assert unit
        result = gatherings.unit_do(unit=unit, lease=work.Lease())
        work.finish(unit=unit, owner="test", result=result)
    work.stop_job(job=gathering.job)
    assert gatherings.gathering_resume(gathering=gathering)
    told = summary(gathering)
    assert (told.files_total, told.done_share) == (2, 0.5)
    assert told.files_per_second == 0 and told.remaining is None
    assert told.seconds < 3600  # not the day
    after = replace(told, files_read=told.files_read + 1, seconds=10)
    assert after.files_per_second == 0.1 and after.remaining == timedelta(seconds=10)


def test_a_chunk_that_is_done_twice_counts_once(folder: Path) -> None:
    gathering = gatherings.gathering_start(spec=str(folder))
    do_all(gathering)
    before = counts(gathering)
    chunk = gathering.job.units.get(key="chunk-000000")
    assert gatherings.unit_do(unit=chunk, lease=work.Lease()) == {"known": 0}
    assert counts(gathering) == before


def test_a_file_that_cannot_be_stored_costs_only_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_of = storing._seed_row

    def odd(seed: SeedCandidate) -> tuple[object, ...]:
        if seed.kind == "select":
            raise ValueError("an odd seed")
        return row_of(seed)

    monkeypatch.setattr(storing, "_seed_row", odd)
    gathering = gatherings.gathering_start(spec=str(folder))
    do_all(gathering)
    assert gathering.job.status == Job.Status.DONE
    assert sorted(Seed.objects.values_list("kind", flat=True)) == ["create_table", "insert"]
    failed = SourceFile.objects.get(reason="parser_crashed")
    assert failed.path.endswith("query.sql") and "ValueError: an odd seed" in failed.message
