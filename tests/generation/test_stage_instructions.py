"""C→I and S→I: the prompts, and the instruction out of a completion."""

from __future__ import annotations

import pytest
from hypothesis import given

from apps.generation.stages import c_i, s_i
from apps.generation.stages.base import ParseFailure, StageOptions
from apps.generation.stages.instructions import MAX_CHARS, MIN_CHARS
from tests.generation import stage_builders as given_text
from tests.generation.stage_builders import EXAMPLE, SYSTEM, assert_golden, reason

TASK = "Write a SQL query that counts the rows of `pets(name)`."
WITH_CODE = f"{TASK}\n\n```sql\nCREATE TABLE pets (name TEXT);\n### Response\n```"


def parse(text: str, finish_reason: str | None = "stop"):
    assert c_i.parse is s_i.parse
    return c_i.parse(text, finish_reason=finish_reason)


def test_the_prompt_for_concepts_is_exactly_this():
    prompt = c_i.build(
        ("delete", "date filter"),
        category="data modification",
        difficulty="Hard",
        system=SYSTEM,
        examples=(EXAMPLE,),
    )
    assert_golden("c_i", prompt)
    assert prompt.stop == ("\n## Example 3\n", "\n### Response\n", "\n### Property\n")


def test_the_prompt_for_a_seed_is_exactly_this():
    prompt = s_i.build("DELETE FROM logs;\n", system=SYSTEM, examples=(EXAMPLE,))
    assert_golden("s_i", prompt)
    assert prompt.stop == ("\n## Example 3\n", "\n### Response\n", "\n### Snippet\n")


@pytest.mark.parametrize(
    "text",
    [
        TASK,
        f"\r\n{TASK}\r\n",
        f"### Instruction\n{TASK}",
        f"[Instruction]\n\n{TASK}\n\n[Solution]\n```sql\nSELECT 1",
        f"**Instruction:**\n{TASK}",
        f"{TASK}\n\n### Response\nHere is the query:\n```sql\nSELECT",
        f"{TASK}\n\n## Example 3\n\n### Property\n- category: x",
        f"{TASK}\n\n## Example 3",
        f"{TASK}\x00",
    ],
)
def test_the_instruction_is_found_in_every_shape(text: str):
    assert parse(text) == TASK


def test_markers_within_a_code_block_are_text():
    assert parse(WITH_CODE) == WITH_CODE


@pytest.mark.parametrize(
    ("text", "finish_reason", "expected"),
    [
        ("", "stop", "empty"),
        ("\n\n", None, "empty"),
        ("### Instruction\n", "stop", "empty"),
        (TASK, "length", "cut_off"),
        (TASK, "abort", "cut_off"),
        (f"{TASK}\n\n## Example 3", "length", "cut_off"),
        (f"{TASK}\n\n#", "stop", "cut_off"),
        (f"{TASK}\n```sql\nCREATE TABLE", "stop", "cut_off"),
        ("Count rows.", "stop", "too_short"),
        ("word " * 1000, "stop", "too_long"),
    ],
)
def test_a_completion_without_an_instruction_says_why(text: str, finish_reason: str, expected: str):
    assert reason(parse(text, finish_reason)) == expected


def test_an_instruction_that_a_marker_ends_is_complete_whatever_comes_after():
    assert parse(f"{TASK}\n### Response\n```sql\nSELECT", "length") == TASK


def test_the_response_prefix_belongs_to_the_answer():
    options = StageOptions(response_prefix="Write a SQL query that ")
    result = c_i.parse("counts all pets.", finish_reason="stop", options=options)
    assert result == "Write a SQL query that counts all pets."


@given(given_text.completions, given_text.finish_reasons, given_text.stop_reasons)
def test_any_text_gives_a_bounded_instruction_or_a_reason(
    text: str, finish: str | None, stop: object
):
    result = c_i.parse(text, finish_reason=finish, stop_reason=stop)
    if isinstance(result, ParseFailure):
        assert result.reason in {"empty", "cut_off", "too_short", "too_long"}
    else:
        assert MIN_CHARS <= len(result) <= MAX_CHARS
        assert finish not in ("length", "abort") or result != text.strip()
