"""Large files in a child process: the same seeds, and a file that is too much is killed alone."""

import os
import signal
import subprocess
import sys
import time

import psutil
from django.conf import settings

from apps.seeds.extraction.chain import ExtractionSettings
from apps.seeds.gathering.file_process import FileProcess
from apps.seeds.gathering.files import Limits, ReadFile
from apps.seeds.gathering.reading_files import LARGE_BYTES, read_file
from apps.seeds.readers.base import SourceItem

GENEROUS = Limits(seconds=120, memory=1 << 30)


def read(
    data: bytes, process: FileProcess | None, limits: Limits = GENEROUS, most: int = 5000
) -> ReadFile:
    return read_file(
        SourceItem(path="a.sql", locator="a.sql", data=data),
        key=b"k" * 32, settings=ExtractionSettings(), seeds_per_file=most,
        process=process, limits=limits,
    )  # fmt: skip


def script(size: int) -> bytes:
    line = "CREATE TABLE t{0} (id int, name_{0} text); -- table {0}\n"
    return "".join(line.format(n) for n in range(size // 40)).encode()[:size]


def test_a_large_file_gives_the_same_in_the_child_as_here() -> None:
    data = script(LARGE_BYTES + 5000)
    with FileProcess() as process:
        there = read(data, process, most=50)
        again = read(data, process, most=50)
    here = read(data, None, most=50)
    assert there == again == here
    assert len(here.seeds) == 50 and here.counts["rejected", "file_flood"] > 1000


def test_small_files_never_start_the_child() -> None:
    with FileProcess() as process:
        read(b"SELECT a FROM b WHERE c = 1;", process)
        assert process._child is None


def test_a_file_over_its_time_is_rejected_and_the_next_is_read() -> None:
    data = script(LARGE_BYTES * 4)
    with FileProcess() as process:
        late = read(data, process, Limits(seconds=0.05, memory=1 << 30))
        assert late.reason == "time_limit" and "--file-seconds" in late.message and not late.seeds
        assert read(script(LARGE_BYTES + 1000), process, most=1).reason == ""


def test_a_file_over_its_memory_is_rejected_and_the_next_is_read() -> None:
    data = script(8 << 20)
    with FileProcess() as process:
        # 8 MB of seeds cost far more than the megabyte that is allowed beside the file.
        fat = read(data, process, Limits(seconds=120, memory=1 << 20), most=1_000_000)
        assert fat.reason == "memory_limit" and "--file-memory" in fat.message
        assert read(script(LARGE_BYTES + 1000), process, most=1).reason == ""


# Says the child's number when the file is with the child, which then has many seconds to do.
PARENT = """
import os
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "apps.settings"
django.setup()
from apps.seeds.gathering import file_process
from tests.seeds.gathering.test_file_process import read, script

receive = file_process.receive
def told(stream):
    print(process._child.pid, flush=True)
    return receive(stream)
file_process.receive = told
with file_process.FileProcess() as process:
    read(script(40 << 20), process, most=1)
"""


def test_a_busy_child_ends_with_a_parent_that_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=settings.BASE_DIR, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        time.sleep(0.5)
        assert is_alive(child)
        os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        assert not is_alive(child)
    finally:
        if is_alive(child):
            child.kill()


def is_alive(process: psutil.Process) -> bool:
    """A zombie has ended; nobody may be there to bury it."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
