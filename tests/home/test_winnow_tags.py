"""Template tags that every page uses."""

from datetime import timedelta

import pytest

from apps.home.templatetags.winnow import HIGHLIGHT_LIMIT, address, bar, share, sql, waiting_time


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


@pytest.mark.parametrize("size", [10, HIGHLIGHT_LIMIT])
def test_sql_is_coloured_up_to_a_size_and_always_escaped(size: int) -> None:
    html = sql("SELECT '<script>' " + "x" * size)
    assert "<script>" not in html
    assert html.startswith('<div class="highlight"><pre>')
    assert ('class="k"' in html) is (size < HIGHLIGHT_LIMIT)


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "1 minute"), (60, "1 minute"), (61, "2 minutes"), (900, "15 minutes")]
)
def test_waiting_times_are_whole_minutes_rounded_up(seconds: int, text: str) -> None:
    assert waiting_time(timedelta(seconds=seconds)) == text


def test_a_page_that_is_not_there_has_no_address() -> None:
    assert address("home:index") == "/"
    assert address("nowhere:index") == ""
