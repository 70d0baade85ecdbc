"""The dispatcher over real HTTP: samples together, arrangements, many units, and what goes wrong."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.db import OperationalError, connection

from apps.core import work
from apps.core.models import WorkUnit
from apps.generation.caching import cached_share
from apps.generation.models import Completion, Response, Run
from apps.generation.prompting import Prompter
from apps.generation.runs import Selection, run_start
from apps.generation.stages.base import Prompt
from apps.generation.writing import Answer as Written
from apps.seeds.models import Seed
from tests.builders import make_recipe, make_run, make_seed, make_version
from tests.worker.fake_server import Answer, FakeServer, says, sleeps
from tests.worker.serving import HASTY, serve
from worker import generating, tasks
from worker.dispatching.store import Store

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "update statement, where clause"
LAUNCH = {"engine": "vllm", "version": "0.33.0", "command": "vllm serve tiny"}


def choices(handler: BaseHTTPRequestHandler, most: int = 64) -> dict[str, Any]:
    """What vLLM answers: as many samples as were asked for, in any order; tokens of all."""
    asked = handler.question  # type: ignore[attr-defined]
    count = min(asked.get("n", 1), most)
    return {
        "choices": [
            {"index": n, "text": f"{TEXT} {n}", "finish_reason": "stop"}
            for n in reversed(range(count))
        ],
        "usage": {
            "prompt_tokens": 160,
            "completion_tokens": 10 * count,
            "prompt_tokens_details": {"cached_tokens": 128},
        },
    }


def samples(most: int = 64) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        says(choices(handler, most))(handler)

    return answer


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch, fake: FakeServer) -> FakeServer:
    """A server that says it is vLLM."""
    serve(monkeypatch, fake.url, launch=LAUNCH, **HASTY)
    fake.pages["/v1/models"] = says({"data": [{"id": "tiny", "owned_by": "vllm"}]})
    fake.always = samples()
    return fake


def made_run(seeds: int = 1, *, per_unit: int = 16, **recipe: Any) -> Run:
    for number in range(seeds - Seed.objects.count()):
        make_seed(f"SELECT a FROM t{number}")
    made = make_recipe(version=make_version(examples=6), **{"responses": 4, **recipe})
    return run_start(recipe=made, selection=Selection(count=seeds), seeds_per_unit=per_unit)


def done(run: Run) -> Run:
    for unit in run.job.units.filter(queue="generate", status="waiting"):
        tasks.work(unit.pk)
    run.refresh_from_db()
    return run


def work_apart(unit_id: int) -> None:
    """What a thread of the worker does; its connection ends with it."""
    tasks.work(unit_id)
    connection.close()


def asked(fake: FakeServer, words: str) -> list[dict[str, Any]]:
    """Questions of the stage whose prompts end with these words, without those that warm up."""
    return [
        one
        for one in fake.asked
        if one["prompt"].rstrip().endswith(words) and one["max_tokens"] > 1
    ]


def test_all_draws_of_a_prompt_are_samples_of_one_request_with_seeds_that_follow(
    vllm: FakeServer,
) -> None:
    run = done(made_run())
    (question,) = asked(vllm, "### Response")
    assert question["n"] == 4
    rows = list(Completion.objects.filter(stage="i_r").order_by("draw"))
    assert [(row.draw, row.sample) for row in rows] == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert [row.sampling_seed for row in rows] == [question["seed"] + n for n in range(4)]
    assert [row.text for row in rows] == [f"{TEXT} {n}" for n in range(4)]
    assert [row.prompt_tokens for row in rows] == [160, 0, 0, 0]
    assert sum(row.completion_tokens for row in rows) == 40
    assert Response.objects.count() == 4
    assert run.servers == [LAUNCH]


def test_samples_that_a_server_leaves_out_are_asked_for_one_by_one(vllm: FakeServer) -> None:
    vllm.always = samples(most=3)
    done(made_run())
    together, alone = asked(vllm, "### Response")
    assert together["n"] == 4 and "n" not in alone
    assert alone["seed"] == together["seed"] + 3
    assert Response.objects.count() == 4


def test_a_server_that_refuses_several_samples_is_asked_for_each_alone(vllm: FakeServer) -> None:
    refusal = says({"error": {"message": "n must be 1"}}, status=400)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        several = handler.question.get("n", 1) > 1  # type: ignore[attr-defined]
        (refusal if several else samples())(handler)

    vllm.always = answer
    run = done(made_run())
    assert run.job.message == "" and Response.objects.count() == 4
    seeds = [one["seed"] for one in asked(vllm, "### Response")]
    assert sorted(seeds[1:]) == [seeds[0] + n for n in range(4)]


def test_other_servers_are_asked_for_draws_one_by_one(vllm: FakeServer) -> None:
    vllm.pages["/v1/models"] = says({"data": [{"id": "tiny", "owned_by": "somebody"}]})
    done(made_run())
    questions = asked(vllm, "### Response")
    assert len(questions) == 4 and not any("n" in one for one in questions)
    assert len({one["seed"] for one in questions}) == 4


def test_prompts_of_an_arrangement_begin_alike_and_go_out_after_one_that_warms_up(
    vllm: FakeServer,
) -> None:
    # Which seed has which arrangement hangs on this number: with it all six are there.
    run = done(made_run(40, arrangements=2, responses=1, random_seed=1))
    assert run.recipe.arrangements == 6, "the least number that shows all six equally often"
    first: dict[str, list[int]] = {}
    for question in vllm.asked:
        start = question["prompt"].rpartition("## Example")[0]
        first.setdefault(start, []).append(question["max_tokens"])
    for limits in first.values():
        if len(limits) > 1:
            assert limits[0] == 1 and limits.count(1) == 1, limits
    rows = Completion.objects.filter(run=run)
    assert set(rows.values_list("arrangement", flat=True)) == set(range(6))
    shown = Counter(number for row in rows.filter(stage="s_c") for number in row.example_numbers)
    assert set(shown) == set(range(1, 7))
    told = cached_share(run)
    assert told.prompt == 160 * 120 and told.measured == 128 * 120
    assert 0.5 < told.expected_share <= 1.0


def test_a_seed_that_is_answered_late_holds_up_no_other(vllm: FakeServer) -> None:
    """The next stages of all other seeds, and other units, are done meanwhile."""
    slow = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "FROM t0\n" in handler.question["prompt"]:  # type: ignore[attr-defined]
            slow.wait(180)
        samples()(handler)

    vllm.always = answer
    run = made_run(12, per_unit=6, responses=2)
    working = threading.Thread(target=work_apart, args=(run.job.units.earliest("id").pk,))
    working.start()
    leased = run.job.units.filter(status="leased")
    for _ in range(1200):  # looks, not seconds: a machine that stood still is not late
        if (Response.objects.count(), leased.count()) == (22, 1):
            break
        time.sleep(0.1)
    written, slow_units = Response.objects.count(), leased.count()
    slow.set()
    working.join(60)
    assert (written, slow_units) == (22, 1)
    assert Response.objects.count() == 24
    assert not run.job.units.filter(queue="generate").exclude(status="done").exists()


def test_answers_of_several_stages_that_come_together_are_each_followed_by_their_own(
    vllm: FakeServer,
) -> None:
    run = made_run(2, arrangements=1)
    store = Store("tester")
    (unit,) = store.claim_next(1, -1, 1)
    held = store.load(unit, None)  # type: ignore[arg-type]
    first, second = store.asks(held)
    concepts = [Written(ask=first, draw=0, text=TEXT, finish_reason="stop")]
    (instruction,) = store.save({unit.pk: concepts}, {unit.pk: held})[unit.pk]
    assert (run.pk, instruction.stage) == (held.run.pk, "c_i")
    together = [
        Written(ask=second, draw=0, text=TEXT, finish_reason="stop"),
        Written(ask=instruction, draw=0, text=f"Write a query: {TEXT}", finish_reason="stop"),
    ]
    following = store.save({unit.pk: together}, {unit.pk: held})[unit.pk]
    assert sorted((ask.stage, ask.seed_id) for ask in following) == sorted(
        [("i_r", first.seed_id), ("c_i", second.seed_id)]
    )
    store.close()


def test_units_of_another_run_are_done_beside_and_urgent_ones_first(vllm: FakeServer) -> None:
    first, urgent = made_run(4, per_unit=2), made_run(4, per_unit=2, random_seed=99)
    urgent.job.units.update(priority=5)
    tasks.work(first.job.units.earliest("id").pk)
    for run in (first, urgent):
        assert not run.job.units.filter(queue="generate").exclude(status="done").exists()
    ended = list(urgent.job.units.filter(queue="generate").values_list("finished_at", flat=True))
    last = first.job.units.filter(queue="generate").latest("finished_at")
    assert last.finished_at and max(filter(None, ended)) <= last.finished_at


def test_a_stopped_run_gives_its_units_back_and_keeps_what_was_written(
    vllm: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LEASE", timedelta(seconds=3))
    vllm.always = sleeps(0.3, samples())
    run = made_run(40, per_unit=4)
    working = threading.Thread(target=work_apart, args=(run.job.units.earliest("id").pk,))
    working.start()
    until = time.monotonic() + 120
    while not Completion.objects.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert work.stop_job(job=run.job)
    working.join(60)
    assert not working.is_alive()
    assert not run.job.units.filter(status="leased").exists()
    written = Completion.objects.count()
    assert 0 < written < 40 * 6
    assert work.resume_job(job=run.job)
    vllm.always = samples()
    done(run)
    assert Response.objects.count() == 160
    keys = Completion.objects.values_list("stage", "input_id", "draw")
    assert len(set(keys)) == len(keys) == 240


def test_a_worker_that_is_asked_to_end_waits_a_little_and_gives_its_units_back(
    vllm: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    vllm.always = sleeps(0.5, samples())
    run = made_run(30, per_unit=5)
    desk = generating._Desk()
    monkeypatch.setattr(generating, "_desk", desk)
    working = threading.Thread(target=work_apart, args=(run.job.units.earliest("id").pk,))
    working.start()
    until = time.monotonic() + 120
    while not vllm.asked and time.monotonic() < until:
        time.sleep(0.05)
    desk.close()
    working.join(60)
    assert not working.is_alive()
    generate = run.job.units.filter(queue="generate")
    assert set(generate.values_list("status", "attempts")) == {("waiting", 0)}
    paid = len([one for one in vllm.asked if one["max_tokens"] > 1])
    assert Completion.objects.filter(stage="s_c").count() == paid, "what was under way is kept"


def test_a_seed_that_no_prompt_can_be_built_of_is_rejected_and_the_others_go_all_the_way(
    vllm: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt_of = Prompter.prompt

    def prompt(self: Prompter, row: Any, *others: Any) -> Prompt:
        if "t1" in getattr(row, "text", "") and self.mode == "s_c":
            raise ValueError("an odd seed")
        return prompt_of(self, row, *others)

    monkeypatch.setattr(Prompter, "prompt", prompt)
    run = done(made_run(3))
    assert set(run.job.units.filter(queue="generate").values_list("status")) == {("done",)}
    assert Response.objects.count() == 8
    rejected = Completion.objects.exclude(reason="").get()
    assert (rejected.stage, rejected.reason) == ("s_c", "no_prompt")
    assert "an odd seed" in rejected.message


def test_answers_wait_for_a_database_that_is_away(
    vllm: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, failures = Store.save, iter(range(3))

    def lost(self: Store, *args: Any) -> Any:
        if next(failures, None) is not None:
            connection.close()
            raise OperationalError("server closed the connection unexpectedly")
        return save(self, *args)

    monkeypatch.setattr(Store, "save", lost)
    run = done(made_run(3))
    assert Response.objects.count() == 12
    assert len(asked(vllm, "### Response")) == 3, "nothing is paid for twice"
    assert set(run.job.units.filter(queue="generate").values_list("status")) == {("done",)}


def test_an_unfinished_unit_of_an_older_winnow_is_gone_on_with(vllm: FakeServer) -> None:
    recipe = make_recipe()
    recipe.pk, recipe.fingerprint, recipe.arrangements = None, "of an older one", 0
    recipe.save()
    run = make_run(recipe=recipe, seeds=[make_seed(), make_seed()])
    run.job.units.create(queue="generate", key="seeds-0", payload={"first": 0, "last": 1})
    done(run)
    assert Response.objects.count() == 4
    assert set(Completion.objects.values_list("arrangement", flat=True)) == {None}
    assert not any("n" in question for question in vllm.asked), "its draws' seeds are unlike"


def test_each_of_several_servers_gets_the_arrangements_that_are_its_own(
    vllm: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another's are taken only where none of its own waits: a server that is done helps out."""
    own_first: list[bool] = []
    helped: list[WorkUnit] = []
    places = [-1]
    claim_next = Store.claim_next

    def noted(store: Store, count: int, part: int, parts: int) -> list[WorkUnit]:
        waiting = WorkUnit.objects.filter(queue="generate", status="waiting")
        mine = [unit for unit in waiting if unit.payload["arrangement"] % parts == places[-1]]
        found = claim_next(store, count, part, parts)
        if part == -1:
            own_first.append(not mine)
            helped.extend(found)
        places.append(part)
        return found

    monkeypatch.setattr(Store, "claim_next", noted)
    with FakeServer() as second:
        second.pages, second.always = vllm.pages, vllm.always
        servers = [vllm, second]
        serve(monkeypatch, *(each.url for each in servers), slots=64)
        run = done(made_run(seeds=24, per_unit=2, arrangements=4))
        assert run.job.message == "" and Response.objects.count() == 24 * 4
        assert all(own_first)
        others = {
            seed.text
            for unit in helped
            for seed in Seed.objects.filter(
                runseed__run=run,
                runseed__position__range=(unit.payload["first"], unit.payload["last"]),
            )
        }
        rows = Completion.objects.filter(stage="s_c").exclude(seed__text__in=others)
        there = dict(rows.values_list("seed__text", "arrangement"))
        told = []
        for place, server in enumerate(servers):
            texts = [one["prompt"] for one in asked(server, "### Concepts")]
            mine = {there[text] for text in there for one in texts if f"{text}\n" in one}
            told.append(mine)
            assert {arrangement % 2 for arrangement in mine} == {place}
        assert set.union(*told) == set(there.values())


def test_an_empty_window_takes_several_units_at_once_by_what_they_ask_first(
    vllm: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[int] = []
    claim_next = Store.claim_next

    def noted(store: Store, count: int, part: int, parts: int) -> list[WorkUnit]:
        wanted.append(count)
        return claim_next(store, count, part, parts)

    monkeypatch.setattr(Store, "claim_next", noted)
    done(made_run(seeds=24, per_unit=2))
    # A window of 14 has room for six further units of two seeds; half of them may be others'.
    assert wanted[0] == 3
    assert Response.objects.count() == 24 * 4


def test_answers_that_come_about_together_are_saved_together(
    vllm: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    save = Store.save

    def noted(store: Store, answers: Any, units: Any) -> Any:
        batches.append(sum(map(len, answers.values())))
        return save(store, answers, units)

    monkeypatch.setattr(Store, "save", noted)
    done(made_run(seeds=24, per_unit=8))
    assert sum(batches) == Completion.objects.count() == 24 * 6
    assert len(batches) <= 24 * 6 / 4, batches
