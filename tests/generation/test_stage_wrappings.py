"""Rarer things that models write around an answer; see test_stage_talk for the usual ones."""

from __future__ import annotations

import time

import pytest

from tests.generation.test_stage_talk import RESPONSE, TASK, concepts, instruction, response

SQL = "```sql\nSELECT shop, SUM(amount) FROM sales GROUP BY shop;\n```"


@pytest.mark.parametrize(
    "below",
    [
        "\n\nSELECT shop, SUM(amount) FROM sales GROUP BY shop;",
        "\n\n**SQL:** SELECT shop, SUM(amount) FROM sales GROUP BY shop;",
        "\n\nQuery:\nSELECT shop\nFROM sales;",
        f"\n\nHere's a possible SQL query to accomplish this:\n{SQL}",
        f"\n\nYou can use the following query:\n\n{SQL}",
        f"\n\nOne way to write it:\n{SQL}",
        f"\n\nThis can be solved with:\n{SQL}",
        "\n\n```sql\n-- Solution\nSELECT shop FROM sales;\n```",
        "\n\nA: SELECT shop FROM sales;",
        "\n\nAns: SELECT shop FROM sales;",
        f"\n\n<details><summary>Click to see the solution</summary>\n{SQL}\n</details>",
        f"\n\n<details>\n<summary>Show answer</summary>\n\n{SQL}",
        "\n\n(Solution: SELECT shop FROM sales;)",
        "\n\n||Solution: SELECT shop FROM sales;||",
        " **Solution:** SELECT shop FROM sales;",
        f"\n\n## Solution ##\n{SQL}",
        f"\n\n=== Solution ===\n{SQL}",
        f"\n\n***Solution:***\n{SQL}",
        f"\n\nSolution below:\n{SQL}",
        f"\n\n**Your solution:**\n{SQL}",
        "\n\n[Solution]: SELECT 1",
        "\n\n1. **Solution:** SELECT 1",
        "\n\n**Step-by-step solution:**\n1. Group.",
        f"\n\nSolution.\n{SQL}",
        f"\n\n**Example solution in PostgreSQL**\n{SQL}",
        "\n\n### Instruction 2\nAnother one.",
        "\n\nInstruction 2: Another one.",
        "\n\nNote: This instruction tests grouping.",
        "\n\n*Concepts used: grouping, aggregation*",
        "\n\nDifficulty: Easy\nConcepts: grouping",
        "\n\n(This task combines grouping and aggregation.)",
        "\n\n### End",
        "\n\n---\nEnd of instruction",
        "<|im_end",
        "<|im_end|",
        "[end of text]",
        "\n<END>",
    ],
)
def test_an_instruction_ends_before_what_is_none_of_it(below: str):
    assert instruction(f"{TASK}{below}") == TASK


@pytest.mark.parametrize(
    "written",
    [
        f"Using these concepts, I came up with the following instruction:\n\n{TASK}",
        f"I have created the following task for you.\n\n{TASK}",
        f"Of course! Below is an instruction inspired by the snippet.\n\n### Instruction\n{TASK}",
        f"<think>ok</think>\n\nSure, here is the task:\n\n**Task:**\n{TASK}",
        f"Task description:\n{TASK}",
        f'{{"output": "{TASK}"}}',
        f"As requested, a new task:\n\n{TASK}",
        f"The instruction is:\n\n{TASK}",
        f"Understood. {TASK}",
        f"1. {TASK}",
        f"- {TASK}",
        f"'{TASK}'",
        f"«{TASK}»",
        f'["{TASK}"]',
        f'{{"instructions": [{{"task": "{TASK}"}}]}}',
        f'```json\n{{"task": "{TASK}",\n"solution": "SELECT 1"}}\n```\nLet me know!',
        f"<task>{TASK}</task>\n<solution>SELECT 1</solution>",
    ],
)
def test_what_leads_to_an_instruction_is_dropped(written: str):
    assert instruction(written) == TASK


@pytest.mark.parametrize(
    "text",
    [
        "Our report shows too little.\n\nSELECT shop FROM sales;",
        "Tables are filled so.\n\nINSERT INTO sales VALUES ('A', 5);",
        "A nightly job runs for hours.\n\nHere is the query:\n```sql\nSELECT a FROM t;\n```",
        "A shop has sales.\n\nI tried to solve it with one query:\n```sql\nSELECT a FROM t;\n```",
        "Count the rows.\n\n| Response |\n| --- |\n| fast |\n\nEach has one.",
        "Using this table, write a query for the first question:\n\n`t(a)` counted by `a`.",
        "The task is to count these:\n\n- rows of `t(a)`\n- rows of `u(a)`",
        "I have written a query that fails.\n\nWrite one that counts `t(a)`.",
        "1. Count the rows of `t(a)`.\n2. Say which `a` is largest.",
        "[1] Count the rows of `t(a)` by `a`.",
        "This question requires a window function over `t(a, b)`: rank `a` by `b`.",
    ],
)
def test_what_a_task_says_itself_stays(text: str):
    assert instruction(text) == text


@pytest.mark.parametrize(
    "written",
    [
        "1: left join\n2: null check",
        "1 - left join\n2 - null check",
        "Concept 1: left join\nConcept 2: null check",
        "I. left join\nII. null check",
        "① left join\n② null check",
        "concepts:\n  - left join\n  - null check",
        'concepts = ["left join", "null check"]',
        '{"concept1": "left join", "concept2": "null check"}',
        '{"concepts": {"a": "left join", "b": "null check"}}',
        '{"note": "two", "concepts": "left join, null check"}',
        "(left join, null check)",
        "left join, null check, etc.",
        "left join\n\nnull check",
        "Answer: left join, null check",
        "1) left join; 2) null check",
        "left join • null check",
    ],
)
def test_concepts_are_read_from_rarer_lists(written: str):
    assert concepts(written) == ("left join", "null check")


@pytest.mark.parametrize(
    "written",
    [
        f"```sql\n{RESPONSE}\n```",
        f"```xml\n{RESPONSE}\n```",
        f"```markdown\n{RESPONSE}\n```\n\n**Note:** I kept it short.",
        f"```Markdown\r\n{RESPONSE}\r\n```".replace("\n", "\r\n"),
        f"<response>\n{RESPONSE}\n</response>",
    ],
)
def test_a_whole_response_comes_out_of_rarer_wrappings(written: str):
    assert response(written) == RESPONSE


@pytest.mark.parametrize(
    "piece", ["\n\nSELECT ", "**Solution:", "\n```\n-- ", "1: ", "(a", '{"a": ', "<think>\n", "=("]
)
def test_hostile_repetition_of_these_costs_no_time(piece: str):
    begun = time.process_time()
    for parse in (concepts, instruction, response):
        parse(piece * (59_000 // len(piece)))
    assert time.process_time() - begun < 2
