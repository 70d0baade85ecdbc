"""JSONL and Parquet: rows with what is known of them, and the rows that are none."""

import gzip
import json
from pathlib import Path
from random import randbytes

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.seeds.readers.base import LicencePolicy, ReadOptions, Reason, SourceError, SourceItem
from apps.seeds.readers.files import open_file
from apps.seeds.readers.opening import open_source
from tests.seeds.readers.reading import read_all, refusals, texts

STACK_ROW = {
    "hexsha": "0" * 40,
    "max_stars_repo_path": "db/schema.sql",
    "max_stars_repo_name": "owner/repo",
    "max_stars_repo_licenses": ["MIT"],
    "max_stars_repo_head_hexsha": "abc",
    "content": "SELECT 'é';",
}


def write_jsonl(path: Path, *lines: object) -> Path:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def write_parquet(path: Path, rows: list[dict[str, object]], row_group_size: int = 1000) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=row_group_size)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.parquet"])
def test_a_row_carries_its_licence_repository_and_path(tmp_path: Path, name: str) -> None:
    if name.endswith(".parquet"):
        write_parquet(tmp_path / name, [STACK_ROW])
    else:
        write_jsonl(tmp_path / name, STACK_ROW)

    (item,) = read_all(open_source(str(tmp_path / name)))

    assert item == SourceItem(
        path="db/schema.sql",
        locator=f"{name}#0:0" if name.endswith(".parquet") else f"{name}#0",
        data="SELECT 'é';".encode(),
        encoding_hint="utf-8",
        repository="owner/repo",
        licences=("MIT",),
        revision="abc",
    )


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_a_table_without_the_column_names_those_it_has(tmp_path: Path, name: str) -> None:
    rows: list[dict[str, object]] = [{"body": "SELECT 1", "stars": 3}]
    if name.endswith(".parquet"):
        write_parquet(tmp_path / name, rows)
    else:
        write_jsonl(tmp_path / name, *rows)

    with pytest.raises(SourceError, match=r"the columns are: body, stars\. Name the one"):
        open_source(str(tmp_path / name))
    named = open_source(str(tmp_path / name), options=ReadOptions(text_column="body"))
    assert [item.data for item in read_all(named) if isinstance(item, SourceItem)] == [b"SELECT 1"]


def test_in_a_folder_a_table_without_the_column_is_counted_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    write_parquet(tmp_path / "a.parquet", [{"body": "SELECT 1"}])
    write_jsonl(tmp_path / "b.jsonl", {"body": "SELECT 1"})
    write_jsonl(tmp_path / "c.jsonl", {"content": "SELECT 1", "path": "c.sql"})

    outcomes = read_all(open_source(str(tmp_path)))

    assert refusals(outcomes) == {
        "a.parquet": Reason.NO_TEXT_COLUMN,
        "b.jsonl": Reason.NO_TEXT_COLUMN,
    }
    assert texts(outcomes) == {"c.sql": b"SELECT 1"}


def test_a_corrupt_row_does_not_stop_the_next(tmp_path: Path) -> None:
    good = {"content": "SELECT 1", "path": "good.sql"}
    bad = ["{", '"text"', "[" * 100_000, '{"content": 3}', '{"content": "\\ud800"}', '{"x": 1}']
    write_jsonl(tmp_path / "a.jsonl", "\ufeff" + json.dumps(good), "", *bad, good)

    outcomes = read_all(open_source(str(tmp_path / "a.jsonl")))

    assert [getattr(outcome, "reason", "read") for outcome in outcomes] == [
        "read",
        *[Reason.BAD_ROW] * len(bad),
        "read",
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_line_past_the_limit_is_skipped_unheld(tmp_path: Path, name: str) -> None:
    good = {"content": "SELECT 1", "path": "good.sql"}
    write_jsonl(tmp_path / name, good, json.dumps({"content": "x" * (3 << 20)}), good)
    options = ReadOptions(max_file_bytes=1000, range_bytes=1 << 20)

    outcomes = read_all(open_source(str(tmp_path / name), options=options))

    assert [getattr(outcome, "reason", "read") for outcome in outcomes] == [
        "read",
        Reason.BAD_ROW,
        "read",
    ]


def test_a_gigabyte_of_zeros_is_one_bad_row(tmp_path: Path) -> None:
    with (tmp_path / "a.jsonl").open("wb") as stream:
        stream.truncate(1 << 30)

    (refused,) = read_all(open_source(str(tmp_path / "a.jsonl")))

    assert refusals([refused]) == {"a.jsonl": Reason.BAD_ROW}


@settings(deadline=None)
@given(
    texts_=st.lists(st.text(st.characters(codec="utf-8"), min_size=1), max_size=12),
    step=st.integers(1, 90),
)
def test_byte_ranges_give_every_row_once_wherever_they_cut(
    tmp_path_factory: pytest.TempPathFactory, texts_: list[str], step: int
) -> None:
    file = tmp_path_factory.mktemp("jsonl") / "a.jsonl"
    write_jsonl(file, *[{"content": text} for text in texts_])
    reader = open_file(file, options=ReadOptions(range_bytes=step))

    one_by_one = [out for entry in reader.manifest() for out in reader.read([entry])]

    if not texts_:
        assert refusals(one_by_one) == {"a.jsonl": Reason.EMPTY}
    else:
        assert [out.data.decode() for out in one_by_one if isinstance(out, SourceItem)] == texts_


def test_parquet_resumes_within_a_row_group(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"content": f"SELECT {n}"} for n in range(1000)]
    write_parquet(tmp_path / "a.parquet", rows, row_group_size=600)
    reader = open_source(str(tmp_path / "a.parquet"), options=ReadOptions(range_items=350))

    entries = list(reader.manifest())
    found = [item for item in reader.read([entries[1], entries[3]]) if isinstance(item, SourceItem)]

    assert [entry.items for entry in entries] == [350, 250, 350, 50]
    assert [item.data for item in found] == [
        f"SELECT {n}".encode() for n in (*range(350, 600), *range(950, 1000))
    ]
    assert len(texts(read_all(reader))) == 1000


