"""What ends up in the logs: bounded lines, a bounded file, and nothing that ends the supervisor."""

import errno
import json
import logging
import os
import sys
from pathlib import Path

import pytest
from django.test import Client

from apps.core.logs import JsonLine
from apps.core.processes import log as logs
from apps.core.processes.log import Lines, Log


def test_a_wrong_host_is_one_line_without_a_traceback(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    host = "evil" * 500 + ".example"
    assert client.get("/", headers={"Host": host}).status_code == 400
    (record,) = [each for each in caplog.records if each.name == "django.security.DisallowedHost"]
    line = logging.Formatter("%(message)s").format(record)
    assert line.startswith("Invalid HTTP_HOST header: 'evilevil")
    assert len(line) <= 300 and "\n" not in line


def test_the_log_turns_while_it_is_written_and_stays_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logs, "TURN_BYTES", 10_000)
    path = tmp_path / "winnow.log"
    before = os.dup(1), os.dup(2)
    try:
        log = Log(path)
        for number in range(2_000):
            log.line("web", f"line {number}")
    finally:
        for saved, stream in zip(before, (1, 2), strict=True):
            os.dup2(saved, stream)
            os.close(saved)
    sizes = {each.name: each.stat().st_size for each in tmp_path.iterdir()}
    assert set(sizes) == {"winnow.log", "winnow.log.1"}
    assert all(size < 10_200 for size in sizes.values())
    assert path.read_text().endswith(" web       | line 1999\n")


def test_lines_that_cannot_be_written_are_counted_and_the_next_ones_are_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[bytes] = []
    room = 60

    def write(_descriptor: int, data: bytes) -> int:
        if room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(data[:room])
        return len(data[:room])

    monkeypatch.setattr(os, "write", write)
    log = Log()
    log.line("web", "first")
    room = 0
    log.line("web", "lost")
    log.line("web", "lost too")
    room = 1000
    log.line("web", "again")
    lines = b"".join(written).decode().splitlines()
    assert [line.partition("| ")[2] for line in lines] == [
        "first",
        "2 lines were dropped here",
        "again",
    ]


def test_a_torn_line_is_ended_before_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    steps = iter([10, 0, 1000, 1000, 1000])

    def write(_descriptor: int, data: bytes) -> int:
        most = next(steps)
        if not most:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(data[:most])
        return len(data[:most])

    monkeypatch.setattr(os, "write", write)
    log = Log()
    log.line("web", "torn")
    log.line("web", "whole")
    lines = b"".join(written).decode().splitlines()
    assert len(lines) == 3 and len(lines[0]) == 10
    assert lines[1].endswith("| 1 lines were dropped here") and lines[2].endswith("| whole")


def test_pieces_become_lines_and_none_is_longer_than_the_bound() -> None:
    lines = Lines()
    assert lines.add(b"one\r\ntw") == [b"one"]
    assert lines.add(b"o\nthree") == [b"two"]
    assert lines.end() == [b"three"] and lines.end() == []
    long = lines.add(b"x" * (2 * logs.LINE_BYTES + 1))
    assert [len(line) for line in long] == [logs.LINE_BYTES] * 2 and lines.end() == [b"x"]


def test_with_json_every_line_is_an_object_with_its_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[bytes] = []
    monkeypatch.setattr(os, "write", lambda _, data: written.append(bytes(data)) or len(data))
    monkeypatch.setenv("WINNOW_LOG_FORMAT", "json")
    log = Log()
    record = logging.makeLogRecord(
        {"name": "x", "levelname": "INFO", "msg": "a\n%s", "args": ("ü\u2028",)}
    )
    log.line("web", JsonLine().format(record))
    log.line("postgres", b"LOG:  ready \xff\xc2\x85")
    log.line("cpu", b'{"other": 1}')
    lines = b"".join(written).decode().splitlines()
    first, second, third = map(json.loads, lines)
    assert first["process"] == "web" and first["message"] == "a\n\u00fc\u2028"
    assert (first["level"], first["logger"]) == ("INFO", "x")
    assert second["process"] == "postgres" and second["message"] == "LOG:  ready \ufffd\x85"
    assert third == {"process": "cpu", "time": third["time"], "message": '{"other": 1}'}


def test_an_error_as_json_keeps_its_traceback_in_one_line() -> None:
    try:
        raise ValueError("why")
    except ValueError:
        record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})
    line = JsonLine().format(record)
    assert "\n" not in line
    assert json.loads(line)["error"].endswith("ValueError: why")
