"""An example's effect: known values, cover, and planted effects that are found."""

import math
import random
from collections.abc import Iterable

import pytest

from apps.core.evidence import Rate
from apps.evidence.statistics.effect import Cell, Effect, labels_planned
from apps.evidence.statistics.effects import effect, effects, together
from apps.evidence.statistics.selection import noticed
from apps.generation.stages.arranging import draw_arrangements

EXAMPLES = 16
NUMBERS = range(1, EXAMPLES + 1)


# A cell, and whether it shows the example.
Side = tuple[Cell, bool]
Effects = dict[int, Effect]


def of_means(shown: list[int], without: list[int], whole: int = 100) -> list[Side]:
    sides = [(True, part) for part in shown] + [(False, part) for part in without]
    return [(Cell("select", str(n), part, whole), side) for n, (side, part) in enumerate(sides)]


def effect_of(sides: list[Side]) -> Effect:
    return effect([cell for cell, _ in sides], [side for _, side in sides])


def test_of_equal_arrangements_it_is_the_t_test_of_their_means() -> None:
    # Means 0.70 ± and 0.50 ±: R's t.test(c(.6, .7, .8), c(.4, .5, .6), var.equal = TRUE):
    # t = 2.4495, df = 4, p = 0.07048, interval -0.0267 to 0.4267.
    found = effect_of(of_means([60, 70, 80], [40, 50, 60]))
    assert found.shown == Rate(210, 300) and found.not_shown == Rate(150, 300)
    assert found.difference == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((-0.0267, 0.4267), abs=5e-5)
    assert found.chance == pytest.approx(0.07048, abs=5e-6)
    assert str(found) == "+20 points (−3 to +43)" and not found.is_clear
    assert found.more == math.ceil(600 * ((0.2266957 / 0.2) ** 2 - 1))


