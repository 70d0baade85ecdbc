"""What is asked and what is stored: every ask once, raw before parsed, safe to do twice."""

from typing import Any

import pytest

from apps.core import work
from apps.core.models import WorkUnit
from apps.generation import writing
from apps.generation.asking import Ask, Group, asks_left
from apps.generation.models import Completion, Concepts, Instruction, Recipe, Response, Run
from apps.generation.prompting import PromptChangedError, Prompter, rebuilt_prompt
from apps.generation.stages.base import Prompt
from tests.builders import make_run, make_seed
from worker.dispatching.answers import unasked

pytestmark = pytest.mark.django_db

TEXTS = {
    "s_c": "update statement, where clause",
    "c_i": "Write a SQL statement that sets the age of user 1 to 30.",
    "i_r": "```sql\nUPDATE users SET age = 30 WHERE id = 1;\n```",
}


@pytest.fixture
def run() -> Run:
    return make_run(seeds=[make_seed(), make_seed()])


@pytest.fixture
def unit(run: Run) -> WorkUnit:
    unit = WorkUnit.objects.create(job=run.job, queue="generate", key="seeds-0")
    claimed = work.claim(unit_id=unit.pk, owner="me")
    assert claimed
    return claimed


def seed_ids(run: Run) -> list[int]:
    return list(run.chosen.order_by("position").values_list("seed_id", flat=True))


def left(run: Run, stage: str) -> list[Ask]:
    group = Group(run=run, arrangement=0)
    return asks_left(group=group, stages=[stage], seed_ids=seed_ids(run))


def save(run: Run, unit: WorkUnit, asks: list[Ask], text: str) -> dict[int, list[Completion]]:
    answers = [
        writing.Answer(ask=ask, draw=draw, text=text, finish_reason="stop")
        for ask in asks
        for draw in ask.draws
    ]
    return writing.answers_save(owner="me", answers={unit.pk: answers})


def parse(run: Run, unit: WorkUnit, stage: str) -> int:
    return writing.completions_parse(
        run=run, unit=unit, owner="me", stage=stage, seed_ids=seed_ids(run)
    )


def go(run: Run, unit: WorkUnit) -> None:
    for stage in run.recipe.stages:
        save(run, unit, left(run, stage), TEXTS[stage])
        parse(run, unit, stage)


def test_a_unit_goes_from_seeds_to_responses_and_sends_them_to_validation(
    run: Run, unit: WorkUnit
) -> None:
    go(run, unit)
    assert Concepts.objects.count() == Instruction.objects.count() == 2
    assert Response.objects.count() == 4
    sent = run.job.units.filter(queue="validate")
    ids = [pk for unit in sent for pk in unit.payload["responses"]]
    assert sorted(ids) == sorted(Response.objects.values_list("pk", flat=True))


def test_what_an_instruction_was_asked_to_be_is_stored_with_it(run: Run, unit: WorkUnit) -> None:
    save(run, unit, left(run, "s_c"), TEXTS["s_c"])
    parse(run, unit, "s_c")
    asks = left(run, "c_i")
    save(run, unit, asks, TEXTS["c_i"])
    parse(run, unit, "c_i")
    rows = {row.concepts_id: row for row in Instruction.objects.all()}
    assert len(asks) == len(rows) == 2
    for ask in asks:
        row, drawn = rows[ask.input_id], ask.properties
        stored = (row.task, row.style, row.difficulty, row.category, row.dialect)
        assert all(stored)
        assert stored == (
            *(drawn.task, drawn.style, drawn.difficulty, drawn.category, drawn.dialect),
        )


def test_a_unit_whose_answers_were_saved_has_its_earlier_attempts_forgotten(
    run: Run, unit: WorkUnit
) -> None:
    WorkUnit.objects.filter(pk=unit.pk).update(attempts=4)
    unit.refresh_from_db()
    asks = left(run, "s_c")
    save(run, unit, asks[:1], TEXTS["s_c"])
    unit.refresh_from_db()
    assert unit.attempts == 1
    WorkUnit.objects.filter(pk=unit.pk).update(attempts=4)
    unit.refresh_from_db()
    save(run, unit, asks[:1], TEXTS["s_c"])
    unit.refresh_from_db()
    assert unit.attempts == 4


def test_what_a_stopped_run_has_written_is_validated_all_the_same(run: Run, unit: WorkUnit) -> None:
    go(run, unit)
    assert work.stop_job(job=run.job)
    waiting = run.job.units.filter(queue="validate")
    assert waiting and all(work.claim(unit_id=each.pk, owner="cpu") for each in waiting)


def test_what_is_stored_is_not_asked_again(run: Run, unit: WorkUnit) -> None:
    first, second = left(run, "s_c")
    save(run, unit, [first], TEXTS["s_c"])
    assert [ask.input_id for ask in left(run, "s_c")] == [second.input_id]
    save(run, unit, [first, second], TEXTS["s_c"])
    assert Completion.objects.count() == 2


