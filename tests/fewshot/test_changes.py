"""Differences between two versions, example by example."""

from dataclasses import replace

from apps.fewshot.changes import Change, ChangedLine, changes
from apps.fewshot.values import Example, FewShotFile
from tests.fewshot.data import FILE


def alter(number: int, **content: str) -> tuple[Example, ...]:
    return tuple(
        replace(example, **content) if example.number == number else example
        for example in DISTINCT.examples
    )


def numbered(*examples: Example) -> FewShotFile:
    return replace(
        DISTINCT,
        examples=tuple(replace(item, number=place) for place, item in enumerate(examples, 1)),
    )


DISTINCT = replace(
    FILE,
    examples=tuple(
        replace(
            example,
            instruction=f"Task {example.number}",
            code=f"SELECT {example.number};",
            implementation=f"SELECT {example.number} AS n;",
            reasoning=f"Because of {example.number}.",
            explanation=f"It is {example.number}.",
            tests=f"Expected Output: {example.number}",
        )
        for example in FILE.examples
    ),
)


def test_a_version_does_not_differ_from_itself() -> None:
    assert changes(DISTINCT, DISTINCT) == []


def test_a_changed_example_shows_its_lines_with_three_around_them() -> None:
    (change,) = changes(DISTINCT, replace(DISTINCT, examples=alter(2, category="museum")))
    assert change.title == "Example 2"
    assert change.lines[2:6] == (
        ChangedLine("same", "[Property]"),
        ChangedLine(
            "removed",
            "- category: library two",
            (("- category: ", False), ("library two", True)),
        ),
        ChangedLine("added", "- category: museum", (("- category: ", False), ("museum", True))),
        ChangedLine("same", "- language: SQL"),
    )


def test_an_example_that_moved_and_changed_is_known_again() -> None:
    one, two, three = alter(3, category="museum")
    titles = [change.title for change in changes(DISTINCT, numbered(three, one, two))]
    assert titles == ["Example 1 (was 3)", "New numbers: 1 → 2, 2 → 3"]


def test_an_example_that_was_removed_shifts_the_others_without_a_word_of_their_text() -> None:
    _, two, three = DISTINCT.examples
    removed, shifted = changes(DISTINCT, numbered(two, three))
    assert removed.title == "Example 1, removed"
    assert {line.kind for line in removed.lines} == {"removed"}
    assert shifted == Change("New numbers: 2 → 1, 3 → 2")


def test_an_example_with_nothing_in_common_is_new() -> None:
    new = Example(9, "x", "x", "SQL", ("x",), "Hard", "x", "x", "x", "x", "x", "x")
    one, two, _ = DISTINCT.examples
    titles = [change.title for change in changes(DISTINCT, numbered(one, two, new))]
    assert titles == ["Example 3, new", "Example 3, removed"]


def test_two_far_places_of_one_example_have_a_gap_between_them() -> None:
    altered = replace(DISTINCT, examples=alter(1, code="SELECT 7;", explanation="It is 7."))
    (change,) = changes(DISTINCT, altered)
    assert [line for line in change.lines if line.kind == "gap"] == [ChangedLine("gap", "…")]


def test_system_texts_come_first_and_one_that_is_gone_is_shown() -> None:
    systems = {**DISTINCT.systems, "S->I": "Write SQL."}
    first, *_ = changes(replace(DISTINCT, systems=systems), DISTINCT)
    assert first == Change("System text S→I", (ChangedLine("removed", "Write SQL."),))


def test_words_that_differ_are_marked_and_put_together_they_are_the_line() -> None:
    old, new = "List  all books, by title.", "List all old books by title!"
    (change,) = changes(
        replace(DISTINCT, examples=alter(2, explanation=old)),
        replace(DISTINCT, examples=alter(2, explanation=new)),
    )
    removed, added = (line for line in change.lines if line.kind in ("removed", "added"))
    assert "".join(text for text, _ in removed.words) == old
    assert "".join(text for text, _ in added.words) == new
    assert [text for text, is_new in added.words if is_new] == [" ", "old ", "!"]


def test_marked_words_are_escaped() -> None:
    line = ChangedLine("added", "a <b>", (("a ", False), ("<b>", True)))
    assert line.html == "<ins>a <mark>&lt;b&gt;</mark></ins>"
    assert ChangedLine("gap", "<").html == "<b>&lt;</b>"


def test_lines_that_are_little_alike_or_endless_are_shown_whole() -> None:
    for other in ("Nothing here says it", "word " * 500):
        (change,) = changes(
            replace(DISTINCT, examples=alter(2, explanation="It is two.")),
            replace(DISTINCT, examples=alter(2, explanation=other.strip())),
        )
        assert [line.words for line in change.lines] == [()] * len(change.lines)
