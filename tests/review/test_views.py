from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.core.models import Figure
from apps.generation.models import Response
from apps.review.models import Gold, Label, Seat
from apps.review.services import claim_next, label_add
from apps.review.team.services import gold_set
from apps.validation.services import responses_validate
from apps.validation.values import NOTE_WORDS, Note
from tests.builders import make_seed, make_user
from tests.pages import markup
from tests.review.building import make_failed_check, make_queued, make_verdict
from tests.review.test_queues import make_queue
from tests.validation.building import make_answers

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
DIFF = {
    "columns": ["id", "name"],
    "rows": [
        {"tag": "same", "cells": [1, "Alice"]},
        {"tag": "missing", "cells": [3, "Bob"]},
        {"tag": "unexpected", "cells": [3, None]},
    ],
    "expected_columns": [],
    "actual_columns": [],
    "cut": False,
}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(name: str, response: Response) -> str:
    return reverse(f"review:{name}", args=[response.pk])


def post(client: Client, name: str, response: Response, htmx: bool = True, **data: Any) -> Any:
    return client.post(address(name, response), data, headers=HTMX if htmx else {})


@pytest.fixture
def anna() -> User:
    return make_user()


@pytest.fixture
def client(anna: User) -> Client:
    return client_of(anna)


def test_nobody_reviews_without_signing_in() -> None:
    answer = Client().get(reverse("review:index"))

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("accounts:login"))


def test_the_queue_page_shows_the_pair_with_its_verdict_and_failed_checks(client: Client) -> None:
    response = make_queued(
        "wrong_result",
        text="**Here** it is:\n\n```sql\nUPDATE users SET name = 'Bob';\n```",
        instruction="Write a Python function.",
        seed=make_seed("SELECT 42 FROM answers"),
    )
    response.verdicts.update(message="1 expected row is missing.", diff=DIFF, strength=0.8)
    response.verdicts.update(survivor={"operator": "row dropped", "sql": "SELECT 1 < 2"})
    make_failed_check(response, start=8, end=14)

    page = markup(client.get(reverse("review:index")))

    assert "<strong>Here</strong> it is" in page
    assert '<span class="k">UPDATE</span>' in page
    assert "Write a <mark>Python</mark> function." in page
    assert "answers" in page
    assert '<span class="badge wrong_result">wrong result</span> 1 expected row is missing.' in page
    assert '<tr class="unexpected">' in page and "NULL" in page
    assert "asks for python" in page and "It asks for Python." in page
    assert "Strength 80 %" in page
    assert "Not noticed: row dropped" in page and "SELECT 1 &lt; 2</pre>" in page


def test_the_desk_says_what_databases_disagree_in(client: Client) -> None:
    response = make_queued("passed")
    make_verdict(response, "passed", database="duckdb")
    make_verdict(response, "passed", database="sqlite")
    message, notes = "One row is missing.", ["null_order"]
    make_verdict(
        response, "wrong_result", database="postgres", message=message, diff=DIFF, notes=notes
    )
    page = markup(client.get(reverse("review:index")))
    said = "passed on duckdb and sqlite, wrong result on postgres."
    assert "The databases disagree:" in page and said in page
    assert "What came out on postgres" in page and '<tr class="unexpected">' in page
    assert message in page and "The result sorts NULL" in page
    assert "That may be why: the result sorts NULL" in page


def test_the_desk_says_which_databases_give_other_rows_though_all_say_the_same(
    client: Client,
) -> None:
    response = make_queued("wrong_result")
    message, notes = "One row is missing.", ["null_order"]
    other = DIFF | {"rows": [*DIFF["rows"][:2], {"tag": "unexpected", "cells": [4, "Zoe"]}]}
    written = DIFF | {"rows": [*DIFF["rows"][:2], {"tag": "unexpected", "cells": ["3", None]}]}
    for name, diff in (("duckdb", other), ("postgres", written), ("sqlite", DIFF)):
        make_verdict(
            response, "wrong_result", database=name, message=message, diff=diff, notes=notes
        )
    response.verdicts.filter(database="overall").update(diff=DIFF, message=f"sqlite: {message}")
    page = markup(client.get(reverse("review:index")))
    said = "wrong result on duckdb, wrong result with other rows on postgres and sqlite."
    assert "The databases disagree:" in page and said in page
    assert "That may be why: the result sorts NULL" in page
    assert page.count("<summary>What came out on ") == 1 and "What came out on duckdb" in page
    assert "Zoe" in page[page.index("What came out on duckdb") :]
    response.verdicts.filter(database="duckdb").update(diff=written)
    assert "The databases disagree" not in markup(client.get(reverse("review:index")))


@pytest.mark.parametrize("note", Note)
def test_every_note_of_a_result_is_said_on_the_desk(client: Client, note: Note) -> None:
    response = make_queued("passed")
    response.verdicts.update(notes=[note.value])
    page = markup(client.get(reverse("review:index")))
    assert f"<li>The result {NOTE_WORDS[note]}.</li>" in page
    for other in set(Note) - {note}:
        assert NOTE_WORDS[other] not in page


