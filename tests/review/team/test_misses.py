"""Known answers by rulings, and the ones that a reviewer missed."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.review.models import Gold, Label
from apps.review.team import services
from apps.review.team.figures import count_team
from apps.review.team.misses import misses_of
from tests.builders import make_response, make_user
from tests.pages import markup
from tests.review.team.test_team import judge

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_user("editor", username="edda"))
    return client


def test_a_ruling_makes_a_known_answer_where_the_editor_says_so(editor: Client) -> None:
    pair = judge(make_response(), anna="good", bert="bad")
    other = judge(make_response(), anna="good", bert="bad")
    address = reverse("review:rule", args=[pair.pk])
    text = markup(
        editor.post(address, {"word": "bad", "note": "Wrong sum.", "gold": "on"}, follow=True)
    )
    assert f"Pair {pair.pk}: It is bad. Its answer is known from now on." in text
    gold = Gold.objects.get()
    assert (gold.response, gold.good, gold.why) == (pair, False, "Wrong sum.")
    assert gold.editor and gold.editor.username == "edda", "who ruled is not asked"
    editor.post(reverse("review:rule", args=[other.pk]), {"word": "good", "note": "Fine."})
    assert Gold.objects.count() == 1
    page = markup(editor.get(reverse("review:conflicts"), {"ruled": 1, "pair": other.pk}))
    assert page.count("known answer</span>") == 1, "in the list, of the one that is not open"
    assert " checked>" not in page
    page = markup(editor.get(reverse("review:conflicts"), {"ruled": 1, "pair": pair.pk}))
    assert page.count("known answer</span>") == 2 and page.count(" checked>") == 1
    editor.post(address, {"word": "good", "note": "On second thought."})
    gold.refresh_from_db()
    assert gold.good and gold.why == "On second thought.", "what is known follows the ruling"


def test_misses_are_what_somebody_says_today_of_known_answers() -> None:
    editor = make_user("editor", username="edda")
    known = [judge(make_response(), anna="good") for _ in range(3)]
    for number, pair in enumerate(known):
        services.gold_set(response=pair, good=number == 0, editor=editor, why=f"Why {number}.")
    judge(make_response(), anna="good")
    anna = User.objects.get(username="anna")
    assert [(m.response_id, m.said, m.good, m.why) for m in misses_of(anna)] == [
        (known[2].pk, "good", False, "Why 2."), (known[1].pk, "good", False, "Why 1."),
    ]  # fmt: skip
    judge(known[2], anna="bad")
    Label.objects.create(response=known[1], reviewer=anna, value="withdrawn")
    assert misses_of(anna) == [] and misses_of(editor) == []


def test_an_editor_reads_them_on_the_page_of_a_person_and_others_do_not(editor: Client) -> None:
    pair = judge(make_response(), anna="good", bert="bad")
    services.gold_set(
        response=pair, good=False, editor=User.objects.get(username="edda"), why="Wrong sum."
    )
    count_team()
    anna = User.objects.get(username="anna")
    address = reverse("review:person", args=[anna.pk])
    assert f'href="{address}"' in markup(editor.get(reverse("review:team")))
    page = markup(editor.get(address))
    assert "Wrong sum." in page and "0 of 1" in page and f"?reviewer={anna.pk}" in page
    bert = User.objects.get(username="bert")
    assert "<strong>None</strong>" in markup(editor.get(reverse("review:person", args=[bert.pk])))
    assert editor.get(reverse("review:person", args=[10**9])).status_code == 404
    own = Client()
    own.force_login(anna)
    assert own.get(address).status_code == 403, "it would tell which pairs are known"
    assert address not in markup(own.get(reverse("review:team")))
