"""S→C: the prompt for a seed, and concepts out of a completion."""

from __future__ import annotations

import time

import pytest
from hypothesis import given

from apps.generation.stages import s_c
from apps.generation.stages.base import ParseFailure, StageOptions
from tests.generation import stage_builders as given_text
from tests.generation.stage_builders import EXAMPLE, SYSTEM, assert_golden, reason


def parse(text: str, finish_reason: str | None = "stop"):
    return s_c.parse(text, finish_reason=finish_reason)


def test_the_prompt_is_exactly_this():
    prompt = s_c.build("DELETE FROM logs;", system=SYSTEM, examples=(EXAMPLE,))
    assert_golden("s_c", prompt)
    assert prompt.stop == ("\n## Example ", "\n### ")


@pytest.mark.parametrize(
    "text",
    [
        "left join, null check",
        " Left Join,  null check.\n",
        "### Concepts\nleft join, null check",
        "Concepts: \nleft join, null check",
        "- left join\n- null check",
        "1. **Left join**: keeps all rows\n2. `null check` - finds gaps",
        "The concepts are:\n\n* left join\n* null check\n\nThese are the main ones.",
        "left join\nnull check",
        "left join, null check, LEFT JOIN, --",
        "left join, null check\n\n## Example 3\n\n### Snippet\n```sql\nSELECT",
        "left join, null check\n### Instruction\nWrite a query",
    ],
)
def test_concepts_are_read_from_every_shape(text: str):
    assert parse(text) == ("left join", "null check")


def test_a_comma_within_parentheses_separates_nothing():
    assert parse("join (inner, left), grouping") == ("join (inner, left)", "grouping")


@pytest.mark.parametrize(
    ("text", "finish_reason", "expected"),
    [
        ("", "stop", "empty"),
        (" \n\t", "length", "empty"),
        ("## Example 3\n\n### Snippet\nx", "stop", "empty"),
        ("### Concepts\n", "stop", "empty"),
        ("left join, nul", "length", "cut_off"),
        ("left join, null check\n##", "stop", "cut_off"),
        (", ".join(f"concept {n}" for n in range(11)), "stop", "too_many"),
        ("--, 12, ...", "stop", "vacuous"),
        ("This query deletes old rows, and more", "stop", "not_concepts"),
        ("The concepts shown here are the usage of joins in a query over tables", "stop", "not_concepts"),
        ("x" * 61, "stop", "not_concepts"),
        ("a, " * 2000, "stop", "not_concepts"),
        ("a" * 60_001, "stop", "too_long"),
    ],
)  # fmt: skip
def test_a_completion_without_concepts_says_why(text: str, finish_reason: str, expected: str):
    assert reason(parse(text, finish_reason)) == expected


def test_what_follows_a_complete_list_may_be_cut_off():
    text = "left join, null check\n\n## Example 3\n\n### Snippet\n```sql\nSELE"
    assert parse(text, "length") == ("left join", "null check")


def test_the_response_prefix_belongs_to_the_answer():
    options = StageOptions(response_prefix="delete, ")
    assert s_c.parse("filter", finish_reason="stop", options=options) == ("delete", "filter")
    assert reason(s_c.parse(" ", finish_reason="stop", options=options)) == "empty"


@pytest.mark.parametrize(
    "piece", [":**", ",", "(", "- ", "## Example 1\n", "```\n", "# ", " - ", "* "]
)
def test_hostile_repetition_costs_no_time(piece: str):
    begun = time.process_time()
    parse("concepts" + piece * (59_000 // len(piece)))
    parse("concepts" + piece * (1_900 // len(piece)))
    assert time.process_time() - begun < 1


@given(given_text.completions, given_text.finish_reasons, given_text.stop_reasons)
def test_any_text_gives_bounded_concepts_or_a_reason(text: str, finish: str | None, stop: object):
    result = s_c.parse(text, finish_reason=finish, stop_reason=stop)
    if isinstance(result, ParseFailure):
        assert result.reason in {
            "empty",
            "cut_off",
            "too_many",
            "vacuous",
            "not_concepts",
            "too_long",
        }
    else:
        assert 1 <= len(result) <= s_c.MAX_CONCEPTS
        assert all(0 < len(concept) <= s_c.MAX_CONCEPT_CHARS for concept in result)
        assert all("\n" not in concept and "\x00" not in concept for concept in result)
