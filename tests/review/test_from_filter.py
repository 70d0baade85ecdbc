"""From a filter of pairs: its form keeps what is asked, its pairs are reviewed, or compared."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertHTMLEqual
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.generation.models import Import, Response
from apps.review import filter_form
from apps.review.filters import PairFilter, read_filter
from apps.review.models import Entry, Flag, Queue
from apps.review.naming import NAMED, offered, said_by_name
from apps.review.queue import default_queue
from apps.review.services import claim_next, label_add
from apps.review.two_filters import filter_in, lines_of, side_of
from apps.validation import checks
from tests.builders import make_response, make_run, make_user
from tests.pages import markup
from tests.review.building import make_failed_check, make_queued, make_verdict
from tests.review.team.test_team import judge
from tests.review.test_queues import make_queue, order_of

pytestmark = pytest.mark.django_db
THESE = "/review/pairs/review/"
PASSED = {"verdict": ["passed"]}


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_user("editor", username="edda"))
    return client


def options(page: str, name: str) -> dict[str, bool]:
    """Values of a select and whether they are chosen."""
    select = page[page.index(f'<select name="{name}"') :]
    found = re.findall(r'<option value="([^"]*)"( selected)?>', select[: select.index("</select>")])
    return {value: bool(chosen) for value, chosen in found}


def test_the_form_offers_each_database_and_keeps_what_it_does_not_offer(
    editor: Client, settings: Any
) -> None:
    settings.WINNOW_DATABASES = ["sqlite", "duckdb"]
    page = markup(editor.get("/review/pairs/?verdict=duckdb:passed&check=of_before&run=77&kind=x"))
    verdicts = options(page, "verdict")
    assert verdicts["duckdb:passed"] and not verdicts["passed"] and "sqlite:none" in verdicts
    assert options(page, "check")["of_before"] and "cut_off" in options(page, "check")
    assert options(page, "run")["77"], (
        "a run that is not there (any more) is asked for all the same"
    )
    assert [value for value, chosen in options(page, "dialect").items() if chosen] == [""]
    assert "x" not in options(page, "kind"), "what is refused is not offered"


@pytest.mark.parametrize("asked", ["", "a:b", '<"&', "other"])
def test_a_select_is_written_as_django_writes_it(asked: str) -> None:
    choices = [("", "any"), ("All", [("a", "A"), ("a:b", "A & B")]), ('<"&', "<b>'x'</b>")]
    ours, theirs = filter_form._Select(choices=choices), forms.Select(choices=choices)
    for attributes in ({"id": "id_x"}, {"id": "id_x", "required": True, "data-x": '"'}):
        written = [each.render("x", asked, attributes) for each in (ours, theirs)]
        assertHTMLEqual(*written)


def test_a_name_that_is_offered_takes_no_query_of_its_own(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_queue()
    for number in range(2):
        make_run()  # with a recipe, a version and a seed's source of its own
        Import.objects.create(file_name=f"{number}.jsonl", sha256=f"{number:064}")
        make_user("reviewer")
    for name in NAMED:
        with django_assert_num_queries(1):
            assert offered(name), name


def test_the_form_shows_each_of_several_values_of_a_field(editor: Client) -> None:
    """The last one in the field's own control, the others as boxes that are sent again."""
    asked = "verdict=sql_error&verdict=sqlite:none&verdict=passed&kind=x&kind=update&kind=delete"
    page = markup(editor.get(f"/review/pairs/?{asked}&text=a&text=%3Cb&verdict=passed"))
    kept = re.findall(
        r'<input type="checkbox" name="(\w+)" value="([^"]*)" checked> ([^<]+)</label>', page
    )
    assert kept == [
        ("text", "a", "and a"), ("verdict", "sql_error", "or sql error"),
        ("verdict", "sqlite:none", "or sqlite: none"), ("kind", "update", "or update"),
    ]  # fmt: skip
    assert options(page, "verdict")["passed"] and options(page, "kind")["delete"]
    assert 'name="text" value="&lt;b"' in page
    none = markup(editor.get("/review/pairs/?verdict=passed"))
    assert 'type="checkbox"' not in none


def test_the_form_offers_the_checks_that_there_are() -> None:
    assert sorted(check.name for check in checks.CHECKS) == list(filter_form.CHECKS)


def test_editors_choose_by_names_and_reviewers_are_not_told_them(editor: Client) -> None:
    anna, response = make_user(username="anna"), make_queued()
    queue = make_queue(name="Of others", people=[anna])
    page = markup(editor.get(f"/review/pairs/?reviewer={anna.pk}&queue={queue.pk}"))
    assert f'value="{anna.pk}" selected>anna<' in page
    assert "Reviewer: anna" in page and "Queue: Of others" in page
    assert response.run and f"{response.run.pk}: {response.run.recipe.model}" in page
    chosen = read_filter({"reviewer": ["999999"], "verdict": ["passed"], "reason": ["not_sql"]})
    assert said_by_name(chosen) == [
        ("Verdict", "passed"), ("Reviewer", "999999"),
        ("Reason", "Response: not SQL, or another language beside it"),
    ]  # fmt: skip
    stranger = Client()
    stranger.force_login(make_user())
    page = markup(stranger.get(f"/review/pairs/?queue={queue.pk}"))
    assert "Of others" not in page and "anna" not in page


