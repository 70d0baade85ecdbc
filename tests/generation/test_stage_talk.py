"""What models write around an answer is taken off at every stage, and nothing of the answer is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.generation.stages import c_i, i_r, s_c, talk
from apps.generation.stages.base import ParseFailure
from tests.generation.stage_builders import reason

THOUGHT = "<think>\nOkay, let me look at this.\n</think>\n"
TASK = "A shop keeps its sales in `sales(shop, amount)`. Write a SQL query for the total per shop."
RESPONSE = """[Implementation]
```sql
SELECT shop, SUM(amount) FROM sales GROUP BY shop;
```

[Tests]
Input Table: sales
```text
shop | amount

A | 5
```
Expected Output:
```text
shop | sum

A | 5
```"""


def concepts(text: str, finish: str = "stop"):
    return s_c.parse(text, finish_reason=finish)


def instruction(text: str, finish: str = "stop"):
    return c_i.parse(text, finish_reason=finish)


def response(text: str, finish: str = "stop"):
    return i_r.parse(text, finish_reason=finish)


@pytest.mark.parametrize(
    "thought",
    [
        THOUGHT,
        "\n <THINK>\nfirst\n</THINK><think>second</think>\n\n",
        "Okay, let me look at this.\nThe user wants …\n</think>\n\n",
        "<reasoning>rows, then groups</reasoning>\n",
        f"<think>{'why, ' * 20_000}</think>",
    ],
    ids=["a block", "two blocks", "only its end", "another name", "longer than any answer"],
)
def test_thinking_is_taken_off_at_every_stage(thought: str):
    assert concepts(f"{thought}filtering rows, aggregation") == ("filtering rows", "aggregation")
    assert instruction(thought + TASK) == TASK
    assert response(thought + RESPONSE) == RESPONSE


@pytest.mark.parametrize("parse", [concepts, instruction, response])
def test_thinking_that_never_ends_is_cut_off(parse):
    assert reason(parse("<think>\nOkay, so the user wants a list")) == "cut_off"


def test_a_column_that_holds_the_tag_is_no_thinking():
    text = (
        "Write a SQL query that removes <think>…</think> from the column `body` of `notes(body)`."
    )
    assert instruction(text) == text


@pytest.mark.parametrize(
    "below",
    [
        "**Solution:**\n```sql\nSELECT shop, SUM(amount) FROM sales GROUP BY shop;\n```",
        "**Response**\n\nSELECT shop FROM sales",
        "Solution: SELECT shop FROM sales",
        "### Sample Solution\n```sql\nSELECT 1;\n```",
        "#### Answer\nSELECT 1;",
        "[Implementation]\n```sql\nSELECT 1;\n```",
        "**Explanation**: the rows are grouped",
    ],
)
def test_an_instruction_ends_before_a_solution(below: str):
    assert instruction(f"{TASK}\n\n{below}") == TASK


@pytest.mark.parametrize(
    "text",
    [
        "Mend this query.\n\n**Query:**\n```sql\nSELECT a FORM t;\n```\n\nIt must return all of `t(a)`.",
        "Write a query on `t(a)`.\n\n**Expected Output:**\n\n| a |\n|---|\n| 1 |",
        "Consider this table:\n\n```sql\nCREATE TABLE t (a INT);\n```\n\nWrite a query that counts its rows.",
        "Here is a table of orders: `orders(id)`. Write a query that counts them.",
        "Users answer questions in `answers(id)`.\nAnswers count once. Write a query that counts them.",
    ],
)
def test_what_belongs_to_a_task_stays(text: str):
    assert instruction(text) == text


@pytest.mark.parametrize(
    "written",
    [
        f"Here is a task that uses these concepts:\n\n{TASK}",
        f"Sure, here's an instruction based on the given properties:\n\n**Instruction:**\n{TASK}",
        f"Certainly! Here is the instruction:\n{TASK}",
        f"Instruction: {TASK}",
        f"**Task:** {TASK}",
        f"{TASK}<|im_end|>\n<|im_start|>assistant\nSELECT 1;",
        f"{TASK}<|endoftext|>more",
        f"{TASK}</s>",
        f"{TASK}\n<|eot_id|><|start_header_id|>user<|end_header_id|>",
        f"{TASK}\n\nHuman: Thank you. Another one, please.",
        f"```text\n{TASK}\n```",
        f"```\n{TASK}\n```",
    ],
)
def test_talk_around_an_instruction_is_dropped(written: str):
    assert instruction(written) == TASK


@pytest.mark.parametrize(
    "written",
    [
        f"```markdown\n{RESPONSE}\n```",
        f"```\n{RESPONSE}\n```",
        f"~~~md\n{RESPONSE}\n~~~",
        f"{RESPONSE}<|im_end|>",
        f"{RESPONSE}</s><s>[INST] next",
        f"{RESPONSE}\n\n### User: and another?",
    ],
)
def test_a_whole_response_comes_out_of_its_wrapping(written: str):
    assert response(written) == RESPONSE


@pytest.mark.parametrize(
    "text",
    [
        "```sql\nSELECT 1;\n```",
        "```\nSELECT 1;\n```",
        "```sql\nSELECT '<s>old</s>' AS struck;\n```",
        "```sql\nSELECT 1;\n```\nand\n```sql\nSELECT 2;\n```",
    ],
)
def test_a_response_of_blocks_keeps_its_fences(text: str):
    assert response(text) == text


@pytest.mark.parametrize(
    "written",
    [
        "```text\nleft join, null check\n```",
        "```\nleft join, null check\n```",
        '["left join", "null check"]',
        '```json\n{"concepts": ["Left join", "null check"]}\n```',
        "left join, null check<|im_end|>",
        "1. left join\n2. null check</s>",
    ],
)
def test_concepts_come_out_of_fences_json_and_end_tokens(written: str):
    assert concepts(written) == ("left join", "null check")


@pytest.mark.parametrize(
    "piece",
    [
        "<think>",
        "</think>",
        "<think></think>",
        "```\n",
        "```markdown\n",
        "<|",
        "**Solution",
        "Human:",
    ],
)
def test_hostile_repetition_costs_no_time(piece: str):
    begun = time.process_time()
    for parse in (concepts, instruction, response):
        parse(piece * (59_000 // len(piece)))
    assert time.process_time() - begun < 2


WRAPS = ["<think>", "</think>", "```markdown", "```", "```text", "</s>", "<|im_end|>", "Human: x", "a\n", "Sure, a task:"]  # fmt: skip


@given(st.lists(st.sampled_from(WRAPS) | st.text(max_size=5), max_size=12).map("\n".join))
def test_any_wrapping_gives_a_text_or_a_reason(text: str):
    result = talk.without_thinking(text)
    assert isinstance(result, ParseFailure) or result in text
    assert talk.without_outer_fence(text).strip() in text
    assert talk.without_announcement(text).strip() in text
