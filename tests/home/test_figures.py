"""The figures: counted in the background, read with one query."""

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.core.models import Figure, Job
from apps.exports.models import Export
from apps.home.figures import Figures, count_figures, read_figures
from tests.home.data import make_pairs

pytestmark = pytest.mark.django_db


def test_every_step_of_the_way_is_counted() -> None:
    make_pairs(passed=3, failed=2, good=2, bad=1, seeds=4)
    counted = count_figures()
    assert (counted.seeds, counted.source_files) == (4, 1)
    assert (counted.instructions, counted.responses) == (5, 5)
    assert (counted.passed, counted.validated) == (3, 5)
    assert (counted.labelled, counted.good, counted.bad, counted.open) == (3, 2, 1, 2)
    assert read_figures() == counted


def test_exported_is_what_the_newest_finished_export_holds() -> None:
    for rows, status in ((7, "done"), (9, "done"), (99, "running")):
        ended = None if status == "running" else timezone.now()
        job = Job.objects.create(kind="export", status=status, finished_at=ended)
        Export.objects.create(job=job, rows=rows)
    assert count_figures().exported == 9


def test_counting_again_overwrites_the_rows() -> None:
    count_figures()
    rows = Figure.objects.count()
    make_pairs(passed=1)
    assert count_figures().responses == 1
    assert Figure.objects.count() == rows


def test_figures_that_were_never_counted_are_noughts_and_say_so() -> None:
    assert read_figures() == Figures(counted_at=None)


def test_counting_takes_two_statements_and_reading_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(2):
        count_figures()
    with django_assert_num_queries(1):
        read_figures()
