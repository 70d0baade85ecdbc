"""`pools`: a sandbox for a database's name, opened when a module first asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from apps.validation import databases
from apps.validation.databases.base import Unavailable
from apps.validation.sandbox.pool import SandboxPool
from tests.sandboxes import keep
from tests.validation.missing import not_here

GetPool = Callable[[str], SandboxPool]


@pytest.fixture(scope="module")
def pools() -> Iterator[GetPool]:
    opened: dict[str, SandboxPool] = {}
    with ExitStack() as stack:

        def get(name: str) -> SandboxPool:
            if name not in opened:
                try:
                    keep(name)
                except Unavailable as error:
                    not_here(name, str(error))
                pool = stack.enter_context(SandboxPool(databases.get(name), size=2))
                pool.layers()
                opened[name] = pool
            return opened[name]

        yield get
