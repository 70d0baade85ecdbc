"""What models write around an answer is taken off at every stage, and nothing of the answer is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.generation.stages import c_i, i_r, s_c, talk, thinking
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
        "[THINK]Okay\nso[/THINK]",
        "◁think▷Okay◁/think▷",
        "<seed:think>okay</seed:think>",
        "<internal_monologue>ok</internal_monologue>\n",
        '<think id="1">ok</think>',
        "<think>ok</think>\n<answer>\n",
        "<|begin_of_thought|>\nok\n<|end_of_thought|>\n\n<|begin_of_solution|>\n",
        "<|START_THINKING|>ok<|END_THINKING|><|START_RESPONSE|>",
        "<|think|>ok<|/think|>",
        "<｜begin▁of▁thinking｜>ok<｜end▁of▁thinking｜>",
        "<unused94>thought\nok<unused95>",
        "<|channel>thought\nok<channel|>",
        '<details type="reasoning" done="true"><summary>3 s</summary>ok</details>\n',
        "<|im_start|>think\nok<|im_end|>\n<|im_start|>answer\n",
        "<|channel|>analysis<|message|>A task.<|end|><|start|>assistant<|channel|>final<|message|>",
        "analysisWe need a task.assistantfinal",
        "so that is it.\n[/THINK]\n",
        "**<think>**\nok\n**</think>**\n",
        "&lt;think&gt;ok&lt;/think&gt;\n",
        "```thinking\nok\nmore\n```\n\n",
        "<|im_start|>assistant\n",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<start_of_turn>model\n",
        "<｜Assistant｜>",
        "### Assistant:\n",
        "[/INST] ",
        "<s> ",
        "<think/>\n",
        "<think />",
        "<reasoning_content>ok</reasoning_content>\n",
        "<chain_of_thought>ok</chain_of_thought>\n",
        "<planning>\nok\n</planning>\n",
        "<|thinking_start|>ok<|thinking_end|>",
        "[THOUGHT]ok[/THOUGHT]\n",
        "<details>\n<summary>Thought for 3 seconds</summary>\n\n> ok\n</details>\n",
        "Thought for 12 seconds\n\n",
        "**Thinking:**\nThe user wants rows.\n\n**Final answer:**\n",
        "### Thinking process:\n1. Look.\n2. Write.\n\n### Response:\n",
    ],
)
def test_thinking_is_taken_off_at_every_stage(thought: str):
    assert concepts(f"{thought}filtering rows, aggregation") == ("filtering rows", "aggregation")
    assert instruction(thought + TASK) == TASK
    assert response(thought + RESPONSE) == RESPONSE


@pytest.mark.parametrize(
    "text",
    [
        f"Sure!\n<think>\nok\n```\n</think>\n{TASK}",
        f"{TASK}\n\n<think>\nIs that right?\n</think>",
        f"{TASK}\n<thinking>It may be that",
    ],
)
def test_thinking_further_down_is_taken_off(text: str):
    assert instruction(text) == TASK


def test_thinking_between_two_parts_takes_nothing_of_either():
    first, second = RESPONSE.split("[Tests]")
    text = f"{first}<think>\nNow the test.\n</think>\n[Tests]{second}"
    assert response(text) == RESPONSE
    shown = "```xml\n<think>\nx\n</think>\n```"
    assert response(shown) == shown


def test_a_heading_that_only_looks_like_thinking_stays():
    text = "Thoughts: the table `t(a)` holds what people think. Count its rows."
    assert instruction(text) == text


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
        "### Solution Query\n```sql\nSELECT 1;\n```",
        "**Solution Query:**\nSELECT 1",
        "Solution (PostgreSQL):\nSELECT 1",
        "**Final Answer:** SELECT 1",
        "**Possible Solution (one of many):**\nSELECT 1",
        "_Solution:_\nSELECT 1",
        "__Solution__\nSELECT 1",
        "* **Solution:** SELECT 1",
        "Answer - SELECT 1",
        "Solution 1:\nSELECT 1",
        "Solution：SELECT 1",
        "Solution\n--------\nSELECT 1",
        "<solution>\nSELECT 1\n</solution>",
        "<details>\n<summary>Solution</summary>\nSELECT 1",
        "Here's the solution:\n\n```sql\nSELECT 1;\n```",
        "The solution is:\n```sql\nSELECT 1;\n```",
        "---\n\n**Solution:**\nSELECT 1",
        "Let me know if you need the solution!",
        "---",
        "> **Solution**\n> SELECT 1;",
        "✅ **Solution**\nSELECT 1;",
        "### 💡 Solution\nSELECT 1;",
        "**Hint / Solution:**\nSELECT 1;",
        "**Solution & Explanation**\nSELECT 1;",
        "---\n### Answer Key\nSELECT 1",
        "One possible solution:\n```sql\nSELECT 1\n```",
        "A possible solution in PostgreSQL:\n```sql\nSELECT 1\n```",
        "The query would be:\n```sql\nSELECT 1\n```",
        "Here's how you could write it:\n```sql\nSELECT 1\n```",
        "Expected SQL:\n```sql\nSELECT 1\n```",
        "Output: SELECT 1",
        "Lösung:\nSELECT 1",
        "**Solución:**\nSELECT 1",
        "答案：SELECT 1",
        "```sql\nSELECT shop, SUM(amount) FROM sales GROUP BY shop;\n```",
        "**SQL Query:**\n```sql\nSELECT 1;\n```",
        "### SQL:\n~~~\nWITH s AS (SELECT 1) SELECT * FROM s;\n~~~",
        "assistant\nSELECT 1",
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
        "Write a query for `replies(id, response)`.\n\nResponse times are in seconds.\nThe response counts.",
        "Remove '<|im_end|>' and `</answer>` from the column `body` of `notes(body)`.",
        "Mend this.\n\nHere is the query:\n```sql\nSELECT a FORM t;\n```",
        "Count the sales.\n\nThe answer should have these columns:\n\n- `shop`\n- `total`",
        "Count the sales.\n\nThe response to each ticket:\n\n- is in `replies(id)`",
        "Count the sales.\n\nThe answer is a table with these columns:\n\n- `shop`",
        "Why does this query fail?\n\n```sql\nSELECT a FORM t;\n```",
        "Our report is slow:\n\n```sql\nSELECT a FROM t;\n```",
        "Count the rows of `t`.\n\n```sql\nCREATE TABLE t (a INT);\n```",
        "Count the rows of `t`.\n\n```sql\nSELECT a FROM t;\n```\n\nIt must be fast.",
        "Sure of nothing, our team needs the sum of `t(a)`.\n\nWrite that query.",
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
        f"Sure!\n\n{TASK}",
        f"Absolutely! Here's one:\n\n{TASK}",
        f"I'd be happy to help! Here is the instruction you asked for:\n\n{TASK}",
        f"Here's a SQL challenge for you.\n\n{TASK}",
        f"Here is a task:\n\n```markdown\n{TASK}\n```",
        f"Question 1 (Easy): {TASK}",
        f"**Problem Statement:**\n{TASK}",
        f"<instruction>\n{TASK}\n</instruction>",
        f"[INST]{TASK}[/INST]",
        f"**{TASK}**",
        f'"{TASK}"',
        f'```json\n{{"instruction": "{TASK}"}}\n```',
        f"{TASK}<|eot|>",
        f"{TASK}<|END_OF_TURN_TOKEN|>\nmore",
        f"{TASK}<｜User｜>more",
        f"{TASK}<end_of_utterance>",
        f"{TASK}</answer>\nmore",
        f"{TASK}\n\nUSER: Another one, please.",
        f"Here is an instruction you could use:\n\n---\n\n{TASK}\n\n---",
        f"Final answer:\n{TASK}",
        f"> {TASK}",
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
        f"Here is the response:\n\n```markdown\n{RESPONSE}\n```",
        f"```markdown\n{RESPONSE}\n```\n\nLet me know if you have questions.",
        f"```markdown title=x\n{RESPONSE}\n```",
        f"```markdown\n{RESPONSE}",
        f"```html\n{RESPONSE}\n```",
        f"<answer>{RESPONSE}</answer>",
        f"Sure! Here's the answer:\n\n````\n{RESPONSE}\n````",
        f"{RESPONSE}\n\nassistant",
        f"{RESPONSE}<|return|>",
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
        "Here is a query:\n```sql\nSELECT '<|im_end|>' AS token;\n```",
        "Two blocks:\n```\na\n```\n\n```sql\nSELECT 1;\n```\n\n```\nb\n```",
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
        '[{"concept": "left join"}, {"concept": "null check"}]',
        '{"concepts": "left join, null check"}',
        'Here are the concepts:\n\n```json\n["left join", "null check"]\n```\nThey are two.',
        "◦ left join\n◦ null check",
        "(1) left join\n(2) null check",
        "1) left join 2) null check",
        "a. left join\nb. null check",
        "| Concept | Why |\n|---|---|\n| left join | x |\n| null check | y |",
        "<concept>left join</concept>\n<concept>null check</concept>",
        "The concepts are: left join, null check",
        "Sure! left join, null check",
        "left join、null check",
        "```sql\nleft join, null check\n```",
        '```python\n["left join", "null check"]\n```',
        "```concepts\nleft join, null check\n```",
        "left join, and null check",
        "✅ Left join\n✅ Null check",
        "→ left join\n→ null check",
        "#left join, #null check",
        "The concepts shown here include left join, and null check",
        "left join, null check [end of text]",
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
    result = thinking.without_thinking(text)
    assert isinstance(result, ParseFailure) or result in text
    assert talk.without_outer_fence(text).strip() in text
    assert talk.without_announcement(text).strip() in text


@pytest.mark.parametrize(
    "finish", ["stop", "eos", "end_turn", "STOP", "FinishReason.STOP", "", None]
)
def test_a_text_that_ended_of_itself_is_whole_whatever_a_server_calls_that(finish: str | None):
    assert c_i.parse(TASK, finish_reason=finish) == TASK


@pytest.mark.parametrize("finish", ["length", "MAX_TOKENS", "content_filter", "error", "abort"])
def test_a_text_that_something_else_ended_is_cut_off(finish: str):
    assert reason(c_i.parse(TASK, finish_reason=finish)) == "cut_off"