def test_strata_weigh_as_mantel_and_haenszel_have_it() -> None:
    # Kinds of 10+30 and 20+20 pairs: weights 7.5 and 10, differences 0.4 and 0.1.
    cells = [
        (Cell("a", "1", 8, 10), True), (Cell("a", "2", 12, 30), False),
        (Cell("b", "1", 6, 20), True), (Cell("b", "2", 4, 20), False),
        (Cell("a", "3", 0, 0), True), (Cell("a", "4", 0, 0), False),
    ]  # fmt: skip
    assert effect_of(cells).why == "only 2 arrangements were used"
    split = [
        (Cell(c.stratum, f"{c.arrangement}{half}", c.part // 2 + one, c.whole // 2), side)
        for c, side in cells
        for half, one in (("x", 1), ("y", -1))
    ]
    assert effect_of(split).difference == pytest.approx((7.5 * 0.4 + 10 * 0.1) / 17.5)


def test_a_kind_that_is_hard_makes_no_effect_where_it_is_asked_more_often() -> None:
    cells = []
    for n in range(8):
        easy, hard = (90, 10) if n % 2 else (10, 90)
        cells += [(Cell("easy", str(n), easy * 9 // 10, easy), bool(n % 2))]
        cells += [(Cell("hard", str(n), hard // 10 + n // 6, hard), bool(n % 2))]
    found = effect_of(cells)
    assert found.shown.value and found.not_shown.value
    assert found.shown.value - found.not_shown.value > 0.5
    assert found.difference == pytest.approx(0, abs=0.02) and not found.is_clear


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ([], "none of its pairs is judged yet"),
        (of_means([50] * 5, []), "every prompt showed it"),
        (of_means([], [50] * 5), "no prompt showed it"),
        (of_means([50], [50, 51]), "only 3 arrangements were used"),
        (of_means([50] * 3, [50] * 3), "all its pairs came to the same: nothing tells chance"),
    ],
)
def test_what_cannot_be_known_says_why(cells: list[Side], why: str) -> None:
    found = effect_of(cells)
    assert (found.difference, found.why, found.more, str(found)) == (None, why, None, "–")


def test_one_in_which_nothing_of_consequence_is_left_is_decided_too() -> None:
    found = effect_of(of_means([50, 51, 49, 50], [50, 49, 51, 50]))
    assert found.is_slight and found.more == 0 and not found.is_clear


def test_what_one_arrangement_of_a_block_shows_the_others_do_not() -> None:
    # Pairs of arrangements: 10 points apart in each, whatever else moves them.
    cells = [
        (Cell("select", f"{block}{side}", base + 10 * side + wobble, 100, block), side)
        for block, base, wobble in (("a", 20, 1), ("b", 50, -1), ("c", 70, 2), ("d", 80, -2))
        for side in (True, False)
        for wobble in [wobble * side]
    ]
    found = effect_of(cells)
    assert found.difference == pytest.approx(0.1)
    # R: t.test(c(.11, .09, .12, .08)): df = 3, interval 0.0709 to 0.1291.
    assert (found.low, found.high) == pytest.approx((0.0709, 0.1291), abs=5e-5)


def test_of_many_findings_those_hold_that_benjamini_and_hochberg_keep() -> None:
    # The fifteen of their paper (section 3.2): the first four are kept.
    chances = [.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719,
               .6528, .7590, 1.0]  # fmt: skip
    assert noticed(chances) == [True] * 4 + [False] * 11
    assert noticed([]) == []


def a_run(
    drawn: random.Random, planted: dict[int, float], *, shown: int, seeds: int, key: str
) -> tuple[list[Cell], dict[str, frozenset[int]]]:
    """A simulated run's cells and what its arrangements show: 32 arrangements, three kinds of other
    difficulty, four responses a seed that share its luck.
    """
    arrangements = draw_arrangements(tuple(NUMBERS), shown=shown, count=32, key=key)
    effect_of_all = [sum(planted.get(n, 0) for n in each) for each in arrangements]
    counts: dict[tuple[int, str], list[int]] = {}
    for _ in range(seeds):
        place = drawn.randrange(32)
        kind, base = drawn.choice([("select", 0.6), ("update", 0.5), ("create_view", 0.45)])
        share = base + drawn.gauss(0, 0.1) + effect_of_all[place]
        cell = counts.setdefault((place, kind), [0, 0])
        cell[0] += sum(drawn.random() < share for _ in range(4))
        cell[1] += 4
    cells = [
        Cell(kind, str(place), part, whole, block=str(place // (EXAMPLES // shown)))
        for (place, kind), (part, whole) in counts.items()
    ]
    return cells, {str(place): frozenset(each) for place, each in enumerate(arrangements)}


def missing(found: Iterable[Effect], truth: float) -> int:
    return sum(not each.low <= truth <= each.high for each in found)


def simulated(planted: dict[int, float], *, shown: int, seeds: int, runs: int) -> list[Effects]:
    """The effects that each of so many runs found, as a page shows them."""
    drawn, many = random.Random(4), []
    for n in range(runs):
        cells, shows = a_run(drawn, planted, shown=shown, seeds=seeds, key=f"k{n % 100}")
        found = effects(cells, shows, NUMBERS)
        many.append(dict(zip(found, together(list(found.values())), strict=True)))
    return many


def within_five_of_a_hundred(missed: float, of: int) -> bool:
    """Two standard errors of the simulation are allowed for."""
    return missed / of <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / of)


@pytest.mark.parametrize("shown", [8, 1])
def test_intervals_cover_where_no_example_does_anything(shown: int) -> None:
    many = simulated({}, shown=shown, seeds=400, runs=200)
    missed = [missing(found.values(), 0.0) for found in many]
    assert within_five_of_a_hundred(sum(missed), 200 * EXAMPLES)
    # All sixteen of a run at once, since people look at all: an interval that misses was picked.
    assert within_five_of_a_hundred(sum(map(bool, missed)), 200)


def test_an_interval_that_is_looked_at_alone_covers_though_others_have_effects() -> None:
    drawn = random.Random(6)
    missed = 0
    for n in range(150):
        cells, shows = a_run(drawn, {3: 0.15, 11: -0.15}, shown=8, seeds=300, key=f"c{n}")
        found = effect(cells, [3 in shows[cell.arrangement] for cell in cells])
        # Where it is not shown another has its place: against the mean of the 15 others.
        missed += missing([found], 0.15 + 0.15 / 15)
    assert within_five_of_a_hundred(missed, 150)


@pytest.mark.parametrize(
    ("planted", "shown", "seeds"),
    [
        ({3: 0.2}, 8, 400),
        ({3: 0.2, 11: -0.2}, 8, 300),
        ({3: 0.2, 11: -0.2}, 4, 600),
        ({3: 0.3, 11: -0.3}, 1, 600),
        ({3: 0.1, 11: -0.1}, 8, 400),
        ({3: 0.2, 5: 0.1, 11: -0.2, 14: -0.1}, 8, 900),
    ],
)
def test_intervals_cover_planted_effects_picked_or_not(
    planted: dict[int, float], shown: int, seeds: int
) -> None:
    runs = 200
    many = simulated(planted, shown=shown, seeds=seeds, runs=runs)
    for number, truth in planted.items():
        assert within_five_of_a_hundred(missing((f[number] for f in many), truth), runs), number
    others = [each for found in many for n, each in found.items() if n not in planted]
    assert within_five_of_a_hundred(missing(others, 0.0), len(others))
    picked = [(each, truth) for found in many for n, truth in planted.items()
              if (each := found[n]).is_clear]  # fmt: skip
    assert within_five_of_a_hundred(sum(missing([e], t) for e, t in picked), len(picked) or 1)
    # Of the intervals that a run picks, whichever they are: what Benjamini and Yekutieli promise.
    shares = [
        sum(missing([each], planted.get(n, 0.0)) for n, each in found.items() if each.is_clear)
        / max(1, sum(each.is_clear for each in found.values()))
        for found in many
    ]
    assert within_five_of_a_hundred(sum(shares), runs)


def test_an_interval_leaves_0_out_exactly_where_the_finding_holds() -> None:
    for found in simulated({3: 0.2, 11: -0.2}, shown=8, seeds=400, runs=40):
        held = noticed([each.chance for each in found.values()])
        assert [each.is_clear for each in found.values()] == held
        # What is missing for a decision: none where it holds.
        assert all(each.more == 0 for each in found.values() if each.is_clear)


def test_what_cannot_be_known_makes_no_interval_wider() -> None:
    known, unknown = effect_of(of_means([60, 70, 80], [40, 50, 60])), effect_of([])
    assert together([known]) == [known]
    assert together([known, unknown, unknown]) == [known, unknown, unknown]
    # Of two that do not hold each misses 2.5 %. R: qt(1 - .0125, 4) = 3.495406.
    wider = together([known, known])[0]
    assert wider.high - 0.2 == pytest.approx(3.495406 * known.error, rel=1e-6)
    assert together([]) == []


def test_a_planted_good_and_a_planted_harmful_example_are_found() -> None:
    drawn = random.Random(5)
    planted = {3: 0.2, 11: -0.2}
    good = bad = others = near = 0
    for n in range(30):
        alone = effects(*a_run(drawn, planted, shown=8, seeds=900, key=f"p{n}"), NUMBERS)
        found = dict(zip(alone, together(list(alone.values())), strict=True))
        good += found[3].low > 0
        bad += found[11].high < 0
        others += sum(each.is_clear for k, each in found.items() if k not in planted)
        near += sum(abs((found[k].difference or 0) - share) < 0.1 for k, share in planted.items())
    # At least four of five times, among all 16 that are looked at.
    assert good >= 24 and bad >= 24 and near >= 54
    assert others / (30 * (EXAMPLES - 2)) <= 0.05


def test_so_many_labels_more_as_are_said_decide_it_more_often_than_not() -> None:
    drawn, said, decided = random.Random(8), 0, 0
    for n in range(60):
        before = one_of_many(drawn, seeds=150, key=f"m{n}")
        pairs = before.shown.whole + before.not_shown.whole
        if not before.more or before.more > 20 * pairs:
            continue
        said += 1
        seeds = math.ceil(150 * (pairs + before.more) / pairs)
        decided += one_of_many(drawn, seeds=seeds, key=f"m{n}").more == 0
    assert said >= 30 and decided / said >= 0.5


def one_of_many(drawn: random.Random, *, seeds: int, key: str) -> Effect:
    """What a page says of an example that helps a little, beside fifteen that do nothing."""
    alone = effects(*a_run(drawn, {3: 0.12}, shown=8, seeds=seeds, key=key), NUMBERS)
    return dict(zip(alone, together(list(alone.values())), strict=True))[3]


def test_labels_are_planned_as_for_two_shares_that_are_compared() -> None:
    # 2 × 1.96² × 0.25 / 0.1² = 192.07 of either side, where half of the pairs show it.
    assert labels_planned(50, 100) == 385
    assert labels_planned(1, 16) == labels_planned(15, 16) == 1640
    assert labels_planned(0, 9) is None and labels_planned(9, 9) is None
    assert labels_planned(0, 0) is None
