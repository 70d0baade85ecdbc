"""Which deaths count towards giving up, and what cannot be written is written later."""

import errno
import os
from pathlib import Path

import pytest

from apps.core.processes import kept, record, room
from apps.core.processes.child import Child
from apps.core.processes.kept import MAX_RESTARTS, Kept, excuse_for
from apps.core.processes.record import Records, Status
from apps.core.processes.spec import ProcessSpec


@pytest.fixture
def said() -> list[str]:
    return []


def make(name: str, tmp_path: Path, said: list[str], *needs: str) -> Kept:
    spec = ProcessSpec(name, ("true",), needs=needs)
    return Kept(spec, tmp_path, Records(tmp_path, []), lambda _, text: said.append(str(text)))


def begin(one: Kept) -> None:
    """Started, and ready at once: an empty `ready` asks only that it lives."""
    descriptor = os.open(os.devnull, os.O_RDONLY)
    one.started(Child(os.getpid(), descriptor, descriptor))
    one.step()
    os.close(descriptor)


def test_deaths_on_a_full_disk_do_not_count(tmp_path: Path, said: list[str]) -> None:
    one = make("cpu", tmp_path, said)
    for _ in range(3 * MAX_RESTARTS):
        begin(one)
        one.died(1, excuse=excuse_for(one, {}, disk_is_full=True))
    assert one.status == Status.RESTARTING
    assert said[-1] == (
        "cpu ended with exit code 1; starting it again in 5 s (not counted: the disk is full)"
    )
    for _ in range(MAX_RESTARTS + 1):
        begin(one)
        one.died(1, excuse=excuse_for(one, {}, disk_is_full=False))
    assert one.status == Status.FAILED


def test_a_death_of_what_it_needs_is_not_its_own(tmp_path: Path, said: list[str]) -> None:
    """kombu raises an AttributeError of its own when Valkey is killed under it."""
    valkey, cpu = make("valkey", tmp_path, said), make("cpu", tmp_path, said, "valkey")
    others = {"valkey": valkey, "cpu": cpu}
    begin(valkey)
    begin(cpu)
    assert excuse_for(cpu, others, disk_is_full=False) == ""
    valkey.died(-9, excuse="")
    assert excuse_for(cpu, others, disk_is_full=False) == "valkey was away"
    begin(valkey)  # back already, and still the cause
    assert excuse_for(cpu, others, disk_is_full=False) == "valkey was away"
    valkey.died_at -= kept.LONGEST_PAUSE_SECONDS
    assert excuse_for(cpu, others, disk_is_full=False) == ""


def test_records_wait_in_memory_for_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir()
    records = Records(tmp_path, [("web", "http://127.0.0.1:8000")])
    first = record.load(tmp_path, "web")
    assert first and first.status == Status.WAITING
    with monkeypatch.context() as full:

        def refuse(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        full.setattr(record, "write_private", refuse)
        changed = record.Record("web", Status.RUNNING, record.Identity.of(os.getpid()))
        records.note(changed)
        assert record.load(tmp_path, "web") == first
    records.write()
    assert record.load(tmp_path, "web") == changed


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_is_full_when_nothing_can_be_written_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    assert not room.is_full(tmp_path)

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert room.is_full(tmp_path)
    assert list(tmp_path.iterdir()) == []
