"""Forms of answers that only some models have, with what must come of each, and with what looks
like them and stays. test_stage_talk and test_stage_wrappings have the more usual ones.
"""

from __future__ import annotations

import time

import pytest

from apps.generation.stages import c_i, i_r, s_c
from apps.generation.stages.base import StageOptions
from tests.generation.stage_builders import reason
from tests.generation.test_stage_talk import RESPONSE, TASK, concepts, instruction, response

SQL = "```sql\nSELECT shop, SUM(amount) FROM sales GROUP BY shop;\n```"
TWO = ("left join", "null check")


@pytest.mark.parametrize(
    "written",
    [
        "left join / null check",
        "Concepts: left join / null check",
        "left join + null check",
        "left join -> null check",
        "'left join', 'null check'",
        "left join, null check <s>",
        "<s>left join, null check</s>",
        "'''\nleft join, null check\n'''",
        '"""\nleft join, null check\n"""',
        "Sure! Here are the concepts:\n\n'''\nleft join\nnull check\n'''",
        "Left join\n\nNull check\n\nThese concepts are used in the query above.",
        "1. Left join\n   - keeps unmatched rows\n2. Null check\n   - finds gaps",
        "  - left join\n  - null check",
        "**Joins**\n- left join\n\n**Conditions**\n- null check",
        "a) left join b) null check",
        "- [x] left join\n- [ ] null check",
        "concepts:\n- name: left join\n- name: null check",
        "1️⃣ left join\n2️⃣ null check",
        "left join, null check\n```",
        "Concept 1 - left join\nConcept 2 - null check",
    ],
)
def test_concepts_are_read_from_odd_lists(written: str) -> None:
    assert concepts(written) == TWO


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("insert / update, where clause", ("insert / update", "where clause")),
        ("insert/update, where clause", ("insert/update", "where clause")),
        ("- insert / update\n- where clause", ("insert / update", "where clause")),
        ("a + b arithmetic, rounding", ("a + b arithmetic", "rounding")),
        ("- joins\n  - left join", ("joins", "left join")),
    ],
)
def test_what_divides_elsewhere_divides_no_concept_of_a_list(
    written: str, read: tuple[str, ...]
) -> None:
    assert concepts(written) == read


PARTS = "Task 1: Create a table `t(a INT)`.\nTask 2: Insert three rows into it."


@pytest.mark.parametrize(
    "text",
    [
        PARTS,
        "**Task 1:** Create a table `t(a INT)`.\n\n**Task 2:** Insert three rows into it.",
        "### Task 1\nCreate a table `t(a INT)`.\n\n### Task 2\nInsert three rows into it.",
        "Question 1: How many rows has `t(a)`?\nQuestion 2: Which `a` is largest?",
        "Exercise 1. Count `t(a)`.\nExercise 2. Count `u(a)`.",
        "**Scenario:**\nA shop has `sales(shop)`.\n\n**Task:**\nWrite a query for the total.",
        f"{TASK}\n\nHint: Use GROUP BY.",
        f"{TASK}\n\nComplete this:\n\n```sql\nSELECT shop FROM -- the table\n```",
        "Our users write:\n\n- style: question\n- dialect: any\n\nCount them in `posts(style)`.",
        "What does <s>old</s> mean in `notes(body)`? Count such rows.",
        "Explain this:\n\n```python\n'''\nSELECT a FROM t\n'''\n```",
    ],
)
def test_a_task_of_parts_keeps_what_names_them(text: str) -> None:
    assert instruction(text) == text


@pytest.mark.parametrize(
    "written",
    [
        f"### Instruction\n{PARTS}",
        f"**Instruction:**\n\n{PARTS}",
        f"Sure! Here is a task in two parts:\n\n{PARTS}",
    ],
)
def test_the_heading_above_the_parts_of_a_task_is_dropped(written: str) -> None:
    assert instruction(written) == PARTS


@pytest.mark.parametrize(
    "written",
    [
        f"Task 1: {TASK}",
        f"'''\n{TASK}\n'''",
        f'"""\n{TASK}\n"""',
        f"Sure! Here is the instruction:\n\n'''\n{TASK}\n'''",
        f"{TASK} <s>",
        f"<s>{TASK}</s>",
        f"{TASK}\n<s>[INST] Another",
        f"{TASK}\n\n```sql\n-- Your code here\n```",
        f"{TASK}\n\n```sql\n\n```",
        f"{TASK}\n\nYour query:",
        f"{TASK}\n\n**SQL Query:**",
        f"### Instruction:\n{TASK}\n\n### Input:\n\n### Response:\n",
        f"Category: data retrieval\nDifficulty: Easy\n\n{TASK}",
        f"- category: data retrieval\n- task: write a statement\n\n### Instruction\n{TASK}",
        f"### Property\n- language: SQL\n- concepts: a, b\n\n### Instruction\n{TASK}",
        f"User: {TASK}",
        f"Response: {TASK}",
        f"Output:\n{TASK}",
        f"Sure thing! {TASK}",
        f"Title: Totals\n\nInstruction: {TASK}",
        f"{TASK}\n\nSQL:\n{SQL}\n\nThis query groups the rows by shop.",
    ],
)
def test_an_instruction_comes_out_of_odd_forms(written: str) -> None:
    assert instruction(written) == TASK


