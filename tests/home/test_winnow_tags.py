"""Template tags that every page uses."""

import re
from datetime import timedelta

import pytest
from django.conf import settings

from apps.core.coloured import MOST_COLOURED
from apps.core.parts import sql_block
from apps.home.status import QUEUES as SHOWN
from apps.home.templatetags.winnow import (
    JOBS,
    QUEUES,
    address,
    bar,
    job_address,
    job_words,
    queue_words,
    share,
    waiting_time,
)
from worker.handlers import HANDLERS, SERVERS


@pytest.mark.parametrize(
    ("part", "whole", "text", "width"),
    [
        (0, 0, "–", "0.00"),
        (None, 5, "–", "0.00"),
        (0, 5, "0 %", "0.00"),
        (1, 300, "0.3 %", "0.33"),
        (1, 3, "33 %", "33.33"),
        (7, 5, "140 %", "100.00"),
    ],
)
def test_shares_are_rounded_for_reading_and_bars_never_run_over(
    part: float | None, whole: float, text: str, width: str
) -> None:
    assert share(part, whole) == text
    assert bar(part, whole)["width"] == width


@pytest.mark.parametrize("size", [10, MOST_COLOURED])
def test_sql_is_coloured_up_to_a_size_and_always_escaped(size: int) -> None:
    html = sql_block("SELECT '<script>' " + "x" * size)
    assert "<script>" not in html
    assert html.startswith('<div class="highlight"><pre>')
    assert ('class="k"' in html) is (size < MOST_COLOURED)


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "1 minute"), (60, "1 minute"), (61, "2 minutes"), (900, "15 minutes")]
)
def test_waiting_times_are_whole_minutes_rounded_up(seconds: int, text: str) -> None:
    assert waiting_time(timedelta(seconds=seconds)) == text


def test_a_page_that_is_not_there_has_no_address() -> None:
    assert address("home:index") == "/"
    assert address("nowhere:index") == ""


def test_jobs_and_queues_have_words_and_a_page() -> None:
    texts = [path.read_text() for path in settings.BASE_DIR.glob("apps/**/*.py")]
    makers = "".join(text for text in texts if "Job.objects.create(" in text)
    kinds = set(re.findall(r'Job\.objects\.create\(\s*kind="([^"]+)"', makers))
    kinds |= set(re.findall(r'^KIND(?:, \w+)*(?: = QUEUE)? = "([^"]+)"', makers, re.M))
    assert {"gather", "generate", "known bad", "label", "push"} <= kinds <= set(JOBS)
    assert all(job_address(kind) and job_address(kind, 7) for kind in JOBS)
    assert job_address("generate", 7) == "/runs/7/" and job_address("try", 7) == "/validation/try/"
    assert set(QUEUES) == {*HANDLERS, *SERVERS} == set(SHOWN)
    assert (job_words("label"), queue_words("gather")) == (
        "labels for a filter", "workers that read files",
    )  # fmt: skip
