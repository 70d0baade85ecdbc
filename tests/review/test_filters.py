"""Filters of pairs: an allow-list, one pair once, the words of both texts."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from apps.generation.models import Response
from apps.review.filters import (
    FIELDS,
    FilterError,
    PairFilter,
    filter_of,
    pairs_matching,
    read_filter,
    said,
)
from apps.review.listing import pairs_count, pairs_page
from apps.review.models import Flag
from apps.review.queue import default_queue
from apps.review.services import claim_next, label_add
from apps.validation.models import Agreement, StoredReading
from tests.builders import make_file, make_response, make_seed, make_user
from tests.review.building import make_failed_check, make_queued, make_verdict

pytestmark = pytest.mark.django_db


def found(**values: str) -> set[int]:
    chosen = read_filter({name: [value] for name, value in values.items()})
    ids = [pair.pk for pair in pairs_matching(chosen)]
    assert len(ids) == len(set(ids)), "no pair comes twice"
    return set(ids)


@pytest.fixture
def pair() -> Response:
    """A pair that has something of everything, beside one that has nothing."""
    make_response()
    file = make_file(licences=["MIT"])
    seed = make_seed("SELECT 1 FROM otters", kind="select", file=file)
    response = make_response("A walrus sings.", instruction="Count the otters.", seed=seed)
    asked = response.instruction
    asked.difficulty = "Hard"
    asked.save()
    make_verdict(response, "passed", strength=0.8)
    make_verdict(response, "sql_error", database="duckdb")
    make_failed_check(response, code="language")
    make_failed_check(response, code="cut_off")
    StoredReading.objects.create(response=response, dialect="mysql", data={})
    Agreement.objects.create(
        response=response, instruction=asked, score=0.25, in_largest_group=False
    )
    for reviewer, value in ((make_user(), "good"), (make_user(), "bad")):
        Flag.objects.create(response=response, reviewer=reviewer)
        response.entries.update(state="open")
        response.entries.get().seats.all().delete()
        # Give them this pair, whatever comes first.
        Response.objects.exclude(pk=response.pk).get().entries.all().delete()
        assert claim_next(reviewer=reviewer) == response
        reasons = ["wrong_result"] if value == "bad" else []
        label_add(response=response, reviewer=reviewer, value=value, reasons=reasons)
    return response


def test_every_field_finds_the_pair_and_only_it(pair: Response) -> None:
    run = pair.run
    assert run and pair.instruction.seed
    reviewer = str(pair.labels.earliest("pk").reviewer_id)
    asked = {
        "text": "otters walrus -seal",
        "verdict": "duckdb:sql_error",
        "check": "cut_off",
        "label": "conflict",
        "reviewer": reviewer,
        "reason": "wrong_result",
        "run": str(run.pk),
        "recipe": str(run.recipe_id),
        "version": str(run.recipe.fewshot_id),
        "queue": str(default_queue().pk),
        "kind": "select",
        "dialect": "mysql",
        "difficulty": "Hard",
        "licence": "MIT",
        "source": str(pair.instruction.seed.source_id),
        "strength": "0.7-0.9",
        "agreement": "-0.3",
        "flagged": "yes",
    }
    asked["text"] = "otters"
    # The builder's other pair has the same source; imports and corrections have tests of theirs.
    assert set(asked) | {"imported", "corrected", "duplicate", "alike"} == {
        field.name for field in FIELDS
    }
    for name, value in asked.items():
        expected = (
            {pair.pk} if name != "source" else set(Response.objects.values_list("pk", flat=True))
        )
        assert found(**{name: value}) == expected, name
    everything = asked | {"corrected": "no"}
    assert found(**everything) == {pair.pk}
    assert found(**(everything | {"kind": "delete"})) == set()


def test_words_stand_in_the_instruction_or_in_the_response(pair: Response) -> None:
    assert found(text="otters") == found(text="walrus") == {pair.pk}
    assert found(text='"walrus sings"') == {pair.pk}
    assert found(text="zebra") == found(text='"sings walrus"') == set()


def test_what_makes_no_sense_is_left_out_and_named() -> None:
    given = QueryDict("verdict=nonsense&run=1e9&kind=select&kind=x&strength=9-1&other=1&run=%00")
    read = filter_of(given, is_editor=True)

    assert read.filter.as_json() == {"kind": ["select"]}
    assert [problem.split(":")[0] for problem in read.problems] == [
        "“nonsense” is no verdict",
        "“1e9” is no run",
        "“\0” is no run",
        "“x” is no kind",
        "“9-1” is no strength",
    ]
    with pytest.raises(FilterError, match="cannot be filtered by 'password'"):
        read_filter({"password": ["x"]})
    with pytest.raises(FilterError, match="Kind cannot be 'x'"):
        read_filter({"kind": ["x"]})


def test_reviewers_cannot_ask_what_others_thought() -> None:
    given = QueryDict("label=bad&reviewer=1&reason=not_sql&verdict=passed")

    assert filter_of(given, is_editor=False).filter.as_json() == {"verdict": ["passed"]}


def test_a_filter_survives_its_address_and_its_json() -> None:
    chosen = read_filter({"text": ["a & b=c"], "verdict": ["passed", "sqlite:none"]})

    assert filter_of(QueryDict(chosen.as_query()), is_editor=True).filter == chosen
    assert read_filter(chosen.as_json()) == chosen
    assert said(chosen) == [("Words", "a & b=c"), ("Verdict", "passed or sqlite:none")]


def test_pages_go_both_ways_and_the_count_says_where_it_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apps.review.listing.PAGE", 2)
    ids = [make_queued().pk for _ in range(5)][::-1]
    first = pairs_page(PairFilter())
    assert ([line.pk for line in first.lines], first.after) == (ids[:2], None)
    second = pairs_page(PairFilter(), before=first.before)
    assert [line.pk for line in second.lines] == ids[2:4]
    last = pairs_page(PairFilter(), before=second.before)
    assert ([line.pk for line in last.lines], last.before) == (ids[4:], None)
    back = pairs_page(PairFilter(), after=last.after)
    assert [line.pk for line in back.lines] == ids[2:4] and back.after == ids[2]

    assert (pairs_count(PairFilter()).number, pairs_count(PairFilter()).more) == (5, False)
    monkeypatch.setattr("apps.review.listing.EXACT", 3)
    assert (pairs_count(PairFilter()).number, pairs_count(PairFilter()).more) == (3, True)
