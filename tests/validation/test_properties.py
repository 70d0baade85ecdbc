"""Any text, and any order of the blocks of one, gets one verdict: no error, and within the bound."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sql.dialects import Dialect
from apps.validation.judging import Judgement, validate
from apps.validation.reading.markdown import cut_up
from apps.validation.values import Outcome
from tests.validation.caselib import written_cases
from tests.validation.runner import run_sqlite

BOUND = 4.0  # processor seconds
CASES = written_cases()
# What the readers of text, tables and SQL each look for.
PARTS = (
    *("```", "```sql\n", "~~~", "> ", "- ", "1. ", "    ", "\n", "\n\n", "# ", "**", "|", "---"),
    *("|---|---|\n", "| a | b |\n", "a | b\n", "1 | 2\n", "+---+\n", "│", "┌──┐", "\t", "(1 row)"),
    *(
        "-[ RECORD 1 ]\n",
        "a: 1\n",
        "*** 1. row ***\n",
        "db=# ",
        "mysql> ",
        "sqlite> ",
        "-> ",
        "...",
    ),
    *("Input Table: t\n", "Expected Output:\n", "Before:", "After:", "Test 1\n", "[Tests]\n"),
    *(
        "SELECT a FROM t",
        "CREATE TABLE t (a INT)",
        "INSERT INTO t VALUES (1)",
        ";",
        "DELETE FROM t",
    ),
    *("CREATE VIEW v AS ", "CALL p(1)", "BEGIN", "END", "$$", "'", '"', "`", "--", "/*", "*/", "("),
    *('[{"a": 1}]', "{", "NULL", "<table>", "<td>", "\x00", "\u00a0", "\ud800", "é", "💥", "\r\n"),
)
TEXTS = st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=8)), max_size=60).map("".join)
SQL_OUTCOMES = frozenset(Outcome) - {Outcome.NOT_JUDGED}


def judged(text: str, instruction: str = "") -> Judgement:
    """The verdict on SQLite, with everything that is run again; it must not take long."""
    started = time.process_time()
    judgement = validate(text, instruction, run_sqlite, Dialect.SQLITE, mutate=True)
    assert time.process_time() - started < BOUND
    return judgement


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TEXTS, TEXTS)
def test_any_text_gets_one_verdict(text: str, instruction: str) -> None:
    assert judged(text, instruction).outcome in SQL_OUTCOMES


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[str, str]:
    """The blocks of a labelled response, or of two, in any order, with any of them left out."""
    cases = draw(st.lists(st.sampled_from(CASES), min_size=1, max_size=2))
    blocks = [block for case in cases for block in case.response.split("\n\n")]
    order = draw(st.permutations(blocks))
    return "\n\n".join(order[: draw(st.integers(0, len(order)))]), cases[0].instruction


@settings(max_examples=300, deadline=None, derandomize=True)
@given(shuffled())
def test_any_order_of_blocks_gets_one_verdict(response: tuple[str, str]) -> None:
    assert judged(*response).outcome in SQL_OUTCOMES


UNFENCED = st.lists(
    st.sampled_from([part for part in PARTS if not set("<`~\r") & set(part)]), max_size=60
).map("".join)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(UNFENCED)
def test_every_letter_of_a_text_ends_up_in_a_segment(text: str) -> None:
    found = "".join(segment.text for segment in cut_up(text).segments())
    assert [sign for sign in found if sign.isalpha()] == [sign for sign in text if sign.isalpha()]
