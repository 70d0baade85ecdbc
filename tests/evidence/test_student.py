"""Student's t against the printed tables."""

import pytest

from apps.evidence.statistics.student import quantile, two_sided


@pytest.mark.parametrize(
    ("freedom", "t"),
    [(1, 12.7062), (2, 4.3027), (5, 2.5706), (10, 2.2281), (30, 2.0423), (120, 1.9799)],
)
def test_quantiles_are_those_of_the_tables(freedom: int, t: float) -> None:
    assert quantile(freedom, 0.05) == pytest.approx(t, abs=5e-5)
    assert two_sided(t, freedom) == pytest.approx(0.05, abs=5e-6)


def test_of_one_degree_of_freedom_it_is_cauchys_and_of_very_many_the_normal_one() -> None:
    assert two_sided(1, 1) == pytest.approx(0.5)
    assert two_sided(1.959963985, 1e7) == pytest.approx(0.05, abs=1e-6)
    assert two_sided(0, 7) == 1 and two_sided(float("inf"), 7) == 0