def test_a_label_is_answered_with_the_next_pair(client: Client, anna: User) -> None:
    first, second = make_queued(), make_queued()
    client.get(reverse("review:index"))

    answer = post(client, "label", first, value="good", seconds="12.34")

    label = Label.objects.get()
    assert (label.value, label.seconds, label.reviewer) == ("good", 12.3, anna)
    page = markup(answer)
    assert "<html" not in page
    assert f'data-pair="{second.pk}"' in page
    assert "Labelled good. Next pair: passed." in page
    assert Seat.objects.get(expires_at__isnull=False).entry.response_id == second.pk


def test_without_javascript_the_queue_page_comes_again(client: Client) -> None:
    first, second = make_queued(), make_queued()
    client.get(reverse("review:index"))

    answer = client.post(address("label", first), {"value": "good"}, follow=True)

    assert answer.redirect_chain == [(reverse("review:index"), 302)]
    page = markup(answer)
    assert "Labelled good." in page and f'data-pair="{second.pk}"' in page


def test_bad_without_a_reason_shows_the_same_pair_and_says_so(client: Client) -> None:
    first, _ = make_queued(), make_queued()
    client.get(reverse("review:index"))

    page = markup(post(client, "label", first, value="bad"))

    assert "Choose at least one reason why the pair is bad." in page
    assert f'data-pair="{first.pk}"' in page
    assert not Label.objects.exists()


def test_bad_keeps_reasons_and_note(client: Client) -> None:
    response = make_queued()
    client.get(reverse("review:index"))

    post(client, "label", response, value="bad", reasons=["not_sql", "test_wrong"], note="Python")

    label = Label.objects.get()
    assert (label.value, label.reasons, label.note) == ("bad", ["not_sql", "test_wrong"], "Python")


def test_a_pair_that_is_not_held_cannot_be_labelled(client: Client) -> None:
    other = make_queued()
    claim_next(reviewer=make_user())
    mine = make_queued()

    page = markup(post(client, "label", other, value="good"))

    assert "your hold on that pair ran out" in page
    assert f'data-pair="{mine.pk}"' in page
    assert not Label.objects.exists()


def test_skip_and_undo_go_back_and_forth(client: Client) -> None:
    first, second = make_queued(), make_queued()
    client.get(reverse("review:index"))

    assert f'data-pair="{second.pk}"' in markup(post(client, "skip", first))
    answer = client.post(reverse("review:undo"), headers=HTMX)
    assert f'data-pair="{first.pk}"' in markup(answer)
    answer = client.post(reverse("review:undo"), headers=HTMX)
    assert "You have no label to take back." in markup(answer)


def test_leaving_frees_the_pair(client: Client) -> None:
    response = make_queued()
    client.get(reverse("review:index"))

    client.post(reverse("review:leave"))

    assert claim_next(reviewer=make_user()) == response


@pytest.mark.parametrize("name", ["label", "skip", "relabel"])
def test_actions_need_post_and_a_pair_that_exists(client: Client, name: str) -> None:
    assert client.get(reverse(f"review:{name}", args=[1])).status_code == 405
    assert client.post(reverse(f"review:{name}", args=[1])).status_code == 404


def test_an_empty_queue_says_what_to_do_next(client: Client) -> None:
    assert "An editor gathers SQL and starts a run" in markup(client.get(reverse("review:index")))
    editor = client_of(make_user("editor"))
    assert "start a run</a>, or" in markup(editor.get(reverse("review:index")))

    make_queued()
    claim_next(reviewer=make_user())
    assert "Nothing left for you" in markup(client.get(reverse("review:index")))


def test_the_progress_line_counts_what_is_left_mine_and_accepted(
    client: Client, anna: User
) -> None:
    for value, reasons in (("good", []), ("bad", ["not_sql"])):
        response = make_queued()
        claim_next(reviewer=anna)
        label_add(response=response, reviewer=anna, value=value, reasons=reasons)
    make_queued()

    page = markup(client.get(reverse("review:index")))

    assert "<b>1</b> left" in page
    assert "<b>2</b> mine today" in page
    assert "<b>50 %</b> accepted" in page


