"""Reading and writing the few-shot file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fewshot.format import FewShotFormatError, parse, render
from apps.fewshot.rendering import DEFAULT_FILE
from apps.fewshot.validation import normalised, validate_example, validate_system
from apps.fewshot.values import DIFFICULTIES, Example, FewShotFile

SYSTEMS = {label: f"Write SQL for {label}." for label in ("I->R", "C->I", "S->C")}
EXAMPLE = Example(
    number=1,
    code="SELECT 1;",
    category="data retrieval",
    language="SQL",
    concepts=("projection", "constant"),
    difficulty="Easy",
    instruction="Write a SQL query that returns 2.",
    solution="",
    reasoning="No table is needed.",
    implementation="SELECT 2 AS two;",
    explanation="A constant.",
    tests="Expected Output:\n```text\ntwo\n\n2\n```",
)
TEXT = """\
### System: I->R

Write SQL for I->R.

### System: C->I

Write SQL for C->I.

### System: S->C

Write SQL for S->C.

### Example 1

[Code]
```sql
SELECT 1;
```

[Property]
- category: data retrieval
- language: SQL
- concepts: projection, constant
- difficulty: Easy

[Instruction]
Write a SQL query that returns 2.

[Response]
[Reasoning]
No table is needed.

[Implementation]
```sql
SELECT 2 AS two;
```

[Explanation]
A constant.

