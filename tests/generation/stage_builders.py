"""A small example and the checks that the tests of all stages share."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from apps.fewshot.values import Example
from apps.generation.stages.base import ParseFailure, Prompt

GOLDEN = Path(__file__).parent / "golden"
SYSTEM = "You write SQL and nothing else."
EXAMPLE = Example(
    number=4,
    code="SELECT a FROM t;",
    category="data retrieval",
    language="SQL",
    concepts=("projection", "single table"),
    difficulty="Easy",
    instruction="Write a SQL query that returns all names of `pets(name)`, sorted.",
    solution="",
    reasoning="One table is enough.",
    implementation="SELECT name FROM pets ORDER BY name;",
    explanation="ORDER BY sorts.",
    tests="Input Table: pets\n```text\nname\n\nRex\nAda\n```\n\nExpected Output:\n```text\nname\n\nAda\nRex\n```",
)
PIECES = [
    "", "#", "### Concepts", "### Instruction", "### Response", "## Example 2", "## Example 3",
    "### Example usage", "```", "```sql", "- joins", "1. join, left", "a, b", "**x**: y", "[Tests]",
    "SELECT 1;", "Write a SQL query that counts rows.", ":**:**:**", ",,,,((((", "\x00", "\ud800",
]  # fmt: skip
completions = st.text() | st.lists(st.sampled_from(PIECES)).map("\n".join)
finish_reasons = st.sampled_from(["stop", "length", "abort", "", None])
stop_reasons = st.sampled_from([None, "\n## Example 3\n", 0])


def assert_golden(name: str, prompt: Prompt) -> None:
    """The whole prompt equals the file tests/generation/golden/<name>.txt (its last newline off)."""
    golden = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert prompt.text == golden
    assert prompt.text.startswith(prompt.prefix)
    assert prompt.prefix.endswith("## Example 2\n\n")
    assert [message["role"] for message in prompt.messages] == [
        "system",
        "user",
        "assistant",
        "user",
    ]
    contents = [message["content"] for message in prompt.messages]
    assert "{}\n\n{}\n{}\n\n{}\n".format(*contents) == prompt.text
    assert "SQL" in contents[0]


def reason(result: object) -> str:
    assert isinstance(result, ParseFailure), result
    assert result.message
    return result.reason
