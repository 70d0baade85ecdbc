"""CSV, TSV, JSON and Zstandard: rows, rows that are none, and what a hostile file costs."""

import io
import json
import tarfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.seeds.readers.base import ReadOptions, Reason, SourceItem, Unreadable
from apps.seeds.readers.json_arrays import _Elements
from apps.seeds.readers.opening import open_source
from apps.seeds.readers.rows import NoTextColumn
from tests.seeds.readers.reading import read_all, refusals, texts

ROWS = [
    {"query": "SELECT 'é, [x]';", "path": "a.sql", "license": "MIT"},
    {"query": 'SELECT "a\\";\n-- {two} lines', "path": "b.sql", "license": "MIT"},
]
NAMED = ReadOptions(text_column="query")
CSV = (
    "query,path,license\n"
    "\"SELECT 'é, [x]';\",a.sql,MIT\n"
    '"SELECT ""a\\"";\n-- {two} lines",b.sql,MIT\n'
)
FILES = {
    "rows.csv": CSV,
    "rows.csv.zst": "\ufeff" + CSV,
    "rows.tsv": CSV.replace(",a", "\ta").replace(",b", "\tb").replace(",MIT", "\tMIT")
    .replace("query,path,license", "query\tpath\tlicense"),
    "semicolon.csv": CSV.replace(",a", ";a").replace(",b", ";b").replace(",MIT", ";MIT")
    .replace("query,path,license", "query;path;license"),
    "rows.json": json.dumps(ROWS),
    "pretty.json": "\ufeff" + json.dumps(ROWS, indent=4, ensure_ascii=False),
    "rows.json.zst": json.dumps(ROWS),
    "one_after_the_other.json": "\n".join(map(json.dumps, ROWS)),
    "rows.jsonl.zst": "\n".join(map(json.dumps, ROWS)),
}  # fmt: skip


def write(path: Path, text: str | bytes) -> Path:
    data = text.encode() if isinstance(text, str) else text
    path.write_bytes(zstandard.compress(data) if path.suffix == ".zst" else data)
    return path


def refused(path: Path, options: ReadOptions = NAMED) -> list[Unreadable]:
    return [one for one in read_all(open_source(str(path), options=options)) if _is_refused(one)]


def _is_refused(one: object) -> bool:
    return isinstance(one, Unreadable)


@pytest.mark.parametrize("name", FILES)
def test_the_named_column_of_every_row_is_read(tmp_path: Path, name: str) -> None:
    found = read_all(open_source(str(write(tmp_path / name, FILES[name])), options=NAMED))
    assert texts(found) == {row["path"]: row["query"].encode() for row in ROWS}
    assert all(isinstance(one, SourceItem) and one.licences == ("MIT",) for one in found)


@pytest.mark.parametrize("name", ["rows.csv", "rows.json", "rows.tsv"])
def test_without_the_column_those_that_are_there_are_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(NoTextColumn, match="query"):
        open_source(str(write(tmp_path / name, FILES[name])))


def test_in_a_folder_they_are_read_where_a_column_is_named(tmp_path: Path) -> None:
    write(tmp_path / "package.json", '{"name": "x"}')
    write(tmp_path / "rows.csv", CSV)
    write(tmp_path / "a.sql.zst", "SELECT 1;")
    assert texts(read_all(open_source(str(tmp_path)))) == {"a.sql.zst": b"SELECT 1;"}
    named = read_all(open_source(str(tmp_path), options=NAMED))
    assert set(texts(named)) == {"a.sql.zst", "a.sql", "b.sql"}
    assert refusals(named) == {"package.json": Reason.NO_TEXT_COLUMN}


