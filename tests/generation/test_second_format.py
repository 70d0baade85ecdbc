"""Prompts that name SQL, the dialect and what is wanted: exactly these; older ones stay as they are."""

import pytest

from apps.generation.asking import Ask, Group, asks_left
from apps.generation.models import Concepts, Instruction, Recipe, Run
from apps.generation.prompting import Prompter, prompt_hash, properties_of, rebuilt_prompt
from apps.generation.stages import c_i, i_r, s_c, s_i
from apps.generation.stages.base import About, Prompt
from apps.generation.stages.properties import Properties, about
from tests.builders import make_completion, make_recipe, make_run, make_seed, make_version
from tests.generation.stage_builders import EXAMPLE, SYSTEM, assert_golden

WANTED = Properties(
    category="data modification", difficulty="Hard", dialect="postgres", task="translate",
    style="colloquial", source="mysql",
)  # fmt: skip
SAID = about(WANTED, tables="CREATE TABLE logs (id INTEGER, at DATE);\n")
BARE = about(Properties(dialect="sqlite", task="write", style="question"))


def s_c_prompt(said: object = SAID) -> Prompt:
    return s_c.build("DELETE FROM logs;", system=SYSTEM, examples=(EXAMPLE,), about=said)  # type: ignore[arg-type]


def c_i_prompt() -> Prompt:
    return c_i.build(
        ("delete", "date filter"), category="", difficulty="", system=SYSTEM, examples=(EXAMPLE,),
        about=SAID,
    )  # fmt: skip


def test_the_prompts_are_exactly_these() -> None:
    assert_golden("second_s_c", s_c_prompt())
    assert_golden("second_s_c_bare", s_c_prompt(BARE))
    assert_golden("second_c_i", c_i_prompt())
    assert_golden(
        "second_s_i",
        s_i.build("DELETE FROM logs;", system=SYSTEM, examples=(EXAMPLE,), about=SAID),
    )
    assert_golden(
        "second_i_r",
        i_r.build("Delete old logs.", system=SYSTEM, examples=(EXAMPLE,), about=SAID),
    )


def prompts_of(stage: str, said: About, words: str) -> Prompt:
    """A prompt of a stage that starts from these words."""
    if stage == "c_i":
        return c_i.build(
            (words,),
            category="x",
            difficulty="Easy",
            system=SYSTEM,
            examples=(EXAMPLE,),
            about=said,
        )
    build = {"s_c": s_c.build, "s_i": s_i.build, "i_r": i_r.build}[stage]
    return build(words, system=SYSTEM, examples=(EXAMPLE,), about=said)


@pytest.mark.parametrize(
    ("stage", "begins"),
    [
        ("s_c", "### Snippet\n```sql\nDELETE FROM one"),
        ("s_i", "### Snippet\n```sql\nDELETE FROM one"),
        ("c_i", "### Tables\n```sql\nCREATE TABLE logs"),
        ("i_r", "### Instruction\nDELETE FROM one"),
    ],
)
def test_nothing_that_varies_stands_before_what_the_stage_starts_from(
    stage: str, begins: str
) -> None:
    mine, other = prompts_of(stage, SAID, "DELETE FROM one"), prompts_of(stage, BARE, "SELECT two")
    assert mine.prefix == other.prefix and mine.text.startswith(mine.prefix)
    own = mine.text[len(mine.prefix) :]
    assert own.startswith(begins)
    # What both share ends with the examples: no property, table or text of the row is in it.
    assert "MySQL" not in mine.prefix and "colloquial" not in mine.prefix
    assert mine.messages[:-1] == other.messages[:-1]