[Tests]
Expected Output:
```text
two

2
```
"""

texts = st.text(max_size=60) | st.sampled_from(
    ["[note]\nx", "```text\n[Code]\n```", "a\r\nb", "#### Example 1", "- category: x", "` `` ```` "]
)
words = st.text(st.characters(exclude_characters=",\n\r"), min_size=1, max_size=20)
examples = st.builds(
    Example,
    number=st.integers(1, 999_999),
    code=texts,
    category=words,
    language=st.just("SQL"),
    concepts=st.lists(words, min_size=1, max_size=4).map(tuple),
    difficulty=st.sampled_from(DIFFICULTIES),
    instruction=texts,
    solution=texts,
    reasoning=texts,
    implementation=texts,
    explanation=texts,
    tests=texts.map(lambda text: f"{text}\nExpected Output:\n{text}"),
)


def problems(text: str) -> list[tuple[int | None, str, int, str]]:
    with pytest.raises(FewShotFormatError) as caught:
        parse(text)
    return [tuple(problem) for problem in caught.value.problems]


def test_a_file_is_read():
    assert parse(TEXT) == FewShotFile(SYSTEMS, (EXAMPLE,))


def test_a_file_is_written():
    assert render(FewShotFile(SYSTEMS, (EXAMPLE,))) == TEXT


@given(examples)
def test_what_is_accepted_is_read_back_and_what_is_not_is_refused(example: Example):
    file = FewShotFile(SYSTEMS, (example,))
    if validate_example(example):
        with pytest.raises(FewShotFormatError):
            render(file)
    else:
        assert parse(render(file)) == FewShotFile(SYSTEMS, (normalised(example),))


@given(st.text() | st.lists(st.sampled_from(TEXT.split("\n"))).map("\n".join))
def test_any_text_is_read_or_refused_with_problems_that_name_a_line(text: str):
    try:
        parse(text)
    except FewShotFormatError as error:
        assert error.problems
        assert all(1 <= problem.line <= text.count("\n") + 1 for problem in error.problems)


def test_property_lines_are_matched_by_name():
    lines = [f"- {name}" for name in ("category: data retrieval", "language: SQL")]
    swapped = TEXT.replace("\n".join(lines), "\n".join(["- Difficulty: easy", *lines[::-1]]))
    assert parse(swapped.replace("- difficulty: Easy\n", "")) == parse(TEXT)


def test_line_ends_of_other_systems_do_not_matter():
    assert parse("\ufeff" + TEXT.replace("\n", "\r\n")) == parse(TEXT)


def test_every_problem_of_a_file_is_named_with_line_section_and_example():
    broken = (
        TEXT.replace("- difficulty: Easy", "- difficulty: Trivial\n- mood: good")
        .replace("[Explanation]\nA constant.\n\n", "")
        .replace("```sql\nSELECT 2 AS two;\n```", "SELECT 2 AS two;")
        .replace("Write SQL for C->I.", "Write code.")
    )
    assert problems(broken) == [
        (None, "System: C->I", 5, "name SQL in the system text: without it the model answers in Python"),
        (1, "Explanation", 13, "the section is missing; add a line [Explanation] and its text"),
        (1, "Property", 20, "Choose one of Easy, Medium, Hard."),
        (1, "Property", 25, "not a property line; write '- name: value' with category, language, concepts, difficulty"),
        (1, "Implementation", 34, "write exactly one fenced block: ```sql, the code, ```"),
    ]  # fmt: skip


def test_problems_of_several_examples_are_all_named():
    second = TEXT[TEXT.index("### Example 1") :].replace("### Example 1", "### Example 2")
    both = (TEXT + second).replace("- language: SQL", "- language: Python")
    assert [(number, section) for number, section, _, _ in problems(both)] == [
        (1, "Property"),
        (2, "Property"),
    ]


def test_a_broken_fence_does_not_hide_the_next_example():
    broken = TEXT.replace("SELECT 1;\n```", "SELECT 1;")
    second = TEXT[TEXT.index("### Example 1") :].replace("### Example 1", "### Example 2")
    assert {number for number, *_ in problems(broken + second)} == {1}


def test_a_number_or_a_section_cannot_stand_twice():
    twice = TEXT + TEXT[TEXT.index("### Example 1") :]
    assert "this number is taken" in problems(twice)[0][3]
    assert problems(TEXT + "\n[Code]\n```sql\nSELECT 3;\n```\n")[0][1:3] == ("Code", 49)


def test_an_empty_file_says_what_to_add():
    assert [message for *_, message in problems("")] == [
        "add '### System: I->R' and its text",
        "add '### System: C->I' and its text",
        "add '### System: S->C' and its text",
        "there is no example; add '### Example 1'",
    ]


def test_an_error_reads_as_a_sentence_per_problem():
    with pytest.raises(FewShotFormatError) as caught:
        parse(TEXT.replace("Easy", "Hardest"))
    message = "line 20, example 1, [Property]: Choose one of Easy, Medium, Hard."
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("number", 0, "Number the examples 1, 2, 3, …"),
        ("code", " ", "Write something here."),
        ("code", "```sql\nSELECT 1\n```", "Write the SQL alone, without a fence."),
        ("category", "a\nb", "Write one line of at most 80 characters."),
        ("language", "Python", "Write SQL: the model is taught nothing else."),
        ("concepts", (), "Name 1 to 12 concepts, separated by commas."),
        ("concepts", ("Join", "join"), "A concept stands twice."),
        ("instruction", "x\n[Tests]\ny", "A line like [Code] or [Tests] would begin a new section of the file."),
        ("instruction", "```sql\nSELECT 1", "A code block is opened with ``` and not closed."),
        ("reasoning", "a\x00b", "Remove the control characters."),
        ("explanation", "### Example 2", "A line like '### Example 1' or '### System: …' would begin a new part of the file."),
        ("tests", "none", "Say what is expected: a line 'Expected Output:' and a table."),
        ("tests", "x" * 20_001, "Keep it below 20,000 characters."),
    ],
)  # fmt: skip
def test_a_field_gets_its_own_message(field: str, value: object, message: str):
    assert validate_example(replace(EXAMPLE, **{field: value})) == {field: message}


def test_the_default_file_is_well_formed():
    file = parse(DEFAULT_FILE.read_text(encoding="utf-8"))
    assert all(validate_example(example) == {} for example in file.examples)
    assert all(validate_system(label, text) == "" for label, text in file.systems.items())
