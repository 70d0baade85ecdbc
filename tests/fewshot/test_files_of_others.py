"""Whole files as other pipelines and other systems write them: nothing is lost, and what was
written once is byte-equal ever after.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import CommandError
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.fewshot.format import read, render_kept
from apps.fewshot.management.files import file_read
from tests.fewshot.test_reading import lost

SYSTEMS = "".join(
    f"### System: {mode}\nWrite SQL ({mode}).\n\n" for mode in ("I->R", "C->I", "S->C")
)
WORDS = st.sampled_from(
    ["Read the table.", "One\trow, at most.", "Größe, 数, \U0001f40d", "a  b   c", "- a list\n- of two",
     "Nothing `quoted` ends.", "[not a marker] in a line", "#### Deeper heading", "x\n\n\ny"]
)  # fmt: skip
SQL = st.sampled_from(
    ["SELECT 1;", "SELECT\t'a'\nFROM\tt;", "    SELECT 2;\n    SELECT 3;", "SELECT '### Example 9';",
     "-- [Tests] of a comment\nSELECT 4;"]
)  # fmt: skip
PYTHON = st.sampled_from(["def f(x):\n\treturn x", "    if a:\n        b()", "print('[Code]')"])


@st.composite
def code(draw: st.DrawFn, sql: bool) -> str:
    """Fenced with one of the words that people write, or bare."""
    text = draw(SQL if sql else PYTHON)
    word = draw(st.sampled_from(["sql", "SQL", "", None] if sql else ["python", "Python", None]))
    return text if word is None else f"```{word}\n{text}\n```"


@st.composite
def an_example(draw: st.DrawFn, number: int) -> str:
    """Sections in the usual order, some left out, some twice, with properties in any order."""
    sql = draw(st.booleans())
    dash = draw(st.sampled_from(["- ", "", "* "]))
    properties = draw(
        st.permutations(
            ["category: shelves", f"language: {'SQL' if sql else 'Python'}",
             "concepts: select, filter", f"difficulty: {draw(st.sampled_from(['Easy', 'hard']))}"]
        )
    )  # fmt: skip
    sections = [
        ("Code", draw(code(sql))),
        ("Property", "\n".join(dash + line for line in properties)),
        ("Instruction", draw(WORDS)),
        ("Solution", draw(code(sql))),
        ("Response", ""),
        ("Reasoning", draw(WORDS)),
        ("Implementation", draw(code(sql))),
        ("Explanation", draw(WORDS)),
        ("Tests", f"{draw(WORDS)}\n```text\n1\n```"),
    ]
    left_out = draw(st.sets(st.sampled_from(["Solution", "Reasoning", "Tests", "Response"])))
    twice = draw(st.sampled_from([None, "Code", "Instruction", "Tests"]))
    written = [f"### Example {number}"]
    for name, text in sections:
        for _ in range(0 if name in left_out else 1 + (name == twice)):
            marker = draw(st.sampled_from([name, name.lower(), name.upper()]))
            written.append(f"[{marker}]{draw(st.sampled_from(['', '  ', chr(9)]))}\n{text}")
    return "\n".join(written)


@st.composite
def files(draw: st.DrawFn) -> str:
    """One, 16 or 21 examples, in the line ends of any system, with or without a BOM and an end."""
    count = draw(st.sampled_from([1, 2, 16, 21]))
    kinds = [draw(an_example(0)) for _ in range(min(count, 3))]
    parts = [
        kinds[n % len(kinds)].replace("### Example 0", f"### Example {n + 1}", 1)
        for n in range(count)
    ]
    gap = draw(st.sampled_from(["\n", "\n\n", "\n\n\n \n"]))
    text = SYSTEMS + gap.join(parts) + draw(st.sampled_from(["", "\n", "\n\n  \n"]))
    text = text.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"])))
    return draw(st.sampled_from(["", "\ufeff"])) + text


def plain(text: str) -> str:
    """Lines as `lost` takes them: what stands alone in one is a marker."""
    return "\n".join(line.rstrip() for line in re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")))


@settings(max_examples=40)
@given(files())
def test_nothing_is_lost_and_what_was_written_is_byte_equal_ever_after(text: str) -> None:
    found = read(text)
    assert not found.refused, [str(each) for each in found.refused]
    written = render_kept(found.kept)
    assert lost(plain(text), written) == []
    assert render_kept(read(written).kept) == written
    lines = plain(text).count("\n") + 1
    assert all(1 <= problem.line <= lines for problem in found.problems)
    assert all(problem.section for problem in found.problems if problem.example is not None)


@settings(max_examples=20)
@given(files(), st.integers(0, 2**31))
def test_a_file_that_was_cut_off_loses_nothing_or_is_refused_with_a_line(
    text: str, at: int
) -> None:
    cut = text[: at % (len(text) + 1)]
    found = read(cut)
    if found.refused:
        assert all(problem.line >= 1 and problem.message for problem in found.refused)
        return
    assert lost(plain(cut), render_kept(found.kept)) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xfe#\x00", "not UTF-8 .byte 0.: convert it"), (None, "cannot be read: ")],
)
def test_what_is_no_text_says_what_to_do(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "a-fewshot.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=message):
        file_read(path)