@pytest.mark.parametrize(
    ("name", "text", "places"),
    [
        ("a.jsonl", '{"query": "1"}\n{"query": "SELECT\n{"query": "2"}\n', ["At byte 15:"]),
        ("a.json", '[{"query": "1"}, {"query": oh}, 7, {"query": "2"}]',
         ["At byte 17:", "At byte 32:"]),
        ("a.csv", 'query,n\n1,1\nx\n"a"b,2\n2,2\n', ["At line 3:", "At line 4:"]),
        ("b.csv", 'query,n\n1,1\n2,2\n"x\ny', ["At line 4:"]),
    ],
)  # fmt: skip
def test_a_broken_row_is_told_by_its_place_and_stops_no_other(
    tmp_path: Path, name: str, text: str, places: list[str]
) -> None:
    path = write(tmp_path / name, text)
    found = read_all(open_source(str(path), options=NAMED))
    assert [one.data for one in found if isinstance(one, SourceItem)] == [b"1", b"2"]
    bad = [one for one in found if isinstance(one, Unreadable)]
    assert {one.reason for one in bad} == {Reason.BAD_ROW}
    assert [one.message.partition(": ")[0] + ":" for one in bad] == places


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.json.zst", "a.csv.zst"])
def test_a_row_past_the_limit_is_skipped_unheld(tmp_path: Path, name: str) -> None:
    long = "x" * (3 << 20)
    rows = [{"query": "1"}, {"query": long}, {"query": "2"}]
    text = json.dumps(rows) if ".json" in name else f"query\n1\n{long}\n2\n"
    options = ReadOptions(text_column="query", max_file_bytes=1000)
    found = read_all(open_source(str(write(tmp_path / name, text)), options=options))
    assert [getattr(one, "reason", "") for one in found] == ["", Reason.BAD_ROW, ""]
    assert "longer than the limit" in refused(tmp_path / name, options)[0].message


def test_bytes_that_are_no_utf8_reach_the_decoding_as_they_stand(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"query\nSELECT '\xe9t\xe9'\n")
    (item,) = read_all(open_source(str(path), options=NAMED))
    assert isinstance(item, SourceItem) and item.data == b"SELECT '\xe9t\xe9'"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"query": "1"}, {"query": "2', Reason.BROKEN),
        ('[{"query": "1"}', Reason.BROKEN),
        ('[{"query": "1"}] and more', Reason.BROKEN),
        (" \n", Reason.EMPTY),
    ],
)
def test_json_that_is_cut_off_says_so(tmp_path: Path, text: str, reason: Reason) -> None:
    assert [one.reason for one in refused(write(tmp_path / "a.json", text))] == [reason]


@pytest.mark.parametrize("name", ["a.sql.zst", "a.jsonl.zst", "a.csv.zst", "a.json.zst"])
def test_zstandard_that_is_cut_off_or_a_bomb_is_refused(tmp_path: Path, name: str) -> None:
    whole = zstandard.compress(b'{"query": "' + b"x" * (40 << 20) + b'"}\n')
    (tmp_path / name).write_bytes(whole)
    options = ReadOptions(text_column="query", max_ratio=10)
    assert Reason.ZIP_BOMB in {one.reason for one in refused(tmp_path / name, options)}
    noise = zstandard.compress("\n".join(map(str, range(9999))).encode())
    (tmp_path / name).write_bytes(noise[: len(noise) // 2])
    assert Reason.BROKEN in {one.reason for one in refused(tmp_path / name)}
    (tmp_path / name).write_bytes(b"no frame at all")
    assert [one.reason for one in refused(tmp_path / name)] == [Reason.BROKEN]


def test_frames_one_after_the_other_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.sql.zst"
    path.write_bytes(zstandard.compress(b"SELECT 1;") + zstandard.compress(b" SELECT 2;"))
    assert texts(read_all(open_source(str(path)))) == {"a.sql.zst": b"SELECT 1; SELECT 2;"}


def test_a_tar_may_be_packed_with_zstandard(tmp_path: Path) -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        member = tarfile.TarInfo("db/a.sql")
        member.size = 9
        archive.addfile(member, io.BytesIO(b"SELECT 1;"))
    path = write(tmp_path / "a.tar.zst", held.getvalue())
    assert list(texts(read_all(open_source(str(path)))).values()) == [b"SELECT 1;"]


VALUES = st.recursive(
    st.none() | st.integers() | st.text(alphabet='ab\\"[]{},é\n'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.lists(VALUES, max_size=5), st.integers(1, 9), st.sampled_from([None, 2]))
def test_an_array_is_cut_into_its_elements_wherever_the_pieces_end(
    values: list[object], step: int, indent: int | None
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=False).encode()
    elements = _Elements(1 << 20)
    found = []
    for begin in range(0, len(text), step):
        for start, element in elements.feed(text[begin : begin + step]):
            assert element is not None
            assert text[start : start + len(element)] == element
            found.append(json.loads(element))
    elements.end()
    assert found == values
