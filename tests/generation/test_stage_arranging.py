"""Arrangements: every example about equally often, the same everywhere, a seed's by its hash."""

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.generation.stages.arranging import (
    arrangement_count,
    arrangement_of,
    draw_arrangements,
)


@given(available=st.integers(1, 40), shown=st.integers(0, 12), count=st.integers(1, 40))
def test_no_example_is_shown_by_more_than_one_arrangement_more_than_another(
    available: int, shown: int, count: int
) -> None:
    numbers = tuple(range(1, available + 1))
    shown = min(shown, available)
    drawn = draw_arrangements(numbers, shown=shown, count=count, key="s_c")
    times = Counter(dict.fromkeys(numbers, 0))
    for arrangement in drawn:
        assert len(set(arrangement)) == len(arrangement) == shown
        times.update(arrangement)
    assert len(drawn) == count
    assert max(times.values()) - min(times.values()) <= 1


def test_the_same_key_draws_the_same_and_stages_draw_differently() -> None:
    numbers = tuple(range(1, 19))
    one = draw_arrangements(numbers, shown=8, count=32, key="s_c")
    assert one == draw_arrangements(numbers, shown=8, count=32, key="s_c")
    assert one != draw_arrangements(numbers, shown=8, count=32, key="c_i")
    assert len(set(one)) == 32
    firsts = Counter(arrangement[0] for arrangement in one)
    assert max(firsts.values()) <= 8, "an example stands in many places"


def test_more_examples_than_there_are_cannot_be_shown() -> None:
    with pytest.raises(ValueError, match="3 examples are to be shown and there are 2"):
        draw_arrangements((1, 2), shown=3, count=1, key="")


@pytest.mark.parametrize(
    ("wanted", "available", "shown", "count"),
    [
        (32, 18, [8, 8, 1], 18),
        (32, 8, [8, 8, 1], 32),
        (32, 40, [8, 8, 1], 40),
        (32, 3, [2, 2, 1], 30),
        (1, 18, [8, 8, 1], 1),
        (32, 18, [0, 0], 32),
        (32, 997, [8, 1], 32),
    ],
)
def test_the_number_of_arrangements_shows_all_examples_equally_often(
    wanted: int, available: int, shown: list[int], count: int
) -> None:
    assert arrangement_count(wanted, available=available, shown=shown) == count


def test_a_seed_keeps_its_arrangement_and_seeds_are_spread_evenly() -> None:
    hashes = [hashlib.sha256(str(number).encode()).digest() for number in range(6400)]
    of = [arrangement_of(text_hash, random_seed=3, count=32) for text_hash in hashes]
    assert of == [arrangement_of(text_hash, random_seed=3, count=32) for text_hash in hashes]
    counts = Counter(of)
    assert len(counts) == 32 and min(counts.values()) > 140 and max(counts.values()) < 265
    other = [arrangement_of(text_hash, random_seed=4, count=32) for text_hash in hashes]
    assert sum(map(int.__eq__, of, other)) < 400


@pytest.mark.parametrize(("available", "shown"), [(18, 8), (18, 1), (40, 8), (7, 3)])
def test_over_a_runs_seeds_every_example_is_shown_about_equally_often(
    available: int, shown: int
) -> None:
    """The hashes, the number of arrangements and their examples together: the three of a run."""
    seeds, numbers = 5000, tuple(range(1, available + 1))
    count = arrangement_count(32, available=available, shown=[shown])
    drawn = draw_arrangements(numbers, shown=shown, count=count, key="s_c")
    times: Counter[int] = Counter()
    for number in range(seeds):
        text_hash = hashlib.sha256(f"SELECT {number}".encode()).digest()
        times.update(drawn[arrangement_of(text_hash, random_seed=0, count=count)])
    expected = seeds * shown / available
    # Four standard deviations of what chance makes of it, and no more.
    spread = 4 * (expected * (1 - shown / available)) ** 0.5 / expected
    assert set(times) == set(numbers)
    assert all(abs(each / expected - 1) < max(spread, 0.05) for each in times.values()), times
