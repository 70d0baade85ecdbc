"""Importing finished pairs: what is a pair comes in once, what is none is counted with its line."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from apps.core import work
from apps.core.models import WorkUnit
from apps.generation import import_reading, importing
from apps.generation.import_reading import BadRow, Pair, name_details, read_pairs
from apps.generation.importing import BATCH, QUEUE, import_read, import_start
from apps.generation.models import Import, Instruction, Response
from apps.validation.reading import read_response
from worker import tasks

LABELLED = Path(__file__).parents[2] / "apps" / "home" / "sample_pairs" / "labelled-pairs.jsonl"
RECORD = {"instruction": "Count the users.", "response": "```sql\nSELECT count(*) FROM users;\n```"}


def lines(*records: object) -> io.BytesIO:
    texts = [record if isinstance(record, str) else json.dumps(record) for record in records]
    return io.BytesIO("\n".join(texts).encode())


def told(stream: io.BytesIO) -> list[tuple[int, str]]:
    """(line, "" or reason) of every record."""
    return [(i.line, i.reason if isinstance(i, BadRow) else "") for i in read_pairs(stream)]


def start(path: Path, file_name: str = "") -> Import:
    made, is_new = import_start(path=path, file_name=file_name or path.name)
    assert is_new
    return made


def read(made: Import) -> Import:
    """Do the import's unit as a worker does, and give the import as it is then."""
    unit = WorkUnit.objects.get(job=made.job, queue=QUEUE)
    tasks.work(unit.pk)
    return Import.objects.select_related("job").get(pk=made.pk)


def written(path: Path, *records: object) -> Path:
    path.write_bytes(lines(*records).getvalue())
    return path


@pytest.mark.django_db
def test_the_six_labelled_pairs_come_in_and_their_responses_go_to_validation() -> None:
    made = read(start(LABELLED))
    assert (made.rows, made.rejected, made.place) == (6, 0, made.size)
    first = Instruction.objects.get(imported=made, import_row=0)
    assert first.record["label"] == "good" and first.text == first.record["instruction"]
    assert first.responses.get().text == first.record["response"]
    units = made.job.units.filter(queue="validate").order_by("key")
    ids = list(Response.objects.order_by("pk").values_list("pk", flat=True))
    assert [unit.payload for unit in units] == [{"responses": ids[:4]}, {"responses": ids[4:]}]
    assert made.job.is_planned and made.job.is_running


@pytest.mark.django_db
def test_the_same_bytes_come_in_once_whatever_their_name(tmp_path: Path) -> None:
    first = read(start(written(tmp_path / "a.jsonl", RECORD)))
    again, is_new = import_start(path=written(tmp_path / "b.jsonl", RECORD), file_name="b.jsonl")
    assert again == first and not is_new and Response.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pairs", "units"), [(3, [3]), (34, [4] + 6 * [5]), (BATCH + 1, [1] + 8 * [64])]
)
def test_also_few_pairs_are_validated_by_several_workers(
    tmp_path: Path, pairs: int, units: list[int]
) -> None:
    records = [{**RECORD, "id": number} for number in range(pairs)]
    made = read(start(written(tmp_path / "a.jsonl", *records)))
    found = made.job.units.filter(queue="validate")
    assert sorted(len(unit.payload["responses"]) for unit in found) == units


@pytest.mark.django_db
@pytest.mark.parametrize("end", [None, "{broken"])
def test_a_reader_that_is_ended_is_followed_by_one_that_goes_on_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str | None
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    records = [{**RECORD, "id": number} if number % 3 else "{broken" for number in range(12)]
    made = start(written(tmp_path / "a.jsonl", *records, *([end] if end else [])))
    unit = WorkUnit.objects.get(job=made.job, queue=QUEUE)
    claimed = work.claim(unit_id=unit.pk, owner="one that dies")
    lease = work.Lease()
    checked = 0

    def check() -> None:
        nonlocal checked
        checked += 1
        if checked == 3:
            raise ConnectionError("the database went away")

    monkeypatch.setattr(lease, "check", check)
    assert claimed
    with pytest.raises(ConnectionError):
        import_read(unit=claimed, lease=lease)
    made.refresh_from_db()
    assert made.rows == 4 and not made.job.is_planned
    work.release(unit=claimed, owner=claimed.lease_owner)
    made = read(made)
    assert (made.rows, made.rejected) == (8, 4 + bool(end))
    stored = Instruction.objects.order_by("import_row").values_list("record__id", flat=True)
    assert list(stored) == [1, 2, 4, 5, 7, 8, 10, 11]
    assert [bad["line"] for bad in made.rejections] == [1, 4, 7, 10, 13][: made.rejected]


