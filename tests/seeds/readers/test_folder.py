"""Folders and single scripts, and everything that can be wrong with them."""

import bz2
import gzip
import lzma
import os
from pathlib import Path

import pytest

from apps.seeds.readers.base import (
    Entry,
    ReadOptions,
    Reason,
    SourceError,
    SourceItem,
    Unreadable,
    chunks,
)
from apps.seeds.readers.opening import open_source
from tests.seeds.readers.reading import read_all, refusals, texts

SELECT = b"SELECT 1;\n"


def test_a_folder_gives_its_scripts_in_a_fixed_order_with_raw_bytes(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "inner.SQL").write_bytes("SELECT 'é';".encode("latin-1"))
    (tmp_path / "z.sql").write_bytes(SELECT)
    (tmp_path / "a.pgsql").write_bytes(b"\xff\xfeS\x00")
    (tmp_path / "readme.md").write_text("no SQL")

    outcomes = read_all(open_source(str(tmp_path)))

    assert [outcome.path for outcome in outcomes] == ["a.pgsql", "z.sql", "b/inner.SQL"]
    assert texts(outcomes)["b/inner.SQL"] == b"SELECT '\xe9';"
    assert texts(outcomes)["a.pgsql"] == b"\xff\xfeS\x00"


def test_a_packed_script_is_unpacked(tmp_path: Path) -> None:
    (tmp_path / "a.sql.gz").write_bytes(gzip.compress(SELECT) + gzip.compress(SELECT))
    (tmp_path / "b.sql.bz2").write_bytes(bz2.compress(SELECT))
    (tmp_path / "c.sql.xz").write_bytes(lzma.compress(SELECT))
    (tmp_path / "d.txt.gz").write_bytes(gzip.compress(b"no SQL"))

    assert texts(read_all(open_source(str(tmp_path)))) == {
        "a.sql.gz": SELECT * 2,
        "b.sql.bz2": SELECT,
        "c.sql.xz": SELECT,
    }


def test_reading_resumes_from_any_entry(tmp_path: Path) -> None:
    for number in range(7):
        (tmp_path / f"{number}.sql").write_bytes(SELECT)
    units = list(chunks(open_source(str(tmp_path)).manifest(), items=3))

    stored = [[entry.to_json() for entry in unit] for unit in units]
    resumed = open_source(str(tmp_path)).read(Entry.from_json(value) for value in stored[1])

    assert [len(unit) for unit in units] == [3, 3, 1]
    assert [outcome.path for outcome in resumed] == ["3.sql", "4.sql", "5.sql"]


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    outside = tmp_path / "outside.sql"
    outside.write_bytes(SELECT)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "broken.sql.gz").write_bytes(gzip.compress(os.urandom(5000))[:-900])
    (folder / "bad.sql.bz2").write_bytes(b"BZh9 no")
    (folder / "bad.sql.xz").write_bytes(b"\xfd7zXZ\0 no")
    (folder / "junk.sql.gz").write_bytes(gzip.compress(SELECT) + b"trailing junk")
    (folder / "empty.sql").touch()
    (folder / "dangling.sql").symlink_to("nowhere")
    (folder / "loop.sql").symlink_to("loop.sql")
    (folder / "out.sql").symlink_to(outside)
    (folder / "tree").symlink_to("/usr/share")
    (folder / "inside.sql").symlink_to("z.sql")
    os.mkfifo(folder / "fifo.sql")
    (folder / "z.sql").write_bytes(SELECT)

    outcomes = read_all(open_source(str(folder)))

    assert texts(outcomes) == {"inside.sql": SELECT, "z.sql": SELECT}
    assert refusals(outcomes) == {
        "broken.sql.gz": Reason.BROKEN,
        "bad.sql.bz2": Reason.BROKEN,
        "bad.sql.xz": Reason.BROKEN,
        "junk.sql.gz": Reason.BROKEN,
        "empty.sql": Reason.EMPTY,
        "dangling.sql": Reason.DISAPPEARED,
        "loop.sql": Reason.IO_ERROR,
        "out.sql": Reason.UNSAFE_PATH,
        "fifo.sql": Reason.NOT_A_FILE,
    }


def test_a_gigabyte_of_zeros_is_refused_by_its_size(tmp_path: Path) -> None:
    with (tmp_path / "zeros.sql").open("wb") as stream:
        stream.truncate(1 << 30)

    (refused,) = read_all(open_source(str(tmp_path / "zeros.sql")))

    assert refusals([refused]) == {"zeros.sql": Reason.TOO_LARGE}


def test_a_gzip_bomb_is_stopped_while_it_unpacks(tmp_path: Path) -> None:
    (tmp_path / "bomb.sql.gz").write_bytes(gzip.compress(bytes(40 << 20)))
    assert refusals(read_all(open_source(str(tmp_path)))) == {"bomb.sql.gz": Reason.ZIP_BOMB}


def test_a_file_that_unpacks_past_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sql.gz").write_bytes(gzip.compress(SELECT * 200))
    options = ReadOptions(max_file_bytes=1000)

    (refused,) = read_all(open_source(str(tmp_path), options=options))

    assert refused == Unreadable(
        path="a.sql.gz",
        locator="a.sql.gz",
        reason=Reason.TOO_LARGE,
        message="Larger than the limit of 1,000 bytes a file; raise max_file_bytes to read it.",
    )


def test_a_file_that_disappears_after_listing_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(SELECT)
    (tmp_path / "b.sql").write_bytes(SELECT)
    reader = open_source(str(tmp_path))
    entries = list(reader.manifest())
    (tmp_path / "a.sql").unlink()

    assert refusals(reader.read(entries)) == {"a.sql": Reason.DISAPPEARED}


# Root reads everything, and only root can give that up for a child; `.ci/run` is root.
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody without permission")
def test_what_may_not_be_read_is_counted(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o700)
    (tmp_path / "secret.sql").write_bytes(SELECT)
    (tmp_path / "secret.sql").chmod(0o600)
    (tmp_path / "z.sql").write_bytes(SELECT)
    for folder in (tmp_path, *list(tmp_path.parents)[:-2]):
        folder.chmod(0o755)
    os.seteuid(65534)
    try:
        outcomes = read_all(open_source(str(tmp_path)))
    finally:
        os.seteuid(0)

    assert refusals(outcomes) == {
        "locked": Reason.PERMISSION_DENIED,
        "secret.sql": Reason.PERMISSION_DENIED,
    }
    assert texts(outcomes) == {"z.sql": SELECT}


def test_an_undecodable_name_survives_the_way_through_json(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.sql")).write_bytes(SELECT)
    (tmp_path / "percent:25.sql").write_bytes(SELECT)

    outcomes = read_all(open_source(str(tmp_path)))

    assert [outcome.path for outcome in outcomes] == ["caf\\udce9.sql", "percent:25.sql"]
    assert all(isinstance(outcome, SourceItem) for outcome in outcomes)


def test_a_source_that_is_not_there_says_how_a_data_set_is_written(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="A Hugging Face data set is written hf:owner/name"):
        open_source("org/name")
