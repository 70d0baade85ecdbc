"""Checks of texts: what each finds, where, and what it leaves alone."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.validation.checks import (
    CHECKS,
    BenchmarkError,
    CheckResult,
    PairText,
    benchmark_file,
    read_benchmark,
    run_checks,
)

GOOD = PairText(
    instruction="Write a SQL query that lists all users older than 30.",
    response="```sql\nSELECT name FROM users WHERE age > 30;\n```\nIt filters by age.",
    concepts=("filtering", "comparison operators"),
    seed="UPDATE creature_template SET name = 'x', subname = 'y', build = 25996 WHERE entry = 5100 AND patch < 4",
    finish_reason="stop",
)


def found(pair: PairText) -> dict[str, CheckResult]:
    return {result.reason: result for result in run_checks(pair) if not result.passed}


def test_a_good_pair_passes_every_check() -> None:
    results = run_checks(GOOD)

    assert [result.check for result in results] == [check.name for check in CHECKS]
    assert all(result.passed and result.version >= 1 for result in results)
    assert found(PairText()) == {}


@pytest.mark.parametrize(
    ("instruction", "place"),
    [
        ("Write a Python function that updates users.", "Python"),
        ("Using psycopg2, update the table.", "psycopg2"),
        ("Given this code:\n```js\ndb.query()\n```\nwrite SQL.", "```js"),
        ("Create a table in Java.", "Java"),
        ("Query the DataFrame with pandas.", "DataFrame"),
    ],
)
def test_an_instruction_about_another_language(instruction: str, place: str) -> None:
    result = found(PairText(instruction=instruction))["instruction_language"]

    assert instruction[result.start : result.end] == place
    assert result.where == "instruction"


@pytest.mark.parametrize(
    "instruction",
    [
        "Write a SQL query, not Python, that lists users.",
        "List the students whose course is 'Python'.",
        "Select rows of table `java_versions`.",
        "Write a query that goes on and on.",
        "Find employees with the skill Python and list them with SQL.",
        "Write a PostgreSQL function in plpgsql.",
    ],
)
def test_a_language_that_is_only_data_is_no_leak(instruction: str) -> None:
    assert "instruction_language" not in found(PairText(instruction=instruction))


@pytest.mark.parametrize(
    "response",
    [
        "```python\nprint(1)\n```",
        "First:\nimport psycopg2\nthen go on.",
        "```\ncursor.execute('SELECT 1')\n```",
        "def run(query):\n    return 1",
        "```javascript\nx\n```",
    ],
)
def test_a_response_with_program_code(response: str) -> None:
    assert "response_language" in found(PairText(response=response))


def test_a_response_about_sql_functions_is_no_leak() -> None:
    response = "```sql\nCREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN 1; END $$ LANGUAGE plpgsql;\n```\nWe import rows from the file and print them."

    assert "response_language" not in found(PairText(response=response))


@pytest.mark.parametrize(
    ("response", "finish", "cut"),
    [
        ("Some text that goes on and on and then", "stop", True),
        ("```sql\nSELECT 1", "stop", True),
        ("```sql\nSELECT 1;\n```\n\n[Tests]", "stop", True),
        ("```sql\nSELECT 1;\n```\nIt works.\n\n#", "stop", True),
        ("```sql\nSELECT 1;\n```\nExpected Output:", "stop", True),
        ("Done.", "length", True),
        ("```sql\nSELECT 1;\n```", "stop", False),
        ("It works.", "stop", False),
        ("| a | b |\n|---|---|\n| 1 | Ann", "stop", False),
        ("- it filters the rows by name", "stop", False),
    ],
)
def test_text_that_was_cut_off(response: str, finish: str, cut: bool) -> None:
    assert ("cut_off" in found(PairText(response=response, finish_reason=finish))) is cut


def test_refusals() -> None:
    assert "refusal" in found(PairText(response="I'm sorry, but I cannot do that."))
    assert "refusal" in found(PairText(response="As an AI language model, I have no data."))
    assert "refusal" not in found(PairText(response="The key cannot be NULL, sorry rows are fine."))


def test_placeholders_are_found_in_the_sql() -> None:
    response = "What? Here:\n```sql\nUPDATE t SET a = ? WHERE id = :id;\n```"

    result = found(PairText(response=response))["unbound_placeholders"]

    assert result.message == "The SQL has unbound placeholders: ?, :id."
    assert (response[result.start : result.end], result.start) == ("?", response.rfind("?"))


@pytest.mark.parametrize(
    ("concepts", "vacuous"),
    [
        (("single quotes",), True),
        (("sql", "query", "window function"), True),
        (("UPDATE", "set clause"), False),
        (("filtering", "sql"), False),
        (("", "1"), True),
    ],
)
def test_concepts_that_say_nothing(concepts: tuple[str, ...], vacuous: bool) -> None:
    assert ("vacuous_concepts" in found(PairText(concepts=concepts))) is vacuous


@pytest.mark.parametrize(
    ("instruction", "asks"),
    [
        ("Write a poem about the sea.", False),
        ("Explain photosynthesis.", False),
        ("Translate the SQL comments to French.", False),
        ("List all users with an age above 3 from the users table.", True),
        ("Create a trigger that logs changes.", True),
    ],
)
def test_an_instruction_asks_for_sql(instruction: str, asks: bool) -> None:
    assert ("not_sql" not in found(PairText(instruction=instruction))) is asks


def test_a_copied_example_is_found_with_its_place() -> None:
    shown = "Write a SQL query that lists every employee hired in the first week of January 2024, ordered by name."
    copied = "Please: " + shown.replace("employee", "worker")

    result = found(PairText(instruction=copied, shown=(shown,)))["few_shot_copy"]

    assert copied[result.start : result.end].startswith("hired in the first week of January 2024")
    assert "few_shot_copy" not in found(PairText(instruction=GOOD.instruction, shown=(shown,)))


def test_a_copied_seed_is_found() -> None:
    response = f"```sql\n{GOOD.seed};\n```\nThis is a long explanation of what it does and why."

    assert "seed_copy" in found(PairText(response=response, seed=GOOD.seed))
    assert "seed_copy" in found(PairText(instruction=f"Explain {GOOD.seed}", seed=GOOD.seed))


def test_benchmark_questions_are_found_by_words_and_by_sql(tmp_path: Path) -> None:
    path = tmp_path / "bench.jsonl"
    question = "How many heads of the departments are older than 56 and were born in the east of the state?"
    path.write_text(
        json.dumps({"question": question, "sql": "SELECT count(*) FROM head WHERE age > 56"}) + "\n"
    )
    index = read_benchmark(path)

    words = found(PairText(instruction=f"Tell me: {question}", benchmark=index))
    sql = found(
        PairText(response="```sql\nselect COUNT(*)\nfrom head where age > 99\n```", benchmark=index)
    )

    assert (
        words["benchmark_overlap"].message
        == "The instruction shares 13 words with benchmark question 1."
    )
    assert sql["benchmark_overlap"].message == "The SQL is that of benchmark question 1."
    assert found(PairText(instruction="Count heads in SQL.", benchmark=index)) == {}


def test_short_questions_of_a_text_are_found_whole(tmp_path: Path) -> None:
    path = tmp_path / "bench.txt"
    path.write_text("How many singers do we have?\n\nList all users\n")
    index = read_benchmark(path)
    copied = "In SQL, how many singers do we have"

    result = found(PairText(instruction=copied, benchmark=index))["benchmark_overlap"]

    assert result.message == "The instruction contains benchmark question 1."
    assert copied[result.start : result.end] == "how many singers do we have"
    for other in ("SQL: How many singers do they have?", "Write a SQL query: list all users."):
        assert found(PairText(instruction=other, benchmark=index)) == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "Line 1 is no JSON: write one JSON object a line"),
        ("[" * 100_000, "Line 1 is no JSON: write one JSON object a line"),
        ("[]", "Line 1 is no JSON object: write one JSON object a line"),
        ("{}", "Line 1 has neither question nor SQL as text: write one JSON object a line"),
    ],
)
def test_a_bad_benchmark_file_names_the_line_and_the_fix(
    tmp_path: Path, line: str, message: str
) -> None:
    path = tmp_path / "bench.jsonl"
    path.write_text(line + "\n")

    with pytest.raises(BenchmarkError, match=message):
        read_benchmark(path)


def test_odd_lines_of_a_benchmark_file_are_told_and_the_others_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark_file, "MOST_LINE", 200)
    path = tmp_path / "bench.jsonl"
    good = {"question": None, "SQL": "SELECT count(*) FROM head WHERE age > 56"}
    lines = [b"{", b"\xff", b"x" * 1000, b"", json.dumps(good).encode()]
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))

    index = read_benchmark(path)

    assert list(index.queries.values()) == [5]
    assert index.odd == 3
    assert [line.partition(":")[0] for line in index.told] == [
        "Line 1 is no JSON",
        "Line 2 is not UTF-8",
        "Line 3 is longer than 200 bytes",
    ]


def test_a_benchmark_file_without_end_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark_file, "MOST_CHARACTERS", 1000)
    path = tmp_path / "bench.txt"
    path.write_text("How many singers do we have?\n" * 100)

    with pytest.raises(BenchmarkError, match=r"Line 36: more than 1,000 characters of questions"):
        read_benchmark(path)


@given(st.text(max_size=300), st.text(max_size=300))
@settings(deadline=None)
def test_any_text_can_be_checked_and_places_lie_inside(instruction: str, response: str) -> None:
    pair = PairText(instruction, response, (instruction,), response, (instruction,), "length")

    for result in run_checks(pair):
        text = {"instruction": instruction, "response": response, "concepts": instruction, "": ""}
        assert 0 <= result.start <= result.end <= len(text[result.where])


@pytest.mark.parametrize(
    "text", ["def f(" * 20_000, "a " * 30_000, "**" * 30_000, ": " * 30_000, "``` " * 15_000]
)
def test_hostile_text_is_checked_in_time(text: str) -> None:
    start = time.process_time()

    run_checks(PairText(text, text, (text,), text, (text,)))

    assert time.process_time() - start < 5
