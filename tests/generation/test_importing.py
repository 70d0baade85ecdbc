"""Importing finished pairs: what is a pair comes in once, what is none is counted with its line."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from apps.generation import import_reading
from apps.generation.import_reading import BadRow, Pair, name_details, read_pairs
from apps.generation.importing import RESPONSES_PER_UNIT, ImportRefusedError, pairs_import
from apps.generation.models import Import, Instruction, Response

LABELLED = Path(__file__).parents[2] / "apps" / "home" / "sample_pairs" / "labelled-pairs.jsonl"
RECORD = {"instruction": "Count the users.", "response": "```sql\nSELECT count(*) FROM users;\n```"}


def lines(*records: object) -> io.BytesIO:
    texts = [record if isinstance(record, str) else json.dumps(record) for record in records]
    return io.BytesIO("\n".join(texts).encode())


def told(stream: io.BytesIO) -> list[tuple[int, str]]:
    """(line, "" or reason) of every record."""
    return [(i.line, i.reason if isinstance(i, BadRow) else "") for i in read_pairs(stream)]


@pytest.mark.django_db
def test_the_six_labelled_pairs_come_in_and_their_responses_go_to_validation() -> None:
    with LABELLED.open("rb") as stream:
        made, is_new = pairs_import(stream=stream, file_name=LABELLED.name)
    assert is_new and (made.rows, made.rejected) == (6, 0)
    first = Instruction.objects.get(imported=made, import_row=0)
    assert first.record["label"] == "good" and first.text == first.record["instruction"]
    assert first.responses.get().text == first.record["response"]
    unit = made.job.units.get()
    ids = list(Response.objects.order_by("pk").values_list("pk", flat=True))
    assert unit.queue == "validate" and unit.payload == {"responses": ids}
    made.job.refresh_from_db()
    assert made.job.is_planned and made.job.is_running


@pytest.mark.django_db
def test_the_same_bytes_come_in_once_whatever_their_name() -> None:
    first, _ = pairs_import(stream=lines(RECORD), file_name="a.jsonl")
    again, is_new = pairs_import(stream=lines(RECORD), file_name="b.jsonl")
    assert again == first and not is_new and Response.objects.count() == 1


@pytest.mark.django_db
def test_many_pairs_become_many_units() -> None:
    records = [{**RECORD, "id": number} for number in range(RESPONSES_PER_UNIT + 1)]
    made, _ = pairs_import(stream=lines(*records), file_name="a.jsonl")
    assert sorted(len(unit.payload["responses"]) for unit in made.job.units.all()) == [1, 64]


@pytest.mark.django_db
def test_a_file_without_a_pair_is_refused_and_leaves_nothing() -> None:
    with pytest.raises(ImportRefusedError) as refused:
        pairs_import(
            stream=lines({"instruction": "Only asked."}),
            file_name="data-x-c_i-0a1b2-0-20240508_101112.jsonl",
        )
    assert str(refused.value) == (
        "None of the 1 records of data-x-c_i-0a1b2-0-20240508_101112.jsonl is a pair with"
        " instruction and response. Line 1: The record has no response. By its name it is of the"
        " stage c_i: no pairs yet."
    )
    assert not Import.objects.exists()
    with pytest.raises(ImportRefusedError, match="it is empty"):
        pairs_import(stream=io.BytesIO(b""), file_name="empty.jsonl")


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
