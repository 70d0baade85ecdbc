"""Hostile SQL against every database: nothing gets out, nothing lasts, nobody else notices."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from apps.validation import databases
from apps.validation.databases.base import Unavailable
from apps.validation.databases.mariadb import Mariadb
from apps.validation.databases.postgres import Postgres
from apps.validation.sandbox.folders import PrivateFolder
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import Ended, Execution, Limits, ScriptJob
from tests.attacks.canaries import SECRET, Canaries, singing
from tests.attacks.honest import prove
from tests.attacks.reading import Attack, attacks, bulky
from tests.clock import Clock
from tests.sandboxes import keep
from tests.validation.missing import not_here

LIMITS = Limits(seconds=0.35, memory_bytes=128 * 1024 * 1024, output_bytes=64 * 1024, rows=50)
ALL = [attack for name in databases.NAMES for attack in attacks(name)]


class Target:
    """A database under attack, with a neighbour whose rows nobody else may see."""

    def __init__(self, name: str, stack: ExitStack) -> None:
        self.name = name
        self.database = databases.get(name)
        keep(name)
        self.pool = stack.enter_context(SandboxPool(self.database, size=1))
        self.neighbour = ""
        self.is_untouched: Callable[[], bool] = lambda: True
        prove(self.pool, memory_bytes=LIMITS.memory_bytes)
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


@dataclass(frozen=True)
class Finding:
    """What one attack did; `reached` names the canaries that sang.

    seconds: by the job's own clock, see `tests.clock`.
    """

    execution: Execution
    seconds: float
    reached: list[str]
    untouched: bool


class Besides:
    """Honest jobs of others that go on while an attack does; all lanes share their children."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack, self._lock = stack, threading.Lock()
        self._pools: dict[str, SandboxPool] = {}
        self._threads = stack.enter_context(ThreadPoolExecutor(2, thread_name_prefix="beside"))

    @contextmanager
    def going_on(self, name: str) -> Iterator[None]:
        """An honest job beside what is done meanwhile; it must have got its answer."""
        with self._lock:
            if name not in self._pools:
                keep(name)
                pool = SandboxPool(databases.get(name), size=1)
                self._pools[name] = self._stack.enter_context(pool)
        beside = self._threads.submit(prove, self._pools[name])
        yield
        beside.result()


class Lane:
    """One attack after another, each database with a pool and a neighbour of this lane's own."""

    def __init__(self, stack: ExitStack, canaries: Canaries, besides: Besides) -> None:
        self._stack, self._canaries, self._besides = stack, canaries, besides
        self._targets: dict[str, Target] = {}

    def attack(self, attack: Attack) -> Finding:
        """Attack beside an honest job, look what was reached, and let another honest one follow.

        The second comes where the attack came, into the same child.
        """
        if attack.database not in self._targets:
            self._targets[attack.database] = Target(attack.database, self._stack)
        target = self._targets[attack.database]
        places = bulky() | self._canaries.places() | {"neighbour": target.neighbour}
        job = ScriptJob(setup=(), statements=attack.filled(places), limits=LIMITS)
        with self._besides.going_on(attack.database):
            clock = Clock()
            execution = target.pool.run(job)
            seconds = clock.seconds(execution.milliseconds / 1000)
        reached = self._canaries.reached(everything_said(execution))
        untouched = target.is_untouched()
        prove(target.pool, memory_bytes=LIMITS.memory_bytes)
        return Finding(execution, seconds, reached, untouched)


class Lanes:
    """Two lanes side by side, so that attacks also meet jobs of others that go on."""

    def __init__(self, stack: ExitStack, canaries: Canaries) -> None:
        self._own = threading.local()
        self._stack, self._canaries, self._besides = stack, canaries, Besides(stack)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="lane")
        self._findings: dict[Attack, Future[Finding]] = {}

    def begin(self, attacks: list[Attack]) -> None:
        """Let all of them begin, in order."""
        self._findings = {each: self._threads.submit(self._run, each) for each in attacks}

    def end(self) -> None:
        """Let those under way end, and the others not begin: after Ctrl-C, or the first failure."""
        self._threads.shutdown(cancel_futures=True)

    def finding(self, attack: Attack) -> Finding:
        """What an attack did; waits for its end. Raises what went wrong in its lane."""
        return self._findings[attack].result()

    def _run(self, attack: Attack) -> Finding:
        if not hasattr(self._own, "lane"):
            self._own.lane = Lane(self._stack, self._canaries, self._besides)
        lane: Lane = self._own.lane
        return lane.attack(attack)


@pytest.fixture(scope="module")
def lanes(request: pytest.FixtureRequest, canaries: Canaries) -> Iterator[Lanes]:
    """The selected attacks of the databases that can be had here, under way.

    When all of them have ended nothing lies where their children had a folder.
    """
    with folders_made() as made:
        yield from _under_way(request, canaries)
    assert [path for path in made if path.exists()] == []


@contextmanager
def folders_made() -> Iterator[list[Path]]:
    """The private folders that are made for children meanwhile."""
    made: list[Path] = []
    make = PrivateFolder.__init__

    def noted(folder: PrivateFolder) -> None:
        make(folder)
        made.append(folder.path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PrivateFolder, "__init__", noted)
        yield made


def _under_way(request: pytest.FixtureRequest, canaries: Canaries) -> Iterator[Lanes]:
    with ExitStack() as stack:
        lanes = Lanes(stack, canaries)
        items = [item for item in request.session.items if isinstance(item, pytest.Function)]
        chosen = [item.callspec.params.get("attack") for item in items if hasattr(item, "callspec")]
        lanes.begin([attack for attack in chosen if isinstance(attack, Attack)])
        try:
            yield lanes
        finally:
            lanes.end()


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaries]:
    with singing(tmp_path_factory.mktemp("canaries")) as singers:
        yield singers


def everything_said(execution: Execution) -> str:
    return repr((execution.message, execution.tables, execution.probes))


def size(execution: Execution) -> int:
    return len(everything_said(execution))


@pytest.mark.parametrize("attack", ALL, ids=[f"{each.database}: {each.name}" for each in ALL])
def test_an_attack_gets_nowhere(attack: Attack, lanes: Lanes) -> None:
    try:
        finding = lanes.finding(attack)
    except Unavailable as error:
        not_here(attack.database, str(error))
    assert not finding.reached, finding
    assert finding.untouched
    assert finding.seconds < LIMITS.seconds + 1, finding
    assert size(finding.execution) < 16 * LIMITS.output_bytes
    if attack.stopped:
        assert finding.execution.ended is not Ended.OK, finding


@pytest.mark.parametrize("name", ["sqlite", "duckdb"])
def test_a_childs_folder_is_gone_with_it(name: str) -> None:
    with folders_made() as made, SandboxPool(databases.get(name), size=1) as pool:
        prove(pool)
        pool.run(ScriptJob(setup=(), statements=("SELECT 1;" * 3 + "nonsense",), limits=LIMITS))
        assert any(path.exists() for path in made)
    assert made and not any(path.exists() for path in made)


def test_there_are_enough_attacks() -> None:
    assert len(ALL) >= 150
    assert len({(attack.database, attack.name) for attack in ALL}) == len(ALL)


def test_the_canaries_sing_when_they_are_reached(tmp_path: Path) -> None:
    with singing(tmp_path) as singers:
        assert singers.reached("nothing") == []
        (tmp_path / "made").touch()
        assert singers.reached(SECRET) == ["read a secret", "made a file"]
