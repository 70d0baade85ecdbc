"""The sample: every verdict, counted for nothing, never exported, gone with one button."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from apps.core.models import Job
from apps.exports.choice.care import Care
from apps.exports.choice.choosing import choose
from apps.exports.choice.filters import Filters
from apps.exports.shape import Shape
from apps.generation.models import Import, Instruction, Response
from apps.home.figures import count_figures
from apps.home.sample import FOLDER, sample_bring, sample_pairs, sample_remove, sample_verdicts
from apps.review.models import Entry, Label
from apps.validation.checks import PairText, run_checks
from apps.validation.judging import validate
from apps.validation.runners import Timed
from apps.validation.values import Limits, Outcome
from tests.builders import make_response, make_user
from tests.exports.building import accept
from tests.generation.test_importing import read
from tests.validation.conftest import GetPool, pools  # noqa: F401

PAIRS = [json.loads(line) for line in (FOLDER / "pairs.jsonl").read_text().splitlines()]

# What each database says where not all say the same.
P, W, E, T, R = (
    Outcome.PASSED, Outcome.WRONG_RESULT, Outcome.SQL_ERROR, Outcome.TIMEOUT, Outcome.REFUSED,
)  # fmt: skip
DIFFER = {
    "databases disagree: division of integers": (W, P, W),
    "databases disagree: LIKE and letter case": (P, W, W),
    "a column that is neither grouped nor aggregated": (P, E, E),
    "a trigger that its test fires": (E, E, P),
    "SQL that wants out of the database": (E, R, R),
}
FAILS = {
    "passes": P,
    "wrong at the boundary": W,
    "the expected table is wrong, the query right": W,
    "a join that counts rows twice": W,
    "NOT IN with a NULL": W,
    "a column that does not exist": E,
    "SQL that does not parse": E,
    "Python instead of SQL": Outcome.NO_SQL,
    "an announced result, but no rows to run on": Outcome.NO_TESTS,
    "a test that cannot fail: nothing is expected": Outcome.VACUOUS,
    "a test that cannot fail: nothing is changed": Outcome.VACUOUS,
}
UNSURE = {"aggregate in order", "no test at all"}
# Time or room runs out, whichever is first: on a busy machine the time.
ENDED = {"a query that never ends": {T, R}}
SHORT = Limits(seconds=1.0)


@pytest.mark.parametrize("place, name", list(enumerate(("sqlite", "duckdb", "postgres"))))
def test_each_database_says_of_the_sample_what_a_careful_person_says(
    pools: GetPool,  # noqa: F811
    place: int,
    name: str,
) -> None:
    pool = pools(name)
    wrong, found = {}, Counter()
    for pair in PAIRS:
        timed = Timed(pool)
        title = pair["sample"]
        judged = validate(
            pair["response"], pair["instruction"], timed, pool.database.dialect,
            run_together=timed.together, mutate=True, limits=SHORT if title in ENDED else Limits(),
        )  # fmt: skip
        found[judged.outcome] += 1
        expected = DIFFER[title][place] if title in DIFFER else FAILS.get(title, P)
        if title not in UNSURE and judged.outcome not in ENDED.get(title, {expected}):
            wrong[title] = (judged.outcome, expected, judged.message)
    assert not wrong
    assert len(found) >= 7


def test_the_sample_has_a_copy_and_python_in_two_responses() -> None:
    found = {
        pair["sample"]: {result.reason for result in run_checks(text) if result.reason}
        for pair in PAIRS
        for text in [PairText(pair["instruction"], pair["response"], (), pair["seed"] or "")]
    }
    assert {title: reasons for title, reasons in found.items() if reasons} == {
        "copied from its seed": {"seed_copy"},
        "Python instead of SQL": {"response_language"},
        "SQL with Python around it": {"response_language"},
    }


NUMBER = len(PAIRS) + 6


@pytest.fixture
def sample(db: None) -> list[Import]:
    return [read(made) for made in sample_bring()]


def test_it_comes_in_once_with_the_labelled_pairs(sample: list[Import]) -> None:
    assert all(made.is_sample and not made.rejected for made in sample)
    assert sum(made.rows for made in sample) == NUMBER == sample_pairs().count()
    assert sample_bring() == sample


def test_it_is_never_exported_and_counts_for_nothing(sample: list[Import]) -> None:
    for response in sample_pairs()[:3]:
        accept(response)
    own = accept(make_response())
    assert list(choose(Filters(), Care(), Shape()).ids) == [own.pk]
    figures = count_figures()
    assert (figures.responses, figures.good, figures.passed, figures.validated) == (1, 1, 1, 1)
    assert figures.instructions == Instruction.objects.count() - NUMBER
    assert figures.sample == NUMBER
    assert sample_verdicts() == {"passed": 3}


def test_removed_it_leaves_nothing_and_takes_nothing_else(sample: list[Import]) -> None:
    accept(sample_pairs().order_by("pk")[0])
    own = accept(make_response())
    assert sample_remove() == NUMBER
    assert list(Response.objects.all()) == [own]
    assert list(Label.objects.all()) == list(own.labels.all())
    assert not Entry.objects.exclude(response=own).exists() and not Import.objects.exists()
    assert not Job.objects.filter(kind="import").exists()
    assert count_figures().sample == 0


def test_labels_of_other_pairs_stay_for_ever(sample: list[Import]) -> None:
    own = accept(make_response())
    own.decision.delete()
    with pytest.raises(IntegrityError, match="only added"), transaction.atomic():
        own.labels.all().delete()


def test_one_button_removes_it_for_editors_only(client: Client, sample: list[Import]) -> None:
    count_figures()
    client.force_login(make_user("reviewer"))
    assert "Remove the sample" not in client.get(reverse("home:index")).content.decode()
    assert client.post(reverse("home:sample-remove")).status_code == 403
    client.force_login(make_user("editor"))
    assert "Remove the sample" in client.get(reverse("home:index")).content.decode()
    assert client.get(reverse("home:sample-remove")).status_code == 405
    said = client.post(reverse("home:sample-remove"), follow=True).content.decode()
    assert f"{NUMBER} sample pairs are gone" in said and "Remove the sample" not in said


def test_a_stranger_is_sent_to_the_login(client: Client, db: None) -> None:
    assert "/accounts/login/" in client.post(reverse("home:sample-remove")).url


def test_its_pairs_are_marked_where_they_are_reviewed(client: Client, sample: list[Import]) -> None:
    response = sample_pairs().order_by("pk")[0]
    client.force_login(make_user("editor"))
    for page in (reverse("review:index"), reverse("review:pair", args=[response.pk])):
        assert '<span class="badge">sample</span>' in client.get(page).content.decode()