@pytest.mark.django_db
def test_two_readers_at_once_store_nothing_twice(tmp_path: Path) -> None:
    made = start(written(tmp_path / "a.jsonl", RECORD))
    late = importing.Batch(first=0)
    read(made)
    with pytest.raises(work.LeaseLostError):
        importing._store(made, late)
    assert Response.objects.count() == 1


@pytest.mark.django_db
def test_a_file_without_a_pair_fails_with_the_reason_and_may_be_tried_again(
    tmp_path: Path,
) -> None:
    name = "data-x-c_i-0a1b2-0-20240508_101112.jsonl"
    path = written(tmp_path / "a.jsonl", {"instruction": "Only asked."})
    made = read(start(path, name))
    assert made.job.status == "failed" and made.job.message == (
        "None of the 1 records of data-x-c_i-0a1b2-0-20240508_101112.jsonl is a pair with"
        " instruction and response. Line 1: The record has no response. By its name it is of the"
        " stage c_i: no pairs yet."
    )
    again, is_new = import_start(path=path, file_name=name)
    again.job.refresh_from_db()
    assert again == made and not is_new and again.job.is_running
    assert read(again).job.status == "failed"
    empty = read(start(written(tmp_path / "empty.jsonl")))
    assert "it is empty" in empty.job.message


@pytest.mark.django_db
def test_a_file_of_something_else_is_given_up_and_one_with_a_pair_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_BAD", 100)
    monkeypatch.setattr(importing, "BATCH_RECORDS", 50)
    bad = ["{'instruction': 'Python wrote this.'}"] * 1000
    made = read(start(written(tmp_path / "a.jsonl", *bad)))
    assert made.rejected == 100
    assert made.job.message.startswith("None of the first 100 records of a.jsonl is a pair")
    made = read(start(written(tmp_path / "b.jsonl", RECORD, *bad)))
    assert (made.rows, made.rejected) == (1, 1000)


@pytest.mark.django_db
def test_a_pair_that_cannot_be_stored_is_told_with_its_line_and_the_others_come_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = importing._write

    def odd(made: Import, pairs: list[Pair]) -> None:
        if any(pair.row == 1 for pair in pairs):
            Import.objects.filter(pk=made.pk).update(file_name="x" * 301)
        write(made, pairs)

    monkeypatch.setattr(importing, "_write", odd)
    made = read(start(written(tmp_path / "a.jsonl", RECORD, RECORD, "{", RECORD)))
    assert (made.rows, made.rejected, made.records) == (2, 2, 4)
    assert [(one["line"], one["reason"]) for one in made.rejections] == [
        (3, "broken_json"),
        (2, "not_stored"),
    ]
    assert "value too long" in made.rejections[1]["message"]
    assert Response.objects.count() == 2


@pytest.mark.django_db
def test_a_file_that_is_gone_fails_with_where_it_was(tmp_path: Path) -> None:
    made = start(written(tmp_path / "a.jsonl", RECORD))
    (tmp_path / "a.jsonl").unlink()
    assert f"{tmp_path}/a.jsonl is not there: workers" in read(made).job.message


def test_broken_rows_are_told_with_their_line_and_the_rest_goes_on() -> None:
    stream = lines(
        RECORD, "{broken", "", "[1]", {**RECORD, "response": " "}, {**RECORD, "concepts": "a"},
        '{"instruction": "a", "response": NaN}', {**RECORD, "seed": 3}, RECORD,
    )  # fmt: skip
    assert told(stream) == [
        (1, ""), (2, "broken_json"), (4, "no_record"), (5, "no_response"), (6, "bad_concepts"),
        (7, "broken_json"), (8, "bad_seed"), (9, ""),
    ]  # fmt: skip
    assert told(io.BytesIO(b'\xff\n{"instruction": "a", "response": "b"}')) == [
        (1, "not_utf8"),
        (2, ""),
    ]


def test_a_line_without_end_is_refused_without_being_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_reading, "MOST_RECORD_BYTES", 1000)
    stream = io.BytesIO(b'{"x": "' + b"y" * 5_000_000 + b'"}\n' + json.dumps(RECORD).encode())
    assert told(stream) == [(1, "too_long"), (2, "")]
    array = io.BytesIO(
        b'[{"x": "' + b"y" * 5_000_000 + b'"},\n' + json.dumps(RECORD).encode() + b"]"
    )
    assert told(array) == [(1, "too_long"), (2, "")]


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_is_read_like_lines(indent: int | None) -> None:
    records = [{**RECORD, "id": number, "concepts": ["a"]} for number in range(3)]
    stream = io.BytesIO(b"\xef\xbb\xbf \n" + json.dumps(records, indent=indent).encode())
    pairs = [pair for pair in read_pairs(stream) if isinstance(pair, Pair)]
    assert [pair.record["id"] for pair in pairs] == [0, 1, 2]


