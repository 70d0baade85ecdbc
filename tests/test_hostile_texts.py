"""What runs beside the children that the kernel ends, in workers and in the web process, comes back
in time whatever a text repeats: long words, blobs, nests, and what models cut off.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest

from apps.fewshot import reading as fewshot
from apps.generation.import_reading import read_pairs
from apps.generation.prompting import PARSERS
from apps.review import comparing, rendering
from apps.seeds.extraction.chain import ExtractionSettings, extract
from apps.seeds.readers.decoding import decode
from apps.validation.checks import BenchmarkIndex, PairText, run_checks
from apps.validation.likeness.texts import bands, joined, skeleton_of
from apps.validation.values import Reading
from worker.refusals import error_message, told_error

TOKENS = [
    *("a", "é", "deadbeef", "0", "_", " ", "\t", "\n", "(", "[", "{", ")", "'", '"', "`", "--"),
    *("/*", "$$", "|", "| a ", "|-", "> ", "- ", "1. ", "# ", "**", "* ", "~", "```\n", "<td>"),
    *("<think>", "[Tests]\n", "SELECT ", "WITH a AS (", "CASE WHEN 1 THEN ", "BEGIN ", "(1),"),
    *(
        "f(",
        "a.",
        "a, ",
        "a b ",
        "{{ a }}",
        "{% if a %}",
        "\\",
        "E'",
        "''",
        "GO\n",
        "DELIMITER //\n",
    ),
]
SHAPES = ("{}", "SELECT a FROM t WHERE {};", "```sql\nINSERT INTO t VALUES ('{}');\n```\n")
# Processor seconds: what is linear takes some tenths, what is quadratic in such a text minutes.
BOUND = 3.0


def checks(text: str) -> None:
    benchmark = BenchmarkIndex(grams={("a",) * 13: 1}, queries={"x": 2}, short={("a", "b"): 3})
    pair = PairText(text, text, (text[:500],) * 3, text, (text,), "stop", benchmark)
    run_checks(PairText(*_fields(pair), reading=Reading(statements=(text[:20_000],), sql=text)))


def _fields(pair: PairText) -> tuple[object, ...]:
    return (
        pair.instruction, pair.response, pair.concepts, pair.seed, pair.shown,
        pair.finish_reason, pair.benchmark,
    )  # fmt: skip


def likeness(text: str) -> None:
    bands(joined(text, text))
    skeleton_of(text, "postgres")


def parsed(text: str) -> None:
    for parse in PARSERS.values():
        parse(text, finish_reason="stop")


def shown(text: str) -> None:
    rendering.markdown(text, [(10, 500)])
    rendering.sql(text)
    comparing.compare(text, text[::-1])


def gathered(text: str) -> None:
    found = decode(text.encode("utf-8", "replace"))
    if found.content:
        list(extract(found.content, path="a.sql", settings=ExtractionSettings()))


def brought_in(text: str) -> None:
    list(read_pairs(io.BytesIO(text.encode("utf-8", "replace"))))


def told(text: str) -> None:
    error_message(text.encode("utf-8", "replace"))
    told_error(text.encode("utf-8", "replace"))


# With how many characters each is given at most: of half as many as it takes, what is quadratic
# takes a quarter of the time.
READERS: dict[Callable[[str], object], int] = {
    checks: 15_000,
    likeness: 20_000,
    parsed: 20_000,
    shown: 30_000,
    gathered: 30_000,
    brought_in: 60_000,
    fewshot.read: 20_000,
    told: 60_000,
}


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_a_hostile_text_is_read_in_bounded_processor_time(reader: Callable[[str], object]) -> None:
    slow = []
    for shape in SHAPES:
        for token in TOKENS:
            text = shape.replace("{}", token * (READERS[reader] // len(token)))
            started = time.process_time()
            reader(text)
            spent = time.process_time() - started
            if spent > BOUND:
                slow.append((shape[:12], token, round(spent, 1)))
    assert slow == []