def test_beyond_a_thousand_the_counted_figure_is_shown(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.review.queries.EXACT", 1)
    monkeypatch.setattr("apps.review.desk.EXACT", 1)
    for _ in range(3):
        make_queued()
    assert "<b>1+</b> left" in markup(client.get(reverse("review:index")))

    Figure.objects.create(name="open", value=987_654)
    assert "<b>987,654</b> left" in markup(client.get(reverse("review:index")))


def test_a_label_and_the_next_pair_are_a_fixed_number_of_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    pairs = [make_queued() for _ in range(3)]
    client.get(reverse("review:index"))
    with django_assert_num_queries(2):  # who sends it, and all of the desk
        post(client, "label", pairs[0], value="good")

    for _ in range(20):
        make_queued()
    with django_assert_num_queries(2):
        post(client, "label", pairs[1], value="good")


def test_so_they_are_in_a_saved_queue_that_has_all_that_a_queue_can_have(
    client: Client, anna: User
) -> None:
    """At most eight, whatever comes next: the evidence, another pair, one with a known answer."""
    for _ in range(6):
        make_queued()
    for good in (True, False):
        gold_set(response=make_queued(), good=good, editor=make_user("editor"))
    rules = {"gold_share": 0.5, "guideline": "Be *kind*.", "evidence_last": True}
    queue = make_queue(name="Second look", reviewers=2, people=[anna], is_blind=True, **rules)
    place = reverse("review:work", args=[queue.pk])
    page, seen = markup(client.get(place)), set()
    while found := re.search(r'data-pair="(\d+)"', page):
        pair = Response.objects.get(pk=int(found[1]))
        for looked in ("", "1"):
            with CaptureQueriesContext(connection) as asked:
                sent = {"value": "good", "queue": queue.pk, "looked": looked}
                page = markup(post(client, "label", pair, **sent))
            assert len(asked) <= 8, [each["sql"][:80] for each in asked]
            assert ("You said <b>good</b>" in page) == (not looked)
        seen.add(pair.pk)
    gold = set(Gold.objects.values_list("response", flat=True))
    assert len(seen) >= 6 and seen & gold and seen - gold
    assert Label.objects.filter(queue=queue).count() == len(seen)


def test_the_history_pages_through_own_labels_only(client: Client, anna: User) -> None:
    for user in (anna, make_user(username="ben")):
        response = make_queued(instruction=f"Instruction of {user.username}.")
        claim_next(reviewer=user)
        label_add(response=response, reviewer=user, value="good")
    own = Label.objects.get(reviewer=anna)

    page = markup(client.get(reverse("review:history"), {"everyone": "1"}))
    assert f"Instruction of {anna.username}." in page and "Instruction of ben." not in page
    older = markup(client.get(reverse("review:history"), {"before": own.pk}))
    assert "No labels yet" in older

    editor = client_of(make_user("editor"))
    assert "ben" not in markup(editor.get(reverse("review:history")))
    everyone = markup(editor.get(reverse("review:history"), {"everyone": "1"}))
    assert "Instruction of ben." in everyone


def test_older_labels_are_a_page_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.review.queries.PAGE", 1)
    for response in (make_queued(instruction="The older."), make_queued(instruction="The newer.")):
        client.get(reverse("review:index"))
        post(client, "label", response, value="good")

    page = markup(client.get(reverse("review:history")))
    assert "The newer." in page and "The older." not in page
    newest = Label.objects.latest("pk")
    assert f"?before={newest.pk}" in page


def test_a_pair_page_shows_reviewers_their_own_labels_and_editors_all(
    client: Client, anna: User
) -> None:
    response, ben = make_queued(), make_user(username="ben")
    claim_next(reviewer=ben)
    label_add(response=response, reviewer=ben, value="bad", reasons=["not_sql"], note="Is Python.")

    page = markup(client.get(address("pair", response)))
    assert "You have not labelled this pair." in page and "Is Python." not in page
    assert "Label again" not in page
    assert "Is Python." in markup(client_of(make_user("editor")).get(address("pair", response)))
    assert client.get(reverse("review:pair", args=[0])).status_code == 404


def test_a_pair_page_shows_what_was_read(client: Client, settings: Any) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]
    (response,) = make_answers("SELECT name FROM users WHERE age > 20 AND name <> '<b>';")
    responses_validate(response_ids=[response.pk])

    page = markup(client.get(address("pair", response)))

    read = page[page.index("What was read") : page.index("</details>", page.index("What was read"))]
    assert "Implementation" in read and "<h3>users</h3>" in read and "<h3>Expected</h3>" in read
    assert "<td>Carl</td>" in read and "<b>" not in read


def test_a_reviewer_labels_again_and_an_outsider_cannot(client: Client, anna: User) -> None:
    response = make_queued()
    client.get(reverse("review:index"))
    post(client, "label", response, value="good")

    refused = client.post(address("relabel", response), {"value": "bad"})
    assert "Choose at least one reason" in markup(refused)
    answer = client.post(
        address("relabel", response), {"value": "bad", "reasons": ["not_sql"]}, follow=True
    )
    assert "Labelled bad." in markup(answer)
    outsider = client_of(make_user())
    answer = outsider.post(address("relabel", response), {"value": "good"}, follow=True)
    assert "it is not yours any more" in markup(answer)
    assert list(Label.objects.order_by("pk").values_list("value", flat=True)) == ["good", "bad"]
