"""What the stages share: modes, the choice of examples, prompts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from jinja2 import UndefinedError

from apps.fewshot.format import parse
from apps.fewshot.rendering import DEFAULT_FILE
from apps.generation.stages import c_i, i_r, s_c, s_i
from apps.generation.stages.base import Mode, StageOptions, choose_examples
from apps.generation.stages.categories import CATEGORIES, category_of
from apps.generation.stages.composing import compose
from tests.generation.stage_builders import EXAMPLE, SYSTEM

EXAMPLES = tuple(replace(EXAMPLE, number=number) for number in range(1, 19))


def test_modes_are_the_stages_of_the_tables_and_of_the_file():
    assert [mode.value for mode in Mode] == ["s_c", "c_i", "i_r", "s_i"]
    assert [mode.label for mode in Mode] == ["S->C", "C->I", "I->R", "S->I"]
    assert set(parse(DEFAULT_FILE.read_text(encoding="utf-8")).systems) == {m.label for m in Mode}


def test_the_same_key_chooses_the_same_examples_in_whatever_order_they_come():
    chosen = choose_examples(EXAMPLES, count=8, key="run 1")
    assert choose_examples(reversed(EXAMPLES), count=8, key="run 1") == chosen
    assert len(set(chosen)) == 8
    assert choose_examples(EXAMPLES, count=8, key="run 2") != chosen


def test_every_example_is_chosen_about_equally_often():
    counts = Counter(
        example.number
        for key in range(1800)
        for example in choose_examples(EXAMPLES, count=1, key=str(key))
    )
    assert len(counts) == 18
    assert 50 < min(counts.values()) <= max(counts.values()) < 160


def test_more_examples_than_there_are_is_an_error_that_says_what_to_do():
    with pytest.raises(ValueError, match=r"8 examples are asked for and .* has 1: lower"):
        choose_examples([EXAMPLE], count=8, key="")


def test_difficulty_is_drawn_evenly_and_again_the_same():
    counts = Counter(c_i.draw_difficulty(str(key)) for key in range(3000))
    assert set(counts) == {"Easy", "Medium", "Hard"}
    assert all(900 < count < 1100 for count in counts.values())
    assert c_i.draw_difficulty("seed 7") == c_i.draw_difficulty("seed 7")


def test_categories_asked_for_are_categories_that_the_examples_show():
    shown = {item.category for item in parse(DEFAULT_FILE.read_text(encoding="utf-8")).examples}
    assert {*CATEGORIES.values(), category_of("comment")} <= shown


def test_a_row_without_what_the_template_reads_is_an_error_and_never_a_blank():
    options = StageOptions()
    with pytest.raises(UndefinedError, match="code"):
        compose(Mode.S_C, object(), system=SYSTEM, examples=(), options=options, stop=())


def test_rows_with_the_same_examples_share_their_prefix():
    prompts = [
        s_c.build(code, system=SYSTEM, examples=EXAMPLES) for code in ("SELECT 1", "SELECT 2")
    ]
    assert prompts[0].prefix == prompts[1].prefix
    assert prompts[0].text != prompts[1].text


def test_a_response_prefix_ends_the_prompt_in_both_forms():
    options = StageOptions(response_prefix="[Reasoning]\n")
    prompt = i_r.build("Count rows.", system=SYSTEM, examples=(EXAMPLE,), options=options)
    assert prompt.text.endswith("### Response\n[Reasoning]\n")
    assert prompt.messages[-1] == {"role": "assistant", "content": "[Reasoning]\n"}


def test_code_that_holds_a_fence_gets_a_longer_one():
    prompt = s_i.build("SELECT '```'", system=SYSTEM, examples=())
    assert "````sql\nSELECT '```'\n````\n" in prompt.text


@pytest.mark.parametrize(
    "heading", ["\n### Example usage", "\n## Example output", "\n### Response format"]
)
def test_no_stop_string_cuts_a_heading_of_the_answer(heading: str):
    prompts = [
        c_i.build(("a",), category="x", difficulty="Easy", system=SYSTEM, examples=(EXAMPLE,)),
        s_i.build("SELECT 1", system=SYSTEM, examples=(EXAMPLE,)),
        i_r.build("Count.", system=SYSTEM, examples=(EXAMPLE,)),
    ]
    for prompt in prompts:
        assert "\n## Example 3\n" in prompt.stop
        assert not any(stop in f"{heading}\n" for stop in prompt.stop)
