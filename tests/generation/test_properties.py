"""What instructions are drawn from: balanced, the same again, and fit for the seed."""

from collections import Counter
from dataclasses import replace

import pytest

from apps.generation.stages.categories import category_of
from apps.generation.stages.properties import (
    CATEGORY_NAMES,
    FITTING,
    MOST_TABLES,
    STANDARD,
    TASKS,
    WRITTEN,
    Mix,
    Properties,
    Style,
    Task,
    about,
    about_example,
    draw_properties,
)
from tests.generation.stage_builders import EXAMPLE

ALL = Mix()


def draw(index: int, *, dialect: str = "", kind: str = "select", mix: Mix = ALL) -> Properties:
    return draw_properties(key="7", index=index, kind=kind, dialect=dialect, mix=mix)


# From the run's first place on there is one unfinished stretch at most, from any other two.
@pytest.mark.parametrize(("begin", "most"), [(0, 1), (1234, 2)])
def test_over_a_run_everything_comes_equally_often(begin: int, most: int) -> None:
    drawn = [draw(index) for index in range(begin, begin + 600)]
    for name, number in [("task", 6), ("style", 5), ("difficulty", 3)]:
        counts = Counter(getattr(each, name) for each in drawn)
        assert len(counts) == number
        assert max(counts.values()) - min(counts.values()) <= most, name
    # A design is of a schema, whatever else would fit.
    categories = Counter(each.category for each in drawn if each.task != Task.DESIGN)
    assert len(categories) == 3 and max(categories.values()) < 1.3 * min(categories.values())
    pairs = Counter((each.task, each.style) for each in drawn)
    assert len(pairs) == 30 and max(pairs.values()) < 3 * min(pairs.values())


def test_the_same_place_draws_the_same_and_another_seed_another_order() -> None:
    assert [draw(index) for index in range(50)] == [draw(index) for index in range(50)]
    other = [
        draw_properties(key="8", index=index, kind="select", dialect="", mix=ALL)
        for index in range(50)
    ]
    assert other != [draw(index) for index in range(50)]


def test_an_instruction_stays_in_the_dialect_of_its_seed_unless_it_asks_for_another() -> None:
    drawn = [draw(index, dialect="tsql") for index in range(60)]
    assert {each.dialect for each in drawn if each.task != Task.TRANSLATE} == {"tsql"}
    assert {each.dialect for each in drawn if each.task == Task.TRANSLATE} == set(WRITTEN)
    assert {each.source for each in drawn} == {"tsql"}


def test_a_translation_is_from_one_dialect_into_another() -> None:
    only = Mix(tasks=(Task.TRANSLATE,))
    drawn = [draw(index, mix=only) for index in range(60)]
    assert all(each.source and each.source != each.dialect for each in drawn)
    alone = Mix(tasks=(Task.TRANSLATE,), dialects=("sqlite",))
    assert draw(3, mix=alone, dialect="sqlite").task == Task.WRITE


@pytest.mark.parametrize(
    "kind", ["select", "update", "commit", "create_index", "do", "create_table"]
)
def test_categories_fit_the_statement_and_are_those_of_the_examples(kind: str) -> None:
    fitting = set(FITTING[category_of(kind)])
    drawn = {draw(index, kind=kind, mix=Mix(tasks=("write",))).category for index in range(30)}
    assert drawn == fitting <= set(CATEGORY_NAMES)
    assert draw(0, kind=kind, mix=Mix(tasks=("design",))).category == "schema definition"


def test_they_are_stored_as_codes_and_read_again() -> None:
    drawn = draw(5, dialect="mysql")
    assert Properties.from_json(drawn.as_json()) == drawn
    assert Properties().as_json() == {} and Properties.from_json({"new": "x"}) == Properties()
    assert Mix.from_json(ALL.as_json()) == Mix(
        tuple(map(str, Task)), tuple(map(str, Style)), WRITTEN
    )


def test_a_prompt_says_them_in_words() -> None:
    said = about(Properties(dialect="postgres", source="mysql", task="translate", style="question"))
    assert said.task == (
        "translate a statement from MySQL into PostgreSQL; the task shows the one in MySQL"
    )
    assert (said.dialect, said.style) == ("PostgreSQL", "a question")
    assert about(Properties()).source == "not known"
    assert all(about(Properties(task=task)).task for task in Task)
    assert all(about(Properties(style=style)).style for style in Style)


def test_long_definitions_of_tables_are_cut_at_the_end_of_a_line() -> None:
    line = "CREATE TABLE t (a INTEGER);\n"
    said = about(Properties(), tables=line * 1000)
    assert len(said.tables) <= MOST_TABLES and said.tables.endswith(");")
    assert len(about(Properties(), tables="x" * 9999).tables) == MOST_TABLES


def test_an_example_is_a_statement_to_write_in_standard_sql() -> None:
    said = about_example(replace(EXAMPLE, difficulty="Hard"))
    assert (said.dialect, said.task, said.difficulty) == (STANDARD, TASKS[Task.WRITE], "Hard")
