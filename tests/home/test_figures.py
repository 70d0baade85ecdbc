"""The figures: counted in the background, read with one query."""

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.core.models import Figure, Job
from apps.exports.models import Export
from apps.generation.models import Concepts, Instruction, Response
from apps.generation.recipes import RecipeSpec, recipe_of_trial
from apps.home.figures import Figures, count_figures, read_figures
from apps.home.sample import sample_bring
from tests.builders import make_completion, make_response, make_run, make_seed, make_version
from tests.generation.test_importing import read
from tests.home.data import make_pairs

pytestmark = pytest.mark.django_db


def test_every_step_of_the_way_is_counted() -> None:
    make_pairs(passed=3, failed=2, good=2, bad=1, seeds=4)
    counted = count_figures()
    assert (counted.seeds, counted.source_files) == (4, 1)
    assert (counted.instructions, counted.responses) == (5, 5)
    assert (counted.passed, counted.validated) == (3, 5)
    assert (counted.labelled, counted.good, counted.bad, counted.open) == (3, 2, 1, 2)
    assert read_figures() == counted


def test_the_early_steps_have_their_rates() -> None:
    """Of four seeds two got concepts, of their three concepts two an instruction, of the three
    instructions (one straight from its seed) two a pair.
    """
    first, second, third, _ = seeds = [make_seed() for _ in range(4)]
    run, again = make_run(seeds=seeds), make_run(seeds=seeds)
    make_response(seed=first, run=run)
    make_response(seed=first, run=again)
    # Of the second seed concepts alone, of the third an instruction alone.
    noted = make_completion(run, second, "s_c", second.pk)
    Concepts.objects.create(completion=noted, recipe=run.recipe, seed=second, items=["join"])
    said = make_completion(run, third, "s_i", third.pk)
    Instruction.objects.create(completion=said, recipe=run.recipe, seed=third, text="Count.")
    counted = count_figures()
    assert [(name, str(rate)) for name, rate, _ in counted.steps[:3]] == [
        ("with concepts, of all seeds", "2 of 4 (15–85 %)"),
        ("with an instruction, of all concepts", "2 of 3 (21–94 %)"),
        ("with a pair, of all instructions", "2 of 3 (21–94 %)"),
    ]


def test_the_early_steps_count_neither_the_sample_nor_a_try_of_a_draft() -> None:
    for brought in sample_bring():
        read(brought)
    spec = RecipeSpec(engine="url", model="tiny")
    seed = make_seed()
    tried = make_run(recipe_of_trial(fewshot=make_version(), spec=spec), [seed])
    make_response(seed=seed, run=tried)
    Response.objects.filter(run__isnull=False).update(is_held_back=True)
    counted = count_figures()
    assert (counted.seeds_with_concepts, counted.concepts_with_instruction) == (0, 0)
    assert (counted.concepts, counted.instructions_with_pair, counted.instructions) == (0, 0, 0)
    assert [name for name, _, _ in counted.steps] == ["with concepts, of all seeds"]


def test_exported_is_what_the_newest_finished_export_holds() -> None:
    for rows, status in ((7, "done"), (9, "done"), (99, "running")):
        ended = None if status == "running" else timezone.now()
        job = Job.objects.create(kind="export", status=status, finished_at=ended)
        Export.objects.create(job=job, rows=rows)
    assert count_figures().exported == 9


def test_counting_again_overwrites_the_rows() -> None:
    count_figures()
    rows = Figure.objects.count()
    make_pairs(passed=1)
    assert count_figures().responses == 1
    assert Figure.objects.count() == rows


def test_figures_that_were_never_counted_are_noughts_and_say_so() -> None:
    assert read_figures() == Figures(counted_at=None)


def test_counting_takes_two_statements_and_reading_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(2):
        count_figures()
    with django_assert_num_queries(1):
        read_figures()