def test_a_raw_completion_that_was_not_parsed_is_parsed_by_the_next(
    run: Run, unit: WorkUnit
) -> None:
    save(run, unit, left(run, "s_c"), TEXTS["s_c"])
    assert not Concepts.objects.exists()
    assert parse(run, unit, "s_c") == 2
    assert parse(run, unit, "s_c") == 0


def test_text_that_cannot_be_parsed_stays_with_its_reason(run: Run, unit: WorkUnit) -> None:
    save(run, unit, left(run, "s_c"), "")
    assert parse(run, unit, "s_c") == 0
    assert set(Completion.objects.values_list("parsed", "reason")) == {(True, "empty")}


def test_a_worker_that_lost_its_lease_cannot_write(run: Run, unit: WorkUnit) -> None:
    asks = left(run, "s_c")
    WorkUnit.objects.update(lease_owner="another")
    assert save(run, unit, asks, TEXTS["s_c"]) == {}
    assert not Completion.objects.exists()


def test_all_prompts_of_a_unit_share_their_prefix_and_can_be_rebuilt(
    run: Run, unit: WorkUnit
) -> None:
    assert len({ask.prompt.prefix for ask in left(run, "s_c")}) == 1
    go(run, unit)
    completion = Completion.objects.filter(stage="c_i").first()
    assert completion
    row = Concepts.objects.get(pk=completion.input_id)
    assert "SQL" in rebuilt_prompt(completion, row).text
    row.items = ["something else"]
    with pytest.raises(PromptChangedError):
        rebuilt_prompt(completion, row)


def test_a_completion_that_cannot_be_parsed_costs_only_itself(
    run: Run, unit: WorkUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_one = writing.parse_completion
    odd = seed_ids(run)[0]

    def parse_completion(completion: Completion, *, recipe: Recipe) -> Any:
        if completion.seed_id == odd:
            raise RecursionError("too deep")
        return parse_one(completion, recipe=recipe)

    monkeypatch.setattr(writing, "parse_completion", parse_completion)
    save(run, unit, left(run, "s_c"), TEXTS["s_c"])
    assert parse(run, unit, "s_c") == 1 and Concepts.objects.count() == 1
    failed = Completion.objects.get(seed=odd)
    assert failed.parsed and failed.reason == "parser_crashed"
    assert "RecursionError: too deep" in failed.message


def test_an_answer_that_cannot_be_stored_is_rejected_with_the_reason_and_the_others_are_there(
    run: Run, unit: WorkUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_of, odd = writing._completion, seed_ids(run)[0]

    def completion(answer: writing.Answer) -> Completion:
        row = row_of(answer)
        if answer.ask.seed_id == odd and not answer.reason:
            row.stop_reason = "x" * 81
        return row

    monkeypatch.setattr(writing, "_completion", completion)
    saved = save(run, unit, left(run, "s_c"), TEXTS["s_c"])
    assert len(saved[unit.pk]) == 2
    assert parse(run, unit, "s_c") == 1 and Concepts.objects.count() == 1
    failed = Completion.objects.get(seed=odd)
    assert (failed.parsed, failed.reason, failed.text) == (True, "not_stored", "")
    assert "value too long" in failed.message
    assert left(run, "s_c") == []


def test_a_row_that_cannot_be_stored_costs_only_its_completion(
    run: Run, unit: WorkUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_one, odd = writing.parse_completion, seed_ids(run)[0]

    def parse_completion(completion: Completion, *, recipe: Recipe) -> Any:
        found = parse_one(completion, recipe=recipe)
        return ("a\0b",) if completion.seed_id == odd else found

    monkeypatch.setattr(writing, "parse_completion", parse_completion)
    saved = save(run, unit, left(run, "s_c"), TEXTS["s_c"])
    made = writing.saved_parse(owner="me", saved=saved, runs={run.pk: run})
    assert len(made[unit.pk]) == Concepts.objects.count() == 1
    failed = Completion.objects.get(seed=odd)
    assert failed.parsed and failed.reason == "parser_crashed"


def test_a_row_that_no_prompt_can_be_built_of_is_asked_nothing_and_keeps_nothing_from_others(
    run: Run, unit: WorkUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt_of, odd = Prompter.prompt, seed_ids(run)[0]

    def prompt(self: Prompter, row: Any, properties: Any) -> Prompt:
        if row.pk == odd:
            raise KeyError("spec")
        return prompt_of(self, row, properties)

    monkeypatch.setattr(Prompter, "prompt", prompt)
    asked = {ask.seed_id: ask for ask in left(run, "s_c")}
    assert len(asked) == 2 and asked[odd].problem.startswith(
        "No prompt can be built of it (KeyError"
    )
    assert not asked[seed_ids(run)[1]].problem
    writing.answers_save(owner="me", answers={unit.pk: unasked(asked[odd])})
    stored = Completion.objects.get()
    assert (stored.seed_id, stored.reason, stored.parsed) == (odd, "no_prompt", True)
    assert [ask.seed_id for ask in left(run, "s_c")] == [seed_ids(run)[1]]
