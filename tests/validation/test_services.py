"""Validating stored responses: one verdict per database and one overall, however often it runs."""

import json
from pathlib import Path
from typing import Any

import pytest

from apps.generation.models import Response
from apps.validation import services
from apps.validation.models import CheckResult, StoredReading, Verdict
from apps.validation.services import responses_validate
from tests.builders import make_response

pytestmark = pytest.mark.django_db
PAIRS = Path(__file__).parents[2] / "apps" / "home" / "sample_pairs" / "labelled-pairs.jsonl"


@pytest.fixture
def pairs() -> list[Response]:
    rows = [json.loads(line) for line in PAIRS.read_text().splitlines()]
    return [make_response(row["response"], instruction=row["instruction"]) for row in rows]


def outcomes() -> dict[int, str]:
    return dict(
        Verdict.objects.filter(database="overall")
        .order_by("response")
        .values_list("response", "outcome")
    )


def test_the_labelled_pairs_get_the_verdicts_a_careful_person_gives(pairs: list[Response]) -> None:
    responses_validate(response_ids=[pair.pk for pair in pairs])
    found = list(outcomes().values())
    assert found[1] == "wrong_result" and found[3] == "sql_error" and found[4] == "no_sql"
    assert "passed" not in (found[0], found[2])
    assert found[5] == "sql_error" and StoredReading.objects.get(response=pairs[5]).placeholders
    said = Verdict.objects.get(response=pairs[5], database="overall").message
    assert "Unbound placeholders (?): the SQL cannot run as written." in said
    charlie = Verdict.objects.get(response=pairs[1], database="sqlite")
    assert any("Charlie" in row["cells"] for row in charlie.diff["rows"] if row["tag"] != "same")
    assert "return" in Verdict.objects.get(response=pairs[3], database="sqlite").message
    for row in (1, 3, 4):
        failed = CheckResult.objects.filter(response=pairs[row], part="instruction", passed=False)
        assert failed.exists(), row


def test_a_second_validation_leaves_one_verdict_per_database(
    pairs: list[Response], settings: Any
) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]
    ids = [pair.pk for pair in pairs]
    assert sum(responses_validate(response_ids=ids).values()) == 6
    assert not responses_validate(response_ids=ids)
    assert sum(responses_validate(response_ids=ids, again=True).values()) == 6
    assert Verdict.objects.count() == 12 and StoredReading.objects.count() == 6


def test_what_a_worker_without_a_database_left_is_done_by_one_that_has_it(
    pairs: list[Response], settings: Any
) -> None:
    ids = [pair.pk for pair in pairs]
    settings.WINNOW_DATABASES = ["sqlite"]
    responses_validate(response_ids=ids)
    settings.WINNOW_DATABASES = ["sqlite", "duckdb"]
    assert sum(responses_validate(response_ids=ids).values()) == 6
    assert Verdict.objects.filter(database="duckdb").count() == 6
    settings.WINNOW_DATABASES = ["sqlite"]
    assert not responses_validate(response_ids=ids)


def test_a_broken_benchmark_file_is_said_once_and_stops_no_unit(
    pairs: list[Response], settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]
    settings.WINNOW_BENCHMARK_FILE = str(tmp_path / "bench.jsonl")
    (tmp_path / "bench.jsonl").write_text("{\n")
    services.benchmark_questions.cache_clear()
    for pair in pairs:
        responses_validate(response_ids=[pair.pk])
    services.benchmark_questions.cache_clear()
    assert [record.getMessage() for record in caplog.records] == [
        f"WINNOW_BENCHMARK_FILE {tmp_path / 'bench.jsonl'} is not used: "
        'Line 1 is no JSON: write one JSON object a line with "question" and "sql".'
    ]


def test_odd_lines_of_a_benchmark_file_are_said_once_and_the_others_count(
    pairs: list[Response], settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WINNOW_BENCHMARK_FILE = str(tmp_path / "bench.txt")
    (tmp_path / "bench.txt").write_bytes(b"How many singers do we have?\n\xff\xfe\n")
    services.benchmark_questions.cache_clear()
    first, second = services.benchmark_questions(), services.benchmark_questions()
    services.benchmark_questions.cache_clear()
    assert first is second and first is not None and len(first.short) == 1
    assert [record.getMessage() for record in caplog.records] == [
        f"WINNOW_BENCHMARK_FILE {tmp_path / 'bench.txt'}: 1 lines are not used. "
        "Line 2 is not UTF-8: save the file as UTF-8."
    ]


def test_hostile_text_is_stored_and_judged_not_raised() -> None:
    texts = ["\ud800 lone", "```sql\nSELECT 'a\x00b';\n```", "", "```sql\nATTACH 'x' AS y;\n```"]
    made = [
        make_response(text.encode("utf-8", "replace").decode().replace("\0", "")) for text in texts
    ]
    responses_validate(response_ids=[pair.pk for pair in made])
    assert len(outcomes()) == len(texts)
    assert outcomes()[made[3].pk] in ("refused", "no_tests")
