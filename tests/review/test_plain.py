"""Plain texts get the HTML that the parser and the cleaner would make of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.review.plain import plain_html
from apps.review.rendering import _shown_plainly, markdown

# Of which most texts are plain, and marks with which they are not.
PLAIN = [
    "a",
    "b c",
    "It's",
    " ",
    ".",
    "\n",
    "\n\n",
    "`x_y`",
    "`a b`",
    "42 %",
    "\n[Tests]\n",
    "(",
    ")",
    "**Bold**",
    "**So (x):** ",
]
# Lines, and what begins one.
LINES = [
    "- a",
    "- `b`",
    "* **c:** d",
    "+ e",
    "1. f",
    "2. g",
    "3) h",
    "# i",
    "#### 1. j",
    "`k`",
    "**l**",
]
LINES += [
    "-",
    "1.",
    "- ",
    "1.  m",
    "  - n",
    "10. o",
    "####### p",
    "# q #",
    "- 1. r",
    "a",
    "",
    "---",
]
FENCED = [
    "\n```sql\nSELECT '<b>' & \"x\";\n```\n",
    "\n```\n\tid | a\n\n1\n```\n",
    "\n```text\n```\n",
]
MARKS = [
    *("`", "``", "` a`", "_", "*", "-", "1.", "\\", "<", "&", "|", "---", "    ", "  \n", "#", ">"),
    *("\n```sql\n", "\n```", " ```\n", "~~~", "\u00a0", "\r", "\x00", "\t", "é", "\ud800"[:0]),
    *("\n```python\nprint('a')\n```\n", "```sql x\n", "[Tests]", "[Tests] ", "\n```\n\nx\n```\n"),
]
texts = st.lists(
    st.sampled_from(PLAIN) | st.sampled_from(FENCED) | st.sampled_from(PLAIN + FENCED + MARKS),
    max_size=14,
).map("".join)


def long_way(text: str) -> str:
    # A place beyond the text marks nothing, and the text takes the long way.
    return markdown(text, [(len(text), len(text))])


@given(texts)
def test_a_plain_text_is_the_html_that_the_parser_would_make_of_it(text: str) -> None:
    assert markdown(text) == long_way(text)


@given(st.lists(st.sampled_from(PLAIN[:8] + FENCED), max_size=6).map("\n\n".join))
def test_so_are_texts_that_are_nearly_all_plain(text: str) -> None:
    assert markdown(text) == long_way(text)


@given(st.lists(st.sampled_from(LINES) | texts, max_size=7).map("\n".join))
def test_so_are_lists_and_headings(text: str) -> None:
    assert markdown(text) == long_way(text)


@given(st.text("ab1*: `.", max_size=16))
def test_so_is_whatever_stands_about_a_bold_word(text: str) -> None:
    assert markdown(f"a {text}") == long_way(f"a {text}")


@given(st.text(max_size=30))
def test_whatever_stands_in_a_fence_comes_out_the_same(code: str) -> None:
    text = f"So:\n\n```sql\n{code}\n```"
    assert markdown(text) == long_way(text)


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("Count the `id`s of `users` (with `age` = 3 left out: 42 %).", True),
        ("Two lines,\none paragraph.\n\nAnother.", True),
        ("[Tests]\nA table:\n```text\nid | a\n```\nThat is all.", True),
        ("Count the `id`s (with `age > 3`).", False),
        ("`t(a, b)` holds rows.", True),
        ("A list:\n\n- one\n- **two:** `2`\n\nThat is all.", True),
        ("Steps:\n1. One.\n2. Two.\n\n### 3. The **end**\nSo.", True),
        ("A list:\n\n- one\n\n- two", False),
        ("A list:\n\n- one\n  more", False),
        ("A list:\n\n2. two", False),
        ("Nested:\n- one\n  - two", False),
        ("A *word*.", False),
        ("```python\nx = 1\n```", False),
        ("```sql\nSELECT 1;", False),
        ("Two spaces  \nbreak a line.", False),
    ],
)
def test_what_is_plain(text: str, is_plain: bool) -> None:
    assert (plain_html(text, _shown_plainly) is not None) is is_plain


def test_texts_of_the_sample_are_shown_as_by_the_parser() -> None:
    folder = Path(__file__).parents[2] / "apps" / "home" / "sample_pairs"
    lines = [line for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]
    shown = [
        text for line in lines for text in map(json.loads(line).get, ("instruction", "response"))
    ]
    plain = [text for text in shown if plain_html(text, _shown_plainly) is not None]

    assert len(plain) > len(shown) / 2
    assert [markdown(text) for text in plain] == [long_way(text) for text in plain]