PROSE = f"To solve this, I group the rows by shop.\n\n{SQL}"


@pytest.mark.parametrize(
    "written",
    [
        f"Sure! Here is the solution:\n\n{RESPONSE}",
        f"Certainly! Below is the complete response.\n\n{RESPONSE}",
        f"Okay, let's break this down.\n\n{RESPONSE}",
        f"Here is the response in the requested format:\n\n---\n\n{RESPONSE}\n\n---",
        f"<think>ok</think>\n\nSure, here's the answer:\n\n{RESPONSE}",
        f"I'll write the query first.\n{RESPONSE}",
        f"Here you go!\n\n{RESPONSE}",
        f"{RESPONSE} <s>",
        f"{RESPONSE}\n<s>",
        f"'''\n{RESPONSE}\n'''",
        f'"""\n{RESPONSE}\n"""',
        RESPONSE.replace("```", "'''"),
        RESPONSE.replace("```", '"""'),
        f"### Response\n{RESPONSE}",
        f"**Response:**\n\n{RESPONSE}",
        f"[Response]\n{RESPONSE}",
        f"Sure! Here it is:\n\n### Response:\n{RESPONSE}",
        f"{RESPONSE}\n\nLet me know if you have any questions!",
        f"{RESPONSE}\n\nI hope this helps! Feel free to ask.",
        f"{RESPONSE}\n\nWould you like me to explain further?",
        f"{RESPONSE}\n\n### Instruction\nWrite another query.",
        f"{RESPONSE}\n\n[Instruction]\nWrite another query.\n\n[Response]\nIt",
        f"{RESPONSE}\n```",
        f"{RESPONSE}\n\n---",
    ],
)
def test_a_whole_response_comes_out_of_odd_forms(written: str) -> None:
    assert response(written) == RESPONSE


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (f"Sure! Here's the query:\n\n{SQL}\n\nIt groups.", f"{SQL}\n\nIt groups."),
        (f"Certainly!\n\n{SQL}", SQL),
        (f"Great question! Here is the answer:\n\n{SQL}", SQL),
        (f"Sure! {PROSE}", PROSE),
        ('{"response": "```sql\\nSELECT 1;\\n```"}', "```sql\nSELECT 1;\n```"),
        ('```json\n{"answer": "SELECT 1;\\u0000"}\n```', "SELECT 1;"),
    ],
)
def test_a_response_without_sections_loses_consent_only(written: str, read: str) -> None:
    assert response(written) == read


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        f"Here is a query:\n{SQL}",
        f"Here is the query that counts them:\n\n{SQL}",
        f"Solution:\n\n{SQL}",
        f"### Solution\n{SQL}\n\nIt groups the rows.",
        f"{SQL}\n\n**Note:** This assumes that no amount is null.",
        f"{SQL}\n\nExpected Output:\n\nshop\n----",
        "```sql\nSELECT '''a''' AS quoted;\n'''\n;\n```",
        "Yes, both tables are needed.\n\n" + SQL,
        f"### Instruction\nCount the rows.\n\n### Response\n{SQL}",
        '```json\n{"rows": [1, 2]}\n```',
    ],
)
def test_what_a_response_says_itself_stays(text: str) -> None:
    assert response(text) == text


def test_a_block_in_quotes_that_is_not_closed_is_cut_off() -> None:
    assert reason(response("[Implementation]\n'''sql\nSELECT shop FROM")) == "cut_off"
    assert reason(response(f"{SQL}\n\n```sql")) == "cut_off"


@pytest.mark.parametrize(
    "written",
    [
        "One table.",
        "[Reasoning]\nOne table.",
        "Sure! Here is the answer:\n\n[Reasoning]\nOne table.",
    ],
)
def test_an_answer_that_a_server_begins_anew_has_its_beginning_once(written: str) -> None:
    options = StageOptions(response_prefix="[Reasoning]\n")
    read = i_r.parse(written, finish_reason="stop", options=options)
    assert read == "[Reasoning]\nOne table."


def test_characters_that_json_had_escaped_are_none_that_cannot_be_stored() -> None:
    assert c_i.parse(f'{{"task": "{TASK}\\u0000\\ud800"}}', finish_reason="stop") == TASK
    assert s_c.parse('["left join\\u0000", "null check"]', finish_reason="stop") == TWO


@pytest.mark.parametrize(
    "piece",
    [
        "'''\n",
        '"""sql\n',
        "```\n```\n",
        "a / ",
        "- [x] ",
        "1️⃣ ",
        "category: x\n",
        "Task 2: ",
        "<s> ",
    ],
)
def test_hostile_repetition_of_odd_forms_costs_no_time(piece: str) -> None:
    begun = time.process_time()
    for parse in (concepts, instruction, response):
        parse(piece * (59_000 // len(piece)))
        parse("x\n\n" + piece * (1_900 // len(piece)))
    assert time.process_time() - begun < 2
