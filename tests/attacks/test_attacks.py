"""Hostile SQL against every database: nothing gets out, nothing lasts, nobody else notices."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from apps.validation import databases
from apps.validation.databases.base import Unavailable
from apps.validation.databases.mariadb import Mariadb
from apps.validation.databases.postgres import Postgres
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import Ended, Execution, Limits, ScriptJob
from tests.attacks.canaries import SECRET, Canaries, singing
from tests.attacks.reading import Attack, attacks, bulky

LIMITS = Limits(seconds=0.35, memory_bytes=128 * 1024 * 1024, output_bytes=64 * 1024, rows=50)
ALL = [attack for name in databases.NAMES for attack in attacks(name)]
PROOF = ScriptJob(
    setup=("CREATE TABLE proof(a INTEGER)", "INSERT INTO proof VALUES (1), (2)"),
    statements=("SELECT sum(a) AS total, count(*) AS rows_seen FROM proof",),
)


class Target:
    """A database under attack, with a neighbour whose rows nobody else may see."""

    def __init__(self, name: str, stack: ExitStack) -> None:
        self.name = name
        self.database = databases.get(name)
        self.pool = stack.enter_context(SandboxPool(self.database, size=1))
        self.neighbour = ""
        self.is_untouched: Callable[[], bool] = lambda: True
        self.prove()
        if isinstance(self.database, Postgres):
            self._live_beside_postgres(self.database, stack)
        if isinstance(self.database, Mariadb):
            self._live_beside_mariadb(self.database, stack)

    def _live_beside_postgres(self, database: Postgres, stack: ExitStack) -> None:
        place = stack.enter_context(database.workspace(LIMITS))
        self.neighbour = place["dbname"]
        keeper = stack.enter_context(database.cluster().connect(self.neighbour))
        keeper.execute("CREATE TABLE public.canary(secret text)")
        keeper.execute("INSERT INTO public.canary VALUES (%s)", [SECRET])
        query = "SELECT secret FROM public.canary"
        self.is_untouched = lambda: keeper.execute(query).fetchall() == [(SECRET,)]

    def _live_beside_mariadb(self, database: Mariadb, stack: ExitStack) -> None:
        place = stack.enter_context(database.workspace(LIMITS))
        self.neighbour = place["database"]
        cursor = stack.enter_context(database.server().connect()).cursor()
        cursor.execute(f"CREATE TABLE {self.neighbour}.canary(secret text)")
        cursor.execute(f"INSERT INTO {self.neighbour}.canary VALUES (%s)", [SECRET])

        def is_untouched() -> bool:
            cursor.execute(f"SELECT secret FROM {self.neighbour}.canary")
            return list(cursor.fetchall()) == [(SECRET,)]

        self.is_untouched = is_untouched

    def prove(self) -> None:
        """An honest job gets an honest answer."""
        execution = self.pool.run(PROOF)
        assert execution.ended is Ended.OK, execution
        (table,) = execution.tables
        assert table is not None and [int(str(cell)) for cell in table.rows[0]] == [3, 2]


@pytest.fixture(scope="module")
def targets() -> Iterator[Callable[[str], Target]]:
    """Targets by name, opened when first attacked, closed together."""
    opened: dict[str, Target] = {}
    with ExitStack() as stack:

        def get(name: str) -> Target:
            if reason := databases.get(name).unavailable():
                pytest.skip(reason)
            if name not in opened:
                try:
                    opened[name] = Target(name, stack)
                except Unavailable as error:
                    pytest.skip(str(error))
            return opened[name]

        yield get


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaries]:
    with singing(tmp_path_factory.mktemp("canaries")) as singers:
        yield singers


def everything_said(execution: Execution) -> str:
    return repr((execution.message, execution.tables, execution.probes))


def size(execution: Execution) -> int:
    return len(everything_said(execution))


@pytest.mark.parametrize("attack", ALL, ids=[f"{each.database}: {each.name}" for each in ALL])
def test_an_attack_gets_nowhere(
    attack: Attack, targets: Callable[[str], Target], canaries: Canaries
) -> None:
    target = targets(attack.database)
    places = bulky() | canaries.places() | {"neighbour": target.neighbour}
    job = ScriptJob(setup=(), statements=attack.filled(places), limits=LIMITS)

    started = time.monotonic()
    execution = target.pool.run(job)
    seconds = time.monotonic() - started

    assert not canaries.reached(everything_said(execution)), execution
    assert target.is_untouched()
    assert seconds < LIMITS.seconds + 1, execution
    assert size(execution) < 16 * LIMITS.output_bytes
    if attack.stopped:
        assert execution.ended is not Ended.OK, execution
    target.prove()


def test_there_are_enough_attacks() -> None:
    assert len(ALL) >= 150
    assert len({(attack.database, attack.name) for attack in ALL}) == len(ALL)


def test_the_canaries_sing_when_they_are_reached(tmp_path: Path) -> None:
    with singing(tmp_path) as singers:
        assert singers.reached("nothing") == []
        (tmp_path / "made").touch()
        assert singers.reached(SECRET) == ["read a secret", "made a file"]