@pytest.mark.django_db
class TestOfARun:
    @pytest.fixture
    def run(self) -> Run:
        seeds = [
            make_seed(dialect="mysql", schema_context="CREATE TABLE users (id INT, age INT);"),
            *(make_seed() for _ in range(5)),
        ]
        return make_run(make_recipe(instructions=2, arrangements=1), seeds)

    def asks(self, run: Run, stage: str) -> list[Ask]:
        seeds = list(run.chosen.values_list("seed_id", flat=True))
        return asks_left(group=Group(run=run, arrangement=0), stages=[stage], seed_ids=seeds)

    def concepts(self, run: Run) -> None:
        for chosen in run.chosen.all():
            made = make_completion(run, chosen.seed, "s_c", chosen.seed_id)
            Concepts.objects.create(
                completion=made, recipe=run.recipe, seed=chosen.seed, items=["update"]
            )

    def test_the_dialect_and_the_tables_of_the_seed_are_in_its_prompt(self, run: Run) -> None:
        first, second, *_ = self.asks(run, "s_c")
        assert "- dialect: MySQL\n" in first.prompt.text.rpartition("## Example")[2]
        assert "CREATE TABLE users (id INT, age INT);" in first.prompt.text
        assert "- dialect: not known\n" in second.prompt.text
        assert first.prompt.prefix == second.prompt.prefix

    def test_a_seed_has_several_instructions_each_with_its_own_prompt(self, run: Run) -> None:
        self.concepts(run)
        asks = self.asks(run, "c_i")
        assert [(len(ask.draws), ask.draws.start) for ask in asks[:4]] == [(1, 0), (1, 1)] * 2
        assert len({ask.prompt.text for ask in asks}) == 12
        tasks = [ask.properties.task for ask in asks]
        assert sorted(tasks) == sorted(list(dict.fromkeys(tasks)) * 2) and len(set(tasks)) == 6
        assert "CREATE TABLE users" in asks[0].prompt.text

    def test_what_was_drawn_is_enough_to_build_the_prompt_again(self, run: Run) -> None:
        self.concepts(run)
        for ask in self.asks(run, "c_i"):
            row = Concepts.objects.get(pk=ask.input_id)
            stored = make_completion(
                run, row.seed, "c_i", row.pk, draw=ask.draws.start,
                prompt_hash=prompt_hash(ask.prompt), example_numbers=list(ask.example_numbers),
                properties=ask.properties.as_json(),
            )  # fmt: skip
            assert rebuilt_prompt(stored, row).text == ask.prompt.text

    def test_a_response_is_asked_for_in_the_dialect_of_its_instruction(self, run: Run) -> None:
        self.concepts(run)
        row = Concepts.objects.first()
        assert row
        made = make_completion(run, row.seed, "c_i", row.pk)
        Instruction.objects.create(
            completion=made, recipe=run.recipe, seed=row.seed, text="Count users.", dialect="duckdb"
        )
        (ask,) = self.asks(run, "i_r")
        assert ask.prompt.text.endswith(
            "### Instruction\nCount users.\n\n### Property\n- language: SQL\n- dialect: DuckDB\n"
            "\n### Response\n"
        )
        assert ask.draws == range(run.draws)


@pytest.mark.django_db
def test_prompts_of_an_older_recipe_are_what_they_were() -> None:
    recipe = make_recipe(make_version(1), examples={"s_c": 1, "c_i": 1, "i_r": 1, "s_i": 1})
    values = {
        field.attname: getattr(recipe, field.attname)
        for field in Recipe._meta.concrete_fields
        if field.name not in ("id", "format", "mix", "fingerprint", "arrangements")
    }
    older = Recipe.objects.create(**values, fingerprint="older")
    seed = make_seed("DELETE FROM logs", dialect="mysql", schema_context="CREATE TABLE logs (id)")
    prompter = Prompter(recipe=older, stage="s_c")
    assert properties_of(recipe=older, stage="s_c", row=seed) == Properties()
    text = prompter.prompt(seed).text
    assert text == (
        "You know SQL (S->C).\n\n## Example 1\n\n### Snippet\n```sql\nSELECT 1\n```\n\n"
        "### Concepts\nselect\n\n## Example 2\n\n### Snippet\n```sql\nDELETE FROM logs\n```\n\n"
        "### Concepts\n"
    )
