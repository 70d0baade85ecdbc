"""The short examples of the small model: their tests hold, and their responses follow its grammar."""

from __future__ import annotations

import re

import pytest

from apps.fewshot.format import parse
from apps.fewshot.rendering import PROMPTS, response_text
from apps.fewshot.values import Example
from apps.generation.stages import s_c
from apps.sql.dialects import Dialect
from apps.validation.judging import validate
from apps.validation.runners import Timed
from tests.validation.conftest import GetPool, pools  # noqa: F401

FILE = parse((PROMPTS / "short-fewshot.txt").read_text())
EACH = pytest.mark.parametrize("example", FILE.examples, ids=lambda item: f"example-{item.number}")
RULE = re.compile(r"^(\w+) ::= (.+)$", re.M)
PART = re.compile(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|[a-z]+|.', re.S)


def pattern(name: str = "root", of: str = "response") -> str:
    """The grammar as a regular expression: none of its rules comes to itself."""
    rules = dict(RULE.findall((PROMPTS / f"short-{of}.gbnf").read_text()))

    def written(part: str) -> str:
        if part.startswith('"'):
            return re.escape(part[1:-1].replace(r"\n", "\n"))
        return f"(?:{pattern(part, of)})" if part in rules else part

    return "".join(map(written, filter(str.strip, PART.findall(rules[name]))))


@EACH
def test_the_test_of_a_short_example_passes(example: Example, pools: GetPool) -> None:  # noqa: F811
    timed = Timed(pools("sqlite"))
    judged = validate(
        response_text(example), example.instruction, timed, Dialect.SQLITE,
        run_together=timed.together, mutate=False,
    )  # fmt: skip
    assert judged.outcome == "passed", judged.message


@EACH
def test_a_short_example_is_what_the_grammar_lets_the_model_write(example: Example) -> None:
    assert re.fullmatch(pattern(), response_text(example) + "\n")


def test_the_grammar_lets_nothing_else_through() -> None:
    text = response_text(FILE.examples[0]) + "\n"
    for old, new in (("(1, 'Ann')", "(1, ?)"), ("(1, 'Ann')", "(1)"), ("[Tests]", "[Explanation]")):
        assert old in text and not re.fullmatch(pattern(), text.replace(old, new))


@EACH
def test_its_concepts_are_what_their_grammar_lets_the_model_write(example: Example) -> None:
    assert re.fullmatch(pattern(of="concepts"), ", ".join(example.concepts) + "\n")


def test_concepts_end_whatever_the_model_would_say_next() -> None:
    most = ", ".join([" ".join(["w" * 14] * 4)] * 4) + "\n"
    assert re.fullmatch(pattern(of="concepts"), most)
    kept = s_c.parse(most, finish_reason="stop")
    assert kept == (most.partition(",")[0],)
    for beyond in ("a, b, c, d, e\n", "a b c d e\n", "w" * 15 + "\n", "a,b\n", "a\nb\n", "a, b"):
        assert not re.fullmatch(pattern(of="concepts"), beyond)
