"""What workers call: the same as reading and altering here, but bounded and apart."""

from __future__ import annotations

import atexit
from functools import lru_cache

from django.conf import settings

from apps.sql.dialects import Dialect
from apps.validation.apart.pool import Children
from apps.validation.judging.tools import Altered, Tools
from apps.validation.values import Reading


@lru_cache(maxsize=1)
def _children() -> Children:
    children = Children(settings.WINNOW_SANDBOX_CHILDREN)
    atexit.register(children.close)
    return children


def read_response(response: str, *, instruction: str = "") -> Reading:
    """See `apps.validation.reading.read_response`. Raises TooCostlyError."""
    reading: Reading = _children().do("read", response, instruction=instruction)
    return reading


def _alter(reading: Reading, *, backwards: bool) -> Altered:
    altered: Altered = _children().do("alter", reading, backwards=backwards)
    return altered


def _translate(reading: Reading, dialect: Dialect) -> Reading | None:
    translated: Reading | None = _children().do("translate", reading, dialect)
    return translated


IN_CHILDREN = Tools(_alter, _translate)
