"""A folder of everything that goes wrong: each file is told and counted, the good one is gathered."""

import gzip
import io
import json
import random
import tarfile
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from apps.core import local
from apps.core.models import WorkUnit
from apps.seeds.extraction import chain as extraction
from apps.seeds.extraction.descriptions import Description
from apps.seeds.gathering import jobs as gatherings
from apps.seeds.gathering.settings import GatherSettings
from apps.seeds.models import Gathering, Seed, SourceFile
from apps.seeds.readers.base import MEBIBYTE
from tests.seeds.gathering.running import counts, do_all

pytestmark = pytest.mark.django_db(transaction=True)
GOOD = "SELECT name, age FROM people WHERE id = 1 ORDER BY name;\n"


def bad_files(folder: Path) -> None:
    """One of each, and good.sql, which comes last but one."""
    (folder / "good.sql").write_text(GOOD)
    (folder / "a-binary.sql").write_bytes(bytes(range(256)) * 40)
    (folder / "b-empty.sql").write_bytes(b"")
    (folder / "c-line.sql").write_text("INSERT INTO t (a) VALUES " + "(1), " * 700_000 + "(2);")
    (folder / "d-unclosed.sql").write_text("SELECT 'never closed FROM t;\n" * 500)
    (folder / "e-nested.sql").write_text("SELECT " + "(" * 100_000 + "1" + ")" * 100_000 + ";")
    (folder / "f-broken.sql.gz").write_bytes(gzip.compress(GOOD.encode())[:-12])
    (folder / "g-bomb.sql.gz").write_bytes(gzip.compress(b" " * (40 * MEBIBYTE)))
    (folder / "h-zeros.sql.gz").write_bytes(gzip.compress(bytes(10 * MEBIBYTE)))
    with zipfile.ZipFile(folder / "i-escape.zip", "w") as archive:
        archive.writestr("../../escape.sql", GOOD)
    with tarfile.open(folder / "j-link.tar", "w") as tar:
        link = tarfile.TarInfo("etc.sql")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        inside = tarfile.TarInfo("inside.sql")
        data = GOOD.replace("people", "tarred_people_of_old_times").encode()
        inside.size = len(data)
        tar.addfile(inside, io.BytesIO(data))
    (folder / "k-other.parquet").write_bytes(b"PAR1 this is no parquet file PAR1")
    (folder / "l-large.sql").write_bytes(b"-- so it goes on\n" * 300_000)
    (folder / "m-no-column.jsonl").write_text('{"code": "SELECT 1"}\n')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "sql"
    folder.mkdir()
    bad_files(folder)
    return folder


def test_every_bad_file_is_told_and_the_good_ones_are_gathered(folder: Path) -> None:
    settings = GatherSettings(max_file_bytes=3 * MEBIBYTE + 900_000)
    gathering = gatherings.gathering_start(spec=str(folder), settings=settings)
    do_all(gathering)
    assert gathering.job.status == "done"
    reasons = {
        Path(path).name: reason
        for path, reason in SourceFile.objects.values_list("path", "reason").order_by("path")
    }
    told = {name: reason for name, reason in reasons.items() if reason}
    assert told == {
        "a-binary.sql": "binary",
        "b-empty.sql": "empty",
        "f-broken.sql.gz": "broken",
        "g-bomb.sql.gz": "too_large",
        "h-zeros.sql.gz": "too_large",
        "escape.sql": "unsafe_path",
        "etc.sql": "unsafe_path",
        "k-other.parquet": "broken",
        "l-large.sql": "too_large",
        "m-no-column.jsonl": "no_text_column",
    }
    texts = [seed.text.rstrip(";") for seed in Seed.objects.filter(kind="select")]
    assert GOOD.strip().rstrip(";") in texts
    assert any("tarred_people" in text for text in texts)
    assert not any("root:" in text for text in Seed.objects.values_list("text", flat=True))
    counted = counts(gathering)
    assert sum(
        n for (group, code), n in counted.items() if group == "files" and code != "read"
    ) == len(told)


def test_a_full_disk_of_the_database_is_told_and_the_gathering_can_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "good.sql").write_text(GOOD)

    def full(**values: object) -> int | None:
        raise OperationalError("could not extend file: No space left on device")

    stored = gatherings.store
    monkeypatch.setattr(gatherings, "store", full)
    monkeypatch.setattr(local, "PAUSE", 0.01)
    with pytest.raises(CommandError, match="No space left on device"):
        call_command("gather", tmp_path)
    gathering = Gathering.objects.get()
    assert gathering.job.units.exclude(key="plan").get().status != WorkUnit.Status.DONE
    monkeypatch.setattr(gatherings, "store", stored)
    call_command("gather", "--resume", str(gathering.pk))
    assert Seed.objects.filter(text__startswith="SELECT name, age FROM people").exists()


def test_an_error_that_nobody_foresaw_costs_the_file_it_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "bad.sql").write_text(GOOD + "SELECT strange FROM nowhere WHERE a = 1;\n")
    (tmp_path / "good.sql").write_text(GOOD)
    described = extraction.describe

    def slip(kind: str, comment: str) -> Description:
        if extracted.pop():
            return described(kind, comment)
        raise IndexError("pop from an empty deque")

    extracted = [True, False, True]
    monkeypatch.setattr(extraction, "describe", slip)
    gathering = gatherings.gathering_start(spec=str(tmp_path))
    do_all(gathering)
    assert gathering.job.status == "done"
    bad = SourceFile.objects.get(path__endswith="bad.sql")
    assert bad.reason == "parser_crashed" and "IndexError: pop from an empty deque" in bad.message
    assert "bad.sql failed" in caplog.text and not bad.seeds.exists()
    assert Seed.objects.get().file.path.endswith("good.sql")
    assert counts(gathering)["statements", "found"] == 1


def test_a_path_that_no_index_holds_is_cut_and_stays_apart(tmp_path: Path) -> None:
    long = random.Random(1).randbytes(4000).hex() + "é"
    rows = [{"content": "", "path": f"{long}/{name}.sql"} for name in "ab"]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    gathering = gatherings.gathering_start(spec=str(tmp_path / "rows.jsonl"))
    do_all(gathering)
    paths = gathering.rejected.values_list("path", flat=True)
    assert {path[-7:] for path in paths} == {"é/a.sql", "é/b.sql"}
    assert max(len(path.encode()) for path in paths) <= 2000


def test_a_source_that_is_wholly_wrong_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    table = tmp_path / "rows.jsonl"
    table.write_text('{"code": "SELECT 1"}\n')
    with pytest.raises(CommandError, match="There is no text column content or text or sql"):
        call_command("gather", table)
    assert not Gathering.objects.exists()