def test_an_array_goes_on_after_a_broken_record() -> None:
    good = json.dumps(RECORD)
    assert told(io.BytesIO(f"[{good},\n{{broken}},\n{good}]".encode())) == [
        (1, ""), (2, "broken_json"), (3, ""),
    ]  # fmt: skip
    assert told(io.BytesIO(b"[" * 200_000))[0] == (1, "broken_json")


HOSTILE = {
    "quoted by Python": b"{'instruction': 'x', 'response': 'y'},\n",
    "never closed": b'{"instruction":\n',
    "never closed and long": b'{"a":[' + b"1," * 2000 + b"\n",
    "strings that break": b'{"a": "' + b"x" * 30 + b"\n",
    "line breaks": b"\n",
    "blanks": b" ",
    "commas": b",",
    "brackets": b"[",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_broken_arrays_are_read_in_linear_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: characters that the JSON reader is given, by those of the file."""
    monkeypatch.setattr(import_reading, "_PIECE", 1 << 14)
    monkeypatch.setattr(import_reading, "_MOST_AGAIN", 1 << 20)
    monkeypatch.setattr(import_reading, "_BEHIND", 1 << 12)
    decoder = import_reading._decoder
    seen = 0

    def raw_decode(text: str, place: int) -> tuple[object, int]:
        nonlocal seen
        try:
            value, end = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            seen += error.pos  # it looked at all that stands before, for the line's number
            raise
        seen += end - place
        return value, end

    monkeypatch.setattr(import_reading, "_decoder", SimpleNamespace(raw_decode=raw_decode))
    data = b"[{x" + HOSTILE[name] * (300_000 // len(HOSTILE[name]))
    found = list(read_pairs(io.BytesIO(data)))
    assert found and all(isinstance(item, BadRow) for item in found)
    # At worst every record of 40 bytes pays for the window behind it, of 4 KiB on average.
    assert seen < 150 * len(data) + 2 * import_reading._MOST_AGAIN


def test_an_array_within_a_broken_record_gives_its_records_up() -> None:
    good = json.dumps(RECORD)
    assert told(io.BytesIO(f'[{{"a": ["x",\n{good},\n{good}\n]'.encode())) == [
        (1, "broken_json"), (2, ""), (3, ""),
    ]  # fmt: skip


def test_nul_and_half_characters_become_something_that_can_be_stored() -> None:
    stream = io.BytesIO(rb'{"instruction": "a\u0000b", "response": "\ud800", "x": ["\u0000"]}')
    (pair,) = read_pairs(stream)
    assert isinstance(pair, Pair)
    assert (pair.instruction, pair.response, pair.record["x"]) == ("a␀b", "?", ["␀"])


def test_a_file_name_of_the_known_pattern_is_understood() -> None:
    assert name_details("data-star-coder-i_r-0a1b2-100-20240508_101112.jsonl") == {
        "tag": "star-coder", "stage": "i_r", "fingerprint": "0a1b2", "start": "100",
        "written": "20240508_101112",
    }  # fmt: skip
    assert name_details("pairs.jsonl") == {}


@given(st.binary(max_size=300))
def test_no_bytes_at_all_make_it_fall_over(data: bytes) -> None:
    for start in (b"", b"[", b'[{"a":1},'):
        list(read_pairs(io.BytesIO(start + data)))


@pytest.mark.django_db
def test_the_command_tells_what_came_in_and_fails_when_a_file_did_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_bytes(lines(RECORD, "{broken").getvalue())
    with pytest.raises(CommandError, match="1 of 2 files were not brought in."):
        call_command("import_pairs", file, tmp_path / "gone.jsonl")
    out, err = capsys.readouterr()
    assert "pairs.jsonl: 1 pairs, 1 rows rejected." in out
    assert "line 2: broken_json: No JSON" in err and "gone.jsonl" in err
    call_command("import_pairs", file)
    assert "is here already, as import" in capsys.readouterr().out


def test_what_nobody_sees_is_taken_off_when_a_pair_is_stored_and_the_record_says_so() -> None:
    record = {
        "instruction": "Count\u00a0users.\ufeff",
        "response": "```sql\r\nSEL\u200bECT\u00a01;\r\n```\u200b",
    }
    (pair,) = read_pairs(lines(record))

    assert isinstance(pair, Pair)
    assert (pair.instruction, pair.response) == ("Count users.", "```sql\nSELECT 1;\n```")
    assert pair.record == {
        **record,
        "taken_off": {
            "instruction": {"U+00A0": 1, "U+FEFF": 1},
            "response": {"U+00A0": 1, "U+200B": 2},
        },
    }
    assert read_response(pair.response).sql in pair.response


def test_a_text_of_nothing_that_is_seen_is_blank() -> None:
    (bad,) = read_pairs(lines({"instruction": "a", "response": "\u200b\ufeff"}))

    assert isinstance(bad, BadRow)
    assert bad.reason == "no_response"
