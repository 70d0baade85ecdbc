"""What a judge is asked, and how its answer is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.generation.stages.base import ParseFailure
from apps.judge import rubric
from apps.judge.rubric import Scores


def test_the_question_is_exactly_this() -> None:
    asked = rubric.build(concepts=("joins", "dates"), instruction="Count.", response="SELECT 1;")
    user = (
        "### Concepts\njoins, dates\n\n### Instruction\nCount.\n\n### Response\nSELECT 1;\n\n"
        "### Scores"
    )
    assert [m["content"] for m in asked.messages] == [rubric.SYSTEM, user]
    assert asked.text == f"{rubric.SYSTEM}\n\n{user}\nrelevance:"
    assert asked.text_hash == rubric.pair_hash("Count.", "SELECT 1;")
    assert all(name in rubric.SYSTEM for name in rubric.WORDS)


def test_long_texts_are_cut_and_say_so() -> None:
    asked = rubric.build(concepts=(), instruction="i" * 9_000, response="r" * 90_000)
    assert len(asked.text) < 18_000 and asked.text.count("(cut here)") == 2


@pytest.mark.parametrize(
    "text",
    [
        "relevance: 5\nclear: 4\nanswers: 3\ntrue: 2",
        "<think>\nrelevance: 1, perhaps\n</think>\nrelevance: 5\nclear: 4\nanswers: 3\ntrue: 2",
        "- **Relevance**: 5\n- **Clear**: 4\n- **Answers**: **3**\n- `True`: 2",
        '{"relevance": 5, "clear": 4, "answers": 3, "true": 2}',
        " 5\nclear: 4\nanswers: 3\ntrue: 2\n\n### Scores\nrelevance: 1\nclear: 1",
        "Relevance = 5; clear = 4; answers = 3; true = 2.",
    ],
)
def test_scores_are_read_as_models_write_them(text: str) -> None:
    assert rubric.parse(text) == Scores(relevance=5, clear=4, answers=3, true=2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "empty"), ("<think>\nhm", "cut_off"), ("Both are good.", "no_scores"),
     ("relevance: 5\nclear: 9\nanswers: 3\ntrue: 2", "no_scores"), ("relevance: 10", "no_scores")],
)  # fmt: skip
def test_without_all_four_scores_there_are_none(text: str, reason: str) -> None:
    result = rubric.parse(text)
    assert isinstance(result, ParseFailure) and result.reason == reason


@given(st.text())
def test_any_text_gives_scores_or_a_reason(text: str) -> None:
    result = rubric.parse(text)
    assert isinstance(result, ParseFailure | Scores)


def test_a_pair_is_good_when_every_score_is() -> None:
    scores = Scores(5, 4, 5, 4)
    assert scores.is_good(4) and not scores.is_good(5)
