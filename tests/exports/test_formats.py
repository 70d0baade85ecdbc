"""Every format in every kind of file, as `datasets.load_dataset` reads it; trl's rules for rows."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.exports.choice.filters import Filters
from apps.exports.fetching import fetch_all
from apps.exports.formats.columns import column
from apps.exports.rows.pairs import portability
from apps.exports.services import export_start
from apps.exports.shape import FileKind, Format, Shape
from apps.exports.verifying import verify
from apps.generation.models import Import, Instruction, Response
from apps.validation.models import StoredReading, Verdict
from tests.builders import make_response, make_seed, make_user
from tests.exports.building import accept, file_of, place, run_here, with_prompt, write
from tests.pages import markup

pytestmark = pytest.mark.django_db(transaction=True)
ODD = 'Say\u2028one\u2029two\x85 three: é 中 \U0001f600 "quoted" \\ back\ttab'
TRL = {
    # trl's dataset formats: the columns that make a row of each type (its documentation of
    # "Dataset formats and types": language modeling, prompt-completion, preference, unpaired).
    Format.CHAT: {"messages"},
    Format.PROMPT_COMPLETION: {"prompt", "completion"},
    Format.PREFERENCE: {"prompt", "chosen", "rejected"},
    Format.UNPAIRED: {"prompt", "completion", "label"},
}


@pytest.fixture(autouse=True)
def _var(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()


@pytest.fixture
def pair() -> Response:
    seed = make_seed(schema_context="CREATE TABLE users (id int);")
    made = accept(
        with_prompt(make_response(f"```sql\nSELECT 1;\n```\n{ODD}", instruction=ODD, seed=seed))
    )
    StoredReading.objects.create(
        response=made, dialect="sqlite", data={"sql": "SELECT 1;", "context": []}
    )
    other = Response.objects.create(instruction=made.instruction, draw=1, text=f"Bad. {ODD}")
    Verdict.objects.create(response=other, database="overall", outcome="sql_error", version=1)
    return made


def loaded(folder: Path, cache: Path) -> list[dict[str, Any]]:
    from datasets import load_dataset  # takes a second, and every worker collects this

    found = load_dataset(str(folder), cache_dir=str(cache), split="train")
    return [dict(row) for row in found]


@pytest.mark.parametrize("file", list(FileKind))
def test_a_folder_is_loaded_as_it_is(pair: Response, file: FileKind, tmp_path: Path) -> None:
    for format in Format:
        shape = Shape(format=format, file=file, columns=True)
        export = write(shape=shape)
        fetch_all(export, tmp_path / format)
        (row,) = loaded(tmp_path / format, tmp_path / "cache")
        assert row["portability"] == "unknown" and row["id"] == 0 and row["kind"] == "update"
        assert TRL.get(format, set()) <= row.keys()
        said = json.dumps(row, ensure_ascii=False)
        assert json.dumps(ODD, ensure_ascii=False)[1:-1] in said


def test_rows_have_what_trl_asks_of_their_values(pair: Response) -> None:
    rows = {
        format: json.loads(file_of(write(shape=Shape(format=format))).read_text())
        for format in Format
    }
    turns = rows[Format.CHAT]["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant"]
    assert [turn["content"] for turn in turns] == [ODD, pair.text]
    assert rows[Format.PREFERENCE]["rejected"] == f"Bad. {ODD}"
    assert rows[Format.UNPAIRED]["label"] is True
    assert rows[Format.ALPACA] == {"instruction": ODD, "input": "", "output": pair.text}
    assert rows[Format.SHAREGPT]["conversations"][0] == {"from": "human", "value": ODD}


def test_a_prompt_has_dialect_and_schema_and_a_response_is_sql_alone(pair: Response) -> None:
    shape = Shape(format=Format.PROMPT_COMPLETION, schema=True, dialect=True, sql_only=True)
    row = json.loads(file_of(write(shape=shape)).read_text())
    schema = "Schema:\n```sql\nCREATE TABLE users (id int);\n```"
    assert row == {"prompt": f"{ODD}\n\nDialect: SQLite\n\n{schema}", "completion": "SELECT 1;"}


@pytest.mark.parametrize("format", list(Format))
def test_a_line_is_one_line_to_every_reader(pair: Response, format: Format) -> None:
    export = write(shape=Shape(format=format))
    for part in ("pairs", "lineage"):
        assert len(file_of(export, part).read_text().splitlines()) == 1


@pytest.mark.parametrize("file", list(FileKind))
def test_the_same_selection_has_the_same_bytes_in_every_kind_of_file(
    pair: Response, file: FileKind
) -> None:
    one, other = (write(shape=Shape(file=file, columns=True)) for _ in range(2))
    assert one.sha256 == other.sha256 == hashlib.sha256(file_of(one).read_bytes()).hexdigest()


@pytest.mark.parametrize("file", list(FileKind))
def test_an_empty_selection_is_a_whole_export(file: FileKind) -> None:
    for format in Format:
        one, other = (write(shape=Shape(format=format, file=file)) for _ in range(2))
        assert one.rows == 0 and one.sha256 == other.sha256
        assert verify(place(one)).problems == []


def test_long_texts_end_a_row_group_and_usual_ones_fill_it(
    pair: Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    for draw in range(2, 8):
        accept(Response.objects.create(instruction=pair.instruction, draw=draw, text="a" * 400))
    monkeypatch.setattr("apps.exports.formats.files.ROW_GROUP", 3)

    def groups() -> list[int]:
        path = file_of(write(shape=Shape(format=Format.CHAT, file=FileKind.PARQUET)))
        told = pq.ParquetFile(path).metadata
        return [told.row_group(place).num_rows for place in range(told.num_row_groups)]

    assert groups() == [3, 3, 1]
    monkeypatch.setattr("apps.exports.formats.files._GROUP_TEXT", 1)
    assert groups() == [1] * 7


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ({}, "unknown"),
        ({"sqlite": "timeout"}, "unknown"),
        ({"sqlite": "passed"}, "one_database"),
        ({"sqlite": "passed", "duckdb": "passed"}, "portable"),
        ({"sqlite": "passed", "duckdb": "sql_error"}, "only_sqlite"),
        ({"sqlite": "passed", "duckdb": "passed", "postgres": "sql_error"}, "some"),
        ({"sqlite": "passed", "duckdb": "wrong_result", "postgres": "sql_error"}, "differs"),
        ({"sqlite": "wrong_result", "duckdb": "sql_error"}, "none"),
    ],
)
def test_the_truth_table_of_dialects(outcomes: dict[str, str], told: str) -> None:
    assert portability(outcomes) == told


def test_manifest_card_and_rows_have_the_truth_table(pair: Response) -> None:
    for database, outcome in (("sqlite", "passed"), ("duckdb", "wrong_result")):
        Verdict.objects.create(response=pair, database=database, outcome=outcome, version=1)
    export = write(shape=Shape(columns=True))
    said = {"duckdb": "wrong_result", "sqlite": "passed"}
    assert export.manifest["dialect_truth_table"] == [
        {"databases": said, "is": "differs", "rows": 1}
    ]
    assert json.loads(file_of(export).read_text())["portability"] == "differs"
    assert "| wrong\\_result | passed | differs | 1 |" in file_of(export, "card").read_text()
    client = Client()
    client.force_login(make_user())
    page = markup(client.get(reverse("exports:export", args=[export.pk])))
    assert "duckdb wrong result, sqlite passed</td><td>differs between databases</td>" in page


@pytest.mark.parametrize("file", [FileKind.JSONL, FileKind.PARQUET])
def test_an_imported_record_that_says_odd_things_harms_no_other(
    file: FileKind, tmp_path: Path
) -> None:
    """A column has one type, whatever a record had in its place."""
    made = Import.objects.create(file_name="a.jsonl", sha256="0" * 64, path="/a", size=1)
    records: list[dict[str, Any]] = [
        {"prompt": {"a": [1, None]}, "fingerprint": 10**300, "seed": None, "description": ["x"]},
        {"prompt": "Asked.", "fingerprint": None, "seed": "SELECT 1", "concepts": ["where"]},
        {"prompt": False, "fingerprint": 1.5e308, "description": {"b": "\u2028"}, "concepts": None},
    ]
    for row, record in enumerate(records):
        asked = Instruction.objects.create(
            imported=made, import_row=row, record=record, text=f"Ask {row}."
        )
        accept(Response.objects.create(instruction=asked, text="SELECT 1"))
    export = write(shape=Shape(file=file))
    fetch_all(export, tmp_path / "out")
    first, second, third = loaded(tmp_path / "out", tmp_path / "cache")
    assert (first["prompt"], first["fingerprint"]) == ('{"a": [1, null]}', str(10**300))
    assert first["description"] == '["x"]' and first["concepts"] == []
    assert (second["prompt"], second["seed"]) == ("Asked.", "SELECT 1")
    assert third["prompt"] == "false" and json.loads(third["description"]) == {"b": "\u2028"}
    assert export.manifest["left_out"] == {}


def test_columns_are_what_pyarrow_makes_of_the_same_values() -> None:
    texts = pa.dictionary(pa.int32(), pa.string())
    for values, of in (
        ([3, -1, 2**62], pa.int64()), ([], pa.int64()), ([b"12345678", b"\0" * 8], pa.binary(8)),
        (["b", "é", "b", ""], texts), ([], texts),
    ):  # fmt: skip
        assert column(values, of).equals(pa.array(values, type=of))
        column(values, of).validate(full=True)


ALONE = """
import sys
import django
django.setup()
from apps.core import work
from apps.exports.exporting import export_write
from apps.exports.models import Export
export_write(export=Export.objects.get(pk=int(sys.argv[1])), lease=work.Lease())
print([name for name in ("pandas", "datasets", "torch") if name in sys.modules])
"""


def test_an_export_of_lines_loads_no_pandas(pair: Response) -> None:
    export = export_start(filters=Filters())
    done = run_here(ALONE, str(export.pk))
    assert done.stdout.strip() == "[]", done.stderr
