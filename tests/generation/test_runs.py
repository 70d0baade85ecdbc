"""A run's seeds: drawn evenly, the same for the same recipe, each once."""

import pytest

from apps.core.models import Job
from apps.generation.models import Run
from apps.generation.runs import NoSeedsError, Selection, run_start
from apps.generation.stages.arranging import arrangement_of
from tests.builders import make_recipe, make_seed

pytestmark = pytest.mark.django_db


def chosen(run: Run) -> list[int]:
    return list(run.chosen.order_by("position").values_list("seed_id", flat=True))


def test_the_same_random_seed_draws_the_same_and_another_draws_other_seeds() -> None:
    for _ in range(40):
        make_seed()
    first, second = make_recipe(random_seed=1), make_recipe(random_seed=2)
    one = chosen(run_start(recipe=first, selection=Selection(count=10)))
    assert one == chosen(run_start(recipe=first, selection=Selection(count=10)))
    assert one != chosen(run_start(recipe=second, selection=Selection(count=10)))
    assert len(set(one)) == 10


def test_more_than_there_is_takes_every_seed_once_in_positions_without_a_gap() -> None:
    seeds = {make_seed().pk for _ in range(7)}
    run = run_start(recipe=make_recipe(), selection=Selection(count=100), seeds_per_unit=3)
    assert set(chosen(run)) == seeds
    assert sorted(run.chosen.values_list("position", flat=True)) == list(range(7))
    slices = [unit.payload for unit in run.job.units.order_by("id")]
    assert [(slice_["first"], slice_["last"]) for slice_ in slices] == [(0, 2), (3, 5), (6, 6)]


def test_a_unit_has_seeds_of_one_arrangement_which_follows_from_the_seed() -> None:
    for number in range(60):
        make_seed(f"SELECT {number}")
    recipe = make_recipe(arrangements=6, random_seed=5)
    run = run_start(recipe=recipe, selection=Selection(count=50), seeds_per_unit=4)
    units = list(run.job.units.order_by("id"))
    for unit in units:
        of_unit = run.chosen.filter(position__range=(unit.payload["first"], unit.payload["last"]))
        hashes = [bytes(one.seed.text_hash) for one in of_unit.select_related("seed")]
        assert 1 <= len(hashes) <= 4
        assert {arrangement_of(one, random_seed=5, count=6) for one in hashes} == {
            unit.payload["arrangement"]
        }
    arrangements = [unit.payload["arrangement"] for unit in units]
    assert arrangements == sorted(arrangements) and set(arrangements) == set(range(6))
    assert sorted(run.chosen.values_list("position", flat=True)) == list(range(50))


def test_a_selection_takes_only_its_kinds_and_described_seeds() -> None:
    make_seed()
    wanted = make_seed(kind="select", description_source="comment")
    selection = Selection(count=5, kinds=("select",), described=True)
    assert chosen(run_start(recipe=make_recipe(), selection=selection)) == [wanted.pk]


def test_without_a_fitting_seed_nothing_is_made() -> None:
    with pytest.raises(NoSeedsError, match="gather some first"):
        run_start(recipe=make_recipe(), selection=Selection(count=5))
    assert not Run.objects.exists() and not Job.objects.exists()