def test_these_pairs_are_reviewed_at_once_in_a_queue_of_ones_own(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong, first, second = make_queued("wrong_result"), make_queued(), make_queued()
    # What the first batches of all pairs have is not waited for: the newest are there at once.
    monkeypatch.setattr("apps.review.managing.queue_fill", lambda **_: 0)
    answer = editor.post(THESE, PASSED, follow=True)
    queue = Queue.objects.get(is_default=False)
    assert answer.redirect_chain == [(reverse("review:work", args=[queue.pk]), 302)]
    assert order_of(queue) == [second.pk, first.pk] and queue.name == "edda: passed"
    assert f'data-pair="{second.pk}"' in markup(answer)
    editor.post(THESE, PASSED)
    assert Queue.objects.count() == 2, "the same filter again is the same queue"
    editor.post(f"/review/queues/{queue.pk}/close/")
    editor.post(THESE, PASSED)
    assert Queue.objects.get(is_closed=False, is_default=False).name == "edda: passed 2"
    other = Client()
    other.force_login(make_user())
    assert other.get(reverse("review:work", args=[queue.pk])).status_code == 404
    assert wrong.pk not in order_of(queue)


def test_without_a_filter_these_are_all_pairs(editor: Client) -> None:
    make_queued()
    answer = editor.post(THESE, {"verdict": "nonsense"}, follow=True)
    assert answer.redirect_chain == [(reverse("review:index"), 302)]
    assert Queue.objects.count() == 1


def test_a_new_queue_has_the_newest_pairs_of_its_filter_however_many_came_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        make_queued("wrong_result")
    wanted = make_queued("passed")
    monkeypatch.setattr("apps.review.queue.BATCH", 1)
    queue = make_queue(filter=read_filter(PASSED))
    assert order_of(queue) == [wanted.pk] and queue.seen_through < wanted.pk
    assert Entry.objects.filter(queue=default_queue()).count() == 4


def of_ten(passed: int, accepted: int) -> list[Response]:
    """Ten pairs, some pass, the first ones are accepted and the others not."""
    made = []
    for number in range(10):
        response = make_response(f"{passed} {number}")
        outcome = "passed" if number < passed else "sql_error"
        make_verdict(response, outcome, strength=0.5 if number < passed else None)
        made.append(judge(response, anna="good" if number < accepted else "bad"))
    return made


def test_what_came_of_two_filters_is_counted() -> None:
    many, few = of_ten(10, 10), of_ten(1, 0)
    make_failed_check(few[0])
    judge(few[0], bert="good")
    for response in few:
        Flag.objects.create(response=response, reviewer=make_user())
    one, other = side_of(PairFilter()), side_of(read_filter({"flagged": ["yes"]}))
    assert (one.pairs, one.is_all, other.pairs, other.is_all) == (20, True, 10, True)
    assert (one.passed.part, one.passed.whole, other.passed.part) == (11, 20, 1)
    assert (other.checks.part, other.split.part, other.split.whole) == (1, 1, 1)
    assert (one.accepted.part, other.accepted.part, other.accepted.whole) == (10, 0, 10)
    assert (one.strength, one.measured) == (0.5, 11)
    third = side_of(read_filter({"flagged": ["no"]}))
    lines = {line.says: line for line in lines_of(third, other)}
    assert lines["Accepted, of those that were labelled"].differs
    assert not lines["Duplicates of others"].differs
    assert (lines["Sql error"].one.part, lines["Sql error"].other.part) == (0, 9)
    assert {each.pk for each in many}.isdisjoint({each.pk for each in few})


def test_so_many_are_looked_at_and_the_page_says_so(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.review.two_filters.MOST", 2)
    for _ in range(3):
        make_queued()
    assert (side_of(PairFilter()).pairs, side_of(PairFilter()).is_all) == (2, False)
    page = markup(editor.get("/review/pairs/compare/?verdict=passed&beside=verdict%3Dno_sql"))
    assert "<td>2 pairs, the newest</td>" in page and "<td>0 pairs</td>" in page
    assert 'name="verdict" value="passed"' in page and 'value="verdict=no_sql"' in page
    page = markup(editor.get("/review/pairs/compare/?beside=verdict%3Dx"))
    assert "“x” is no verdict: left out." in page


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://winnow.example/review/pairs/?verdict=passed&before=7", PASSED),
        ("verdict=passed", PASSED),
        ("", {}),
        ("https://[x?verdict=passed", {}),
        ("?password=x", {}),
    ],
)
def test_the_other_filter_is_read_from_an_address(
    address: str, expected: dict[str, list[str]]
) -> None:
    assert filter_in(address).filter.as_json() == expected


def test_one_s_own_queue_is_worked_in_like_any_other(editor: Client) -> None:
    from apps.accounts.models import User

    pair = make_queued()
    editor.post(THESE, PASSED)
    queue, edda = Queue.objects.get(is_default=False), User.objects.get(username="edda")
    assert claim_next(reviewer=edda, queue=queue) == pair
    label_add(response=pair, reviewer=edda, value="good", queue=queue)
    assert Entry.objects.get(queue=queue).state == "done"
