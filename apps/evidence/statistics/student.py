"""Student's t distribution, to some ten digits: probabilities and quantiles."""

from __future__ import annotations

import math
from functools import lru_cache

_TINY = 1e-300
_TURNS = 300
_HALVINGS = 80


def two_sided(t: float, freedom: float) -> float:
    """The probability of a t at least as far from 0, with so many degrees of freedom (> 0)."""
    if math.isinf(t):
        return 0.0
    return _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


@lru_cache(maxsize=1024)
def quantile(freedom: float, beyond: float) -> float:
    """The t that such a share of the distribution lies beyond, on both sides together: of 5 %
    12.706 with 1 degree of freedom, 1.960 with very many.
    """
    low, high = 0.0, 1.0
    while two_sided(high, freedom) > beyond:
        high *= 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided(middle, freedom) > beyond else (low, middle)
    return (low + high) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b).

    NIST Digital Library of Mathematical Functions, 8.17.22 (continued fraction) and 8.17.4
    (its mirror image, where that converges faster).
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction, by Lentz's method."""
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _TURNS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for part in (even, odd):
            d = 1 / _away(1 + part * d)
            c = _away(1 + part / c)
            value *= d * c
        if abs(d * c - 1) < 1e-14:
            break
    return value


def _away(number: float) -> float:
    """The number, kept from 0, by which is divided."""
    return number if abs(number) > _TINY else _TINY
