"""The order in which workers get files: pytest-xdist's own scheduler, workers that are stand-ins."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import scheduling
from tests.scheduling import BROWSER, BROWSERS, MODELS, SECONDS, WAITS, ByFile, file_of, spread

ROOT = Path(__file__).resolve().parents[1]


@dataclass(eq=False)
class Worker:
    """Takes what it is sent; `done` says how much of it was run."""

    given: list[int] = field(default_factory=list)
    done: int = 0
    shutting_down: bool = False
    gateway: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(id="gw"))

    def send_runtest_some(self, indices: list[int]) -> None:
        self.given += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def scheduled(collection: list[str], workers: int, monkeypatch: pytest.MonkeyPatch) -> list[Worker]:
    """The workers, each at its first test."""
    monkeypatch.setattr("xdist.scheduler.loadscope.parse_tx_spec_config", lambda _: [""] * workers)
    config = SimpleNamespace(option=SimpleNamespace(loadscopereorder=False))
    scheduler = ByFile(config)  # type: ignore[arg-type]
    nodes = [Worker() for _ in range(workers)]
    for node in nodes:
        scheduler.add_node(node)  # type: ignore[arg-type]
        scheduler.add_node_collection(node, collection)  # type: ignore[arg-type]
    scheduler.schedule()
    for node in nodes:
        node.scheduler = scheduler  # type: ignore[attr-defined]
    return nodes


def files(worker: Worker, collection: list[str]) -> list[str]:
    return list(dict.fromkeys(file_of(collection[index]) for index in worker.given))


def test_files_with_a_time_are_there() -> None:
    assert [name for name in (*SECONDS, *MODELS, *WAITS) if not (ROOT / name).is_file()] == []


def test_the_longest_begin_and_beside_a_long_one_only_the_shortest_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scheduling, "SECONDS", {"a.py": 300, "b.py": 200, "c.py": 90})
    collection = ["short.py::1", "c.py::1", "a.py::1", "middle.py::1", "middle.py::2", "b.py::1"]
    first, second = scheduled(collection, 2, monkeypatch)
    assert files(first, collection) == ["a.py", "short.py"]
    assert files(second, collection) == ["b.py", "middle.py"]
    # The third long one waits for whoever is free first.
    second.scheduler.mark_test_complete(second, collection.index("b.py::1"))  # type: ignore[attr-defined]
    assert files(second, collection) == ["b.py", "middle.py", "c.py"]


def test_one_of_four_workers_waits_and_the_others_work(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"a.py": 300, "b.py": 250, "c.py": 200} | {f"{n}.py": 100 for n in range(20)}
    monkeypatch.setattr(scheduling, "SECONDS", times)
    monkeypatch.setattr(scheduling, "WAITS", ("a.py", "b.py"))
    monkeypatch.setattr(scheduling, "_BUSY_SECONDS", 1000)
    collection = [f"{name}::{n}" for name in times for n in range(4)]
    nodes = scheduled(collection, 4, monkeypatch)
    begun = [files(node, collection)[0] for node in nodes]
    assert begun[:2] == ["a.py", "c.py"] and "b.py" not in begun
    # The next that waits begins when the first is over, with whoever is free then.
    for node, name in zip(nodes, ("a.py", "c.py"), strict=False):
        for test in range(4):
            node.scheduler.mark_test_complete(node, collection.index(f"{name}::{test}"))  # type: ignore[attr-defined]
    assert "b.py" not in files(nodes[0], collection)
    assert "b.py" in files(nodes[1], collection)


def test_those_that_wait_begin_beside_each_other_when_they_would_be_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scheduling, "SECONDS", {"a.py": 300, "b.py": 250, "c.py": 20})
    monkeypatch.setattr(scheduling, "WAITS", ("a.py", "b.py"))
    collection = [f"{name}::{n}" for name in ("a.py", "b.py", "c.py", "d.py") for n in range(4)]
    nodes = scheduled(collection, 4, monkeypatch)
    assert {files(node, collection)[0] for node in nodes} == {"a.py", "b.py", "c.py", "d.py"}


def test_a_file_stays_together_and_so_do_those_that_share_a_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    collection = [f"{name}::{n}" for n in range(3) for name in (*MODELS, "tests/x.py")]
    for worker in scheduled(collection, 2, monkeypatch):
        assert len(worker.given) in (3, 6)
        assert {*files(worker, collection)} in ({*MODELS}, {"tests/x.py"})


def test_browser_files_are_spread_evenly() -> None:
    names = [name for name in SECONDS if name.startswith(BROWSER)]
    groups = spread(names, BROWSERS)
    taken = [sum(SECONDS[n] for n in names if groups[n] == each) for each in range(BROWSERS)]
    assert max(taken) < 1.3 * min(taken)
