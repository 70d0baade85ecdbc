"""Files of other pipelines: what is not our form finds its place, and nothing is lost."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fewshot.format import parse, read, render, render_kept
from apps.fewshot.values import Example, FewShotFile
from tests.fewshot.data import EXAMPLE, FILE

OURS = render(FILE)
# What StarCoder2-Instruct writes: no fence around code, no dashes, an answer that nobody divided.
PYTHON = """\
### System: I->R
You are an assistant.

### System: C->I
Create tasks.

### System: S->C
Extract concepts.

### Example 1
[Code]
    value = ~(value << 1)
    return [
        chr(63),
    ]

[Property]
concepts: shifts, chunks
language: Python
difficulty: medium
category: function implementation

[Instruction]
Create a Python function.

[Response]
Follow these steps:

1. Shift.

```python
def encode(value):
    return value << 1
```

Keep in mind that it is short.

[Tests]
You can check it:

```python
assert encode(1) == 2
```
"""


MARKER = re.compile(
    r"^\[(?:code|property|instruction|solution|response|reasoning|implementation|explanation|tests"
    r"|python|not shown)\]$",
    re.MULTILINE,
)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def lost(text: str, written: str) -> list[str]:
    """Words of a text that do not stand in what was written, each as often as it is lacking.

    A marker alone says nothing: a section without text need not be written.
    """
    left = words(written.lower())
    said = MARKER.sub("", text.lower())
    return [word for word in words(said) if word not in left or left.remove(word)]


def test_an_answer_that_nobody_divided_and_code_in_python_are_kept_word_for_word():
    (example,) = read(PYTHON).file.examples
    assert example == Example(
        number=1,
        code="    value = ~(value << 1)\n    return [\n        chr(63),\n    ]",
        category="function implementation",
        language="Python",
        concepts=("shifts", "chunks"),
        difficulty="Medium",
        instruction="Create a Python function.",
        solution="",
        reasoning="Follow these steps:\n\n1. Shift.",
        implementation="def encode(value):\n    return value << 1",
        explanation="Keep in mind that it is short.",
        tests="You can check it:\n\n```python\nassert encode(1) == 2\n```",
    )


def test_what_is_not_in_sql_is_switched_off_and_written_in_its_own_language():
    kept = read(PYTHON).kept
    assert (len(kept.examples), len(kept.off)) == (0, 1)
    written = render_kept(kept)
    assert "### Example 1 (off)\n" in written
    assert "[Implementation]\n```python\ndef encode" in written
    assert lost(PYTHON, written) == []
    assert read(written).file == kept


def test_what_is_not_our_form_is_told_with_line_and_section():
    told = [str(problem) for problem in sorted(read(PYTHON).problems, key=lambda one: one.line)]
    assert told == [
        "line 1, [System: I->R]: name SQL in the system text: without it the model answers in Python",
        "line 4, [System: C->I]: name SQL in the system text: without it the model answers in Python",
        "line 7, [System: S->C]: name SQL in the system text: without it the model answers in Python",
        "line 10, example 1, [Reasoning]: the section is missing; add a line [Reasoning] and its text",
        "line 10, example 1, [Implementation]: the section is missing; add a line [Implementation] and its text",
        "line 10, example 1, [Explanation]: the section is missing; add a line [Explanation] and its text",
        "line 11, example 1, [Code]: write exactly one fenced block: ```sql, the code, ```",
        "line 17, example 1, [Property]: Write SQL: the model is taught nothing else.",
        "line 26, example 1, [Response]: text outside [Reasoning], [Implementation], [Explanation] and [Tests]",
        "line 38, example 1, [Tests]: Say what is expected: a line 'Expected Output:' and a table.",
    ]


ONE = OURS[OURS.index("### Example 1") : OURS.index("### Example 2")].strip()
HEAD = OURS[: OURS.index("### Example 1")]
BLOCK = "[Implementation]\n```sql\nSELECT title FROM books;\n```"


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        (BLOCK, f"{BLOCK}\n\n[Python]\n```python\nprint(1)\n```", "unshown", "[Python]\n```python\nprint(1)\n```"),
        (BLOCK, "[Implementation]\n```python\nprint(1)\n```", "implementation", "```python\nprint(1)\n```"),
        (BLOCK, f"{BLOCK}\n\nand then", "implementation", "```sql\nSELECT title FROM books;\n```\n\nand then"),
        (BLOCK, "[Implementation]\n```\nSELECT 1;\n```", "implementation", "SELECT 1;"),
        ("- difficulty: Easy", "- mood: good\n- difficulty: easy", "unshown", "- mood: good"),
        ("- difficulty: Easy", "* Difficulty: Very hard", "difficulty", "Very hard"),
        ("- language: SQL\n", "", "language", "SQL"),
        ("[Instruction]", "[Code]\nSELECT 7\n\n[Instruction]", "unshown", "[Code]\nSELECT 7"),
        ("[Code]", "Of the library.\n\n[Code]", "unshown", "Of the library."),
        ("[Reasoning]", "As follows.\n\n[Reasoning]", "unshown", "[Response]\nAs follows."),
        ("Read the table.", "Read the table.\n[note]\nx", "reasoning", "Read the table.\n[note]\nx"),
    ],
)  # fmt: skip
def test_what_has_no_place_of_its_own_is_kept(old: str, new: str, field: str, value: str):
    assert ONE.count(old) == 1
    text = HEAD + ONE.replace(old, new) + "\n"
    found = read(text)
    assert getattr(found.file.examples[0], field) == value
    assert found.refused == []
    again = read(render_kept(found.kept))
    assert again.kept == found.kept
    assert lost(text, render_kept(found.kept)) == []


def test_numbers_that_stand_twice_are_given_anew():
    twice = HEAD + ONE + "\n\n" + ONE.replace("library one", "library two") + "\n"
    kept = read(twice).kept
    assert [(one.number, one.category) for one in kept.examples] == [
        (1, "library one"),
        (2, "library two"),
    ]


def test_one_that_is_switched_off_may_be_incomplete_in_a_file_of_ours():
    text = OURS.replace("### Example 2", "### Example 2 (off)")
    text = text.replace("```sql\nSELECT * FROM books;\n```", "SELECT 5", 2).replace("SELECT 5", "```sql\nSELECT * FROM books;\n```", 1)  # fmt: skip
    found = parse(text)
    assert [one.number for one in found.examples] == [1, 3]
    assert found.off[0].code == "SELECT 5"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OURS.replace("One column.", "````sql\nSELECT 1", 1), "line 38, example 1, [Explanation]: A code block is opened with ``` and not closed."),
        (OURS.replace("One column.", "a\x00b", 1), "line 38, example 1, [Explanation]: Remove the control characters."),
        (OURS.replace("- category: library one", f"- category: {'x' * 201}", 1), "line 20, example 1, [Property]: Keep it below 200 characters."),
        (OURS.replace("System: I->R", "System: R->X"), "line 1, [System: R->X]: there is no such mode; the modes are I->R, C->I, S->C, S->I"),
        (f"# Ours\n{OURS}", "line 1: text before the first heading; begin with a line like '### System: I->R'"),
        ("", "line 1: there is no example; add '### Example 1'"),
    ],
)  # fmt: skip
def test_what_could_not_be_given_back_is_refused(text: str, message: str):
    assert [str(problem) for problem in read(text).refused] == [message]


texts = st.sampled_from(
    ["", "Some words.", "a\n\nb", "```text\n[Code]\n```", "[note]\nx", "` `` x"]
)
codes = texts | st.sampled_from(["SELECT 1", "  indented", "```python\nx\n```", "[Orders]"])
sections = st.fixed_dictionaries(
    {
        "Code": codes, "Instruction": texts, "Response": texts, "Explanation": texts,
        "Property": st.permutations(["category: a", "- language: SQL", "mood: x", "* difficulty: Easy"]).map("\n".join),
    },
    optional={
        "Solution": codes, "Reasoning": texts, "Implementation": codes, "Tests": texts,
        "Python": texts, "Not shown": texts,
    },
)  # fmt: skip


@given(st.lists(sections, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_any_order_of_any_sections_is_given_back(examples, random):
    text = HEAD
    for number, parts in enumerate(examples, start=1):
        names = list(parts)
        random.shuffle(names)
        body = "\n\n".join(f"[{name}]\n{parts[name]}" for name in names)
        text += f"### Example {number}\n\n{body}\n\n"
    kept = read(text).kept
    written = render_kept(kept)
    assert lost(text, written) == []
    assert read(written).kept == kept
    assert render_kept(read(written).kept) == written


@given(st.sets(st.integers(1, 999_999), min_size=1, max_size=4), st.data())
def test_a_file_of_ours_is_byte_equal_when_it_is_read_and_written(numbers, data):
    off = data.draw(st.sets(st.sampled_from(sorted(numbers)), max_size=len(numbers) - 1))
    made = {number: replace(EXAMPLE, number=number, unshown="[Code]\n````x") for number in numbers}
    file = FewShotFile(
        FILE.systems,
        tuple(made[number] for number in sorted(numbers - off)),
        tuple(made[number] for number in sorted(off)),
    )
    assert parse(render(file)) == file
    assert render(parse(render(file))) == render(file)
