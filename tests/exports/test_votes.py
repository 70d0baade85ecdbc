"""Pairwise votes as preferences: who wins, what labels and votes say together, and how it is told."""

import json
from collections import Counter
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.exports import staleness
from apps.exports.choice.care import Care
from apps.exports.choice.filters import Filters
from apps.exports.choice.votes import Count, counted
from apps.exports.models import Export
from apps.exports.shape import Format, Shape
from apps.generation.models import Response
from apps.review.models_beside import Duel, Preference
from apps.review.pairwise import prefer
from apps.validation.models import Verdict
from tests.builders import make_file, make_response, make_seed, make_user
from tests.exports.building import accept, file_of, with_prompt, write
from tests.review.test_queues import make_queue

PREFERENCES = Shape(format=Format.PREFERENCE, columns=True)


@pytest.mark.parametrize(
    ("preferred", "both_bad", "won", "undecided"),
    [
        ([], [], {}, 0),
        ([(2, 1)], [], {(2, 1): Count(1, 0, 0)}, 0),
        ([(2, 1), (2, 1), (1, 2)], [], {(2, 1): Count(2, 1, 0)}, 0),
        ([(2, 1), (1, 2)], [], {}, 1),
        ([(1, 2)], [(1, 2)], {}, 1),
        ([(1, 2), (1, 2)], [(2, 1)], {(1, 2): Count(2, 0, 1)}, 0),
        ([], [(1, 2)], {}, 0),
        # A circle: each of these people saw two of three.
        ([(1, 2), (2, 3), (3, 1)], [],
         {(1, 2): Count(1, 0, 0), (2, 3): Count(1, 0, 0), (3, 1): Count(1, 0, 0)}, 0),
    ],
)  # fmt: skip
def test_a_winner_has_more_votes_than_the_other_and_than_call_both_bad(
    preferred: list[tuple[int, int]],
    both_bad: list[tuple[int, int]],
    won: dict[tuple[int, int], Count],
    undecided: int,
) -> None:
    found = counted(preferred, both_bad)
    assert (found.won, found.undecided) == (won, undecided)


@pytest.fixture(autouse=True)
def _var(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def response(text: str, beside: Response | None = None, *, outcome: str = "passed") -> Response:
    """A response that nobody has labelled, of an instruction of its own or of another's."""
    if beside is None:
        made = with_prompt(make_response(text, seed=make_seed(file=make_file(licences=["MIT"]))))
    else:
        draw = beside.instruction.responses.count()
        made = Response.objects.create(instruction=beside.instruction, draw=draw, text=text)
    Verdict.objects.create(response=made, database="overall", outcome=outcome, version=1)
    return made


def vote(one: Response, other: Response, *said: str) -> Duel:
    """Somebody each says one, other, both_good or both_bad of the two."""
    first, second = sorted((one, other), key=lambda made: made.pk)
    queue = make_queue(name=f"Side by side {one.pk} {said}", is_pairwise=True, reviewers=len(said))
    duel = Duel.objects.create(queue=queue, instruction=one.instruction, one=first, other=second)
    sides = {"one": "left", "other": "right"}
    for word in said:
        prefer(
            duel=duel, reviewer=make_user(), said=sides.get(word, word), one_was_left=one == first
        )
    return duel


def rows(export: Export, part: str = "pairs") -> list[dict[str, object]]:
    return [json.loads(line) for line in file_of(export, part).read_text().splitlines()]


@pytest.mark.django_db(transaction=True)
def test_what_people_prefer_is_a_preference_where_nobody_has_labelled() -> None:
    good, less = response("SELECT 1"), None
    less = response("SELECT 1.0", good)
    vote(good, less, "one", "one", "other")
    tied, other = response("SELECT 2"), None
    other = response("SELECT 2.0", tied)
    vote(tied, other, "one", "other")
    failed = response("SELECT 3 FROM", outcome="sql_error")
    vote(failed, response("SELECT 3.0", failed), "one")
    export = write(shape=PREFERENCES)
    (row,) = rows(export)
    assert (row["chosen"], row["rejected"]) == ("SELECT 1", "SELECT 1.0")
    assert row["reason"] == "not_preferred"
    (line,) = rows(export, "lineage")
    assert line["votes"] == [2, 1, 0] and line["rejected"] == less.pk
    assert export.manifest["left_out"] == {"votes_undecided": 1}
    # Without votes they are no pairs at all, and filters hold for them as for others.
    assert write().rows == 0
    assert write(Filters(licences=("GPL-3.0",)), shape=PREFERENCES).rows == 0
    assert write(Filters(licences=("MIT",)), shape=PREFERENCES).rows == 1


@pytest.mark.django_db(transaction=True)
def test_labels_and_votes_that_gainsay_each_other_are_no_preference() -> None:
    good, bad = accept(response_of("SELECT 1")), None
    bad = response("SELECT 1 WHERE false", good, outcome="wrong_result")
    assert write(shape=PREFERENCES).rows == 1
    vote(bad, good, "one")
    export = write(shape=PREFERENCES)
    assert export.rows == 0 and export.manifest["left_out"] == {"votes_gainsay": 1}
    # Two accepted ones, of which people like one better.
    best = response("SELECT 1 -- one", good)
    vote(best, good, "one", "both_good")
    export = write(shape=PREFERENCES, care=Care(pairs_per_instruction=9))
    told = Counter((row["chosen"], row["rejected"], row["reason"]) for row in rows(export))
    assert told == {
        ("SELECT 1 -- one", "SELECT 1", "not_preferred"): 1,
        ("SELECT 1 -- one", "SELECT 1 WHERE false", "wrong_result"): 1,
    }


@pytest.mark.django_db(transaction=True)
def test_votes_of_other_texts_count_for_nothing_and_new_ones_make_an_export_stale() -> None:
    good = response("SELECT 1")
    less = response("SELECT 1.0", good)
    duel = vote(good, less, "one")
    export = write(shape=PREFERENCES)
    assert export.rows == 1
    Response.objects.filter(pk=less.pk).update(text="SELECT 1.00")
    assert write(shape=PREFERENCES).rows == 0
    Response.objects.filter(pk=less.pk).update(text="SELECT 1.0")
    Preference.objects.filter(duel=duel).delete()
    vote(good, less, "other", "other")
    staleness.look()
    export.refresh_from_db()
    assert export.changes == {"added": 1, "removed": 1}


def response_of(text: str) -> Response:
    """A response of its own instruction without a verdict."""
    return with_prompt(make_response(text, seed=make_seed(file=make_file(licences=["MIT"]))))
