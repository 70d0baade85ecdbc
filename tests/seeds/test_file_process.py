"""Large files in a child process: the same seeds, and a file that is too much is killed alone."""

from apps.seeds.extraction import ExtractionSettings
from apps.seeds.file_process import FileProcess, Limits
from apps.seeds.readers.base import SourceItem
from apps.seeds.reading_files import LARGE_BYTES, read_file
from apps.seeds.storing import ReadFile

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