def test_a_text_that_many_rows_share_counts_for_each_of_them(tmp_path: Path) -> None:
    """40,000 rows of one text of 2,000 characters: 80 MB out of a file of a few kilobytes."""
    path = tmp_path / "bomb.parquet"
    pq.write_table(pa.table({"content": ["SELECT '" + "x" * 2000 + "';"] * 40_000}), path)
    assert path.stat().st_size < 20_000

    reader = open_source(str(path))
    entries = list(reader.manifest())
    assert len(entries) == 1
    assert refusals(reader.read(entries)) == {"bomb.parquet": Reason.ZIP_BOMB}

    allowed = ReadOptions(bomb_floor=100 << 20)
    assert (
        sum(entry.items for entry in open_source(str(path), options=allowed).manifest()) == 40_000
    )


def test_row_groups_before_a_bomb_are_read(tmp_path: Path) -> None:
    path = tmp_path / "late.parquet"
    schema = pa.schema([("content", pa.string())])
    with pq.ParquetWriter(path, schema) as writer:
        writer.write_table(pa.table({"content": [f"SELECT {n}" for n in range(10)]}))
        writer.write_table(pa.table({"content": ["y" * 2000] * 20_000}))

    outcomes = read_all(open_source(str(path)))
    read = [item for item in outcomes if isinstance(item, SourceItem)]
    assert len(read) == 10 and refusals(outcomes) == {"late.parquet": Reason.ZIP_BOMB}


def test_a_damaged_parquet_file_gives_what_it_has(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"content": f"SELECT {n}", "path": f"{n}.sql"} for n in range(200)
    ]
    file = write_parquet(tmp_path / "a.parquet", rows, row_group_size=100)
    data = bytearray(file.read_bytes())
    offset = pq.ParquetFile(file).metadata.row_group(1).column(0).data_page_offset
    data[offset : offset + 60] = b"\xff" * 60
    file.write_bytes(data)

    outcomes = read_all(open_source(str(file)))

    assert refusals(outcomes) == {"a.parquet": Reason.BROKEN}
    assert len(texts(outcomes)) == 100


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        (LicencePolicy.PERMISSIVE, {"mit", "none"}),
        (LicencePolicy.STRICT, {"mit"}),
        (LicencePolicy.ANY, {"mit", "none", "gpl"}),
    ],
)
def test_licences_filter_where_they_are_known(
    tmp_path: Path, policy: LicencePolicy, kept: set[str]
) -> None:
    named = {"mit": ["MIT"], "none": [], "gpl": ["GPL-3.0-only"]}
    rows: list[dict[str, object]] = [
        {"content": "SELECT 1", "path": path, "detected_licenses": licences}
        for path, licences in named.items()
    ]
    file = write_parquet(tmp_path / "a.parquet", rows)

    outcomes = read_all(open_source(str(file), options=ReadOptions(licences=policy)))

    assert set(texts(outcomes)) == kept
    assert set(refusals(outcomes).values()) <= {Reason.LICENCE}


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_the_number_of_rows_is_guessed_by_the_first_ones(tmp_path: Path, name: str) -> None:
    rows = ({"content": f"SELECT '{randbytes(200).hex()}'"} for n in range(8000))
    path = write_jsonl(tmp_path / name, *rows)
    entries = open_file(path, label=name, options=ReadOptions(range_bytes=300_000)).manifest()
    assert 7600 < sum(entry.items for entry in entries) < 8400
