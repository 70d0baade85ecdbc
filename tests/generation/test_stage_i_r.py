"""I→R: the prompt for an instruction, and the response out of a completion."""

from __future__ import annotations

import pytest
from hypothesis import given

from apps.fewshot.rendering import response_text
from apps.generation.stages import i_r
from apps.generation.stages.base import ParseFailure, StageOptions
from apps.generation.stages.completions import MAX_COMPLETION
from tests.generation import stage_builders as given_text
from tests.generation.stage_builders import EXAMPLE, SYSTEM, assert_golden, reason

RESPONSE = response_text(EXAMPLE)
STOP = "\n## Example 3\n"


def parse(text: str, finish_reason: str | None = "stop", stop_reason: object = None):
    return i_r.parse(text, finish_reason=finish_reason, stop_reason=stop_reason)


def test_the_prompt_is_exactly_this():
    prompt = i_r.build("Write SQL that deletes old logs.", system=SYSTEM, examples=(EXAMPLE,))
    assert_golden("i_r", prompt)
    assert prompt.stop == (STOP,)


def test_the_prompt_shows_a_response_as_the_few_shot_file_has_it():
    prompt = i_r.build("Write SQL.", system=SYSTEM, examples=(EXAMPLE,))
    assert prompt.messages[2] == {"role": "assistant", "content": RESPONSE}


@pytest.mark.parametrize(
    "following",
    [
        "",
        "\n\n",
        "\n\n## Example 3\n\n### Instruction\nWrite",
        "\n## Example 12 \n### Instruction\n```sql\nSELECT",
        "\n\n## Example 3",
    ],
)
def test_the_whole_response_is_kept_and_what_follows_is_not(following: str):
    assert parse(RESPONSE + following, "stop", STOP) == RESPONSE


@pytest.mark.parametrize(
    "heading", ["### Example usage", "## Example output", "## Example 1: ties"]
)
def test_headings_of_the_response_are_its_own(heading: str):
    text = f"{RESPONSE}\n\n{heading}\n\nSELECT 1 returns 1."
    assert parse(text, "stop", STOP) == text


@pytest.mark.parametrize(
    ("text", "finish_reason", "stop_reason", "expected"),
    [
        ("", "stop", None, "empty"),
        ("## Example 3\n\n### Instruction\nWrite", "length", None, "empty"),
        (RESPONSE, "length", None, "cut_off"),
        (RESPONSE[:-4], "stop", STOP, "cut_off"),
        (f"{RESPONSE}\n\n#", "stop", "## Example", "cut_off"),
        (f"{RESPONSE}\n## Example", "length", None, "cut_off"),
        (f"{RESPONSE}\n## Example 2\nSELECT 1 gives 1", "stop", STOP, "cut_off"),
        ("```sql\nSELECT 1\n\n## Example 3\n\n### Instruction\n```sql\nx\n```", "stop", None, "cut_off"),
        ("x" * (MAX_COMPLETION + 1), "stop", None, "too_long"),
    ],
)  # fmt: skip
def test_a_response_that_is_not_whole_says_why(
    text: str, finish_reason: str, stop_reason: str | None, expected: str
):
    assert reason(parse(text, finish_reason, stop_reason)) == expected


def test_the_response_prefix_belongs_to_the_answer():
    options = StageOptions(response_prefix="[Reasoning]\n")
    result = i_r.parse("One table.", finish_reason="stop", options=options)
    assert result == "[Reasoning]\nOne table."


@given(given_text.completions, given_text.finish_reasons, given_text.stop_reasons)
def test_any_text_gives_a_bounded_response_or_a_reason(text: str, finish: str | None, stop: object):
    result = i_r.parse(text, finish_reason=finish, stop_reason=stop)
    if isinstance(result, ParseFailure):
        assert result.reason in {"empty", "cut_off", "too_long"}
    else:
        assert result
        assert len(result) <= MAX_COMPLETION
        assert result == result.strip()
        assert "\x00" not in result
