"""An editor's correction: nothing said of the old text counts for the new one, and none is lost."""

from __future__ import annotations

from html import unescape

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core.models import WorkUnit
from apps.generation.models import Import, Response
from apps.review.correcting import pair_correct
from apps.review.errors import NotHeldError, ReviewError
from apps.review.models import Correction, Decision, Entry, Label
from apps.review.pairwise import duel_next, prefer, preferences
from apps.review.services import claim_next, enqueue, label_add
from apps.review.team.services import rule
from apps.validation.models import Verdict
from apps.validation.services import responses_validate
from tests.builders import PASSWORD, make_user
from tests.review.building import make_queued
from tests.review.test_queues import make_queue
from tests.review.test_siblings import make_sibling

pytestmark = pytest.mark.django_db
TEXT = "```sql\nSELECT 1 AS one;\n```\n"


def make_labelled(reviewer: User, value: str = "good") -> Response:
    response = make_queued()
    claim_next(reviewer=reviewer)
    label_add(response=response, reviewer=reviewer, value=value)
    return response


def make_editor() -> User:
    return make_user(role=User.Role.EDITOR)


def correct(client: Client, response: Response, text: str, seen: int = 0) -> object:
    address = reverse("review:correct", args=[response.pk])
    return client.post(address, {"text": text, "seen": seen})


def test_a_corrected_pair_is_validated_and_labelled_as_if_it_were_new() -> None:
    anna, editor = make_user(), make_editor()
    response = make_labelled(anna)
    before = response.text

    pair_correct(response=response, editor=editor, text=TEXT, seen=0)

    assert Correction.objects.get().before == before
    assert not Decision.objects.exists() and not Verdict.objects.exists()
    newest = Label.objects.latest("pk")
    assert (newest.reviewer, newest.value) == (anna, "withdrawn")
    assert newest.note == "The response was corrected."
    responses_validate(
        response_ids=WorkUnit.objects.get(queue="validate").payload["responses"], again=True
    )
    assert Verdict.objects.get(database="overall").outcome == "no_tests"
    assert claim_next(reviewer=anna) == response, "also who labelled the old text may label it"
    label_add(response=response, reviewer=anna, value="good")
    assert Decision.objects.get().good


def test_who_was_reading_the_old_text_cannot_label_the_new_one() -> None:
    response, anna = make_queued(), make_user()
    claim_next(reviewer=anna)

    pair_correct(response=response, editor=make_editor(), text=TEXT, seen=0)

    with pytest.raises(NotHeldError):
        label_add(response=response, reviewer=anna, value="good")
    assert Entry.objects.get().state == "open"


def test_two_editors_do_not_overwrite_each_other_and_no_change_is_none() -> None:
    response = make_queued()
    pair_correct(response=response, editor=make_editor(), text=TEXT, seen=0)

    with pytest.raises(ReviewError, match="somebody else corrected"):
        pair_correct(response=response, editor=make_editor(), text="Mine.", seen=0)
    with pytest.raises(ReviewError, match="the text is as it was"):
        pair_correct(response=response, editor=make_editor(), text=TEXT, seen=1)
    assert Correction.objects.count() == 1


def test_a_corrected_instruction_is_a_row_of_its_own_and_what_was_asked_stays() -> None:
    anna, editor = make_user(), make_editor()
    response = make_labelled(anna)
    asked = response.instruction
    sibling = make_sibling(response, "Another answer.")
    before, first_text = Label.objects.get(), response.text

    (made,) = pair_correct(
        response=response, editor=editor, text=response.text, instruction="Give two.", seen=0
    )

    assert (made.part, made.before, made.editor) == ("instruction", asked.text, editor)
    now = Response.objects.get(pk=response.pk).instruction
    assert (now.text, now.made_of, now.seed) == ("Give two.", asked, asked.seed)
    assert now.completion is None and now.recipe is None, "no run asks it"
    assert Response.objects.get(pk=sibling.pk).instruction == asked
    assert not Verdict.objects.filter(response=response).exists()
    assert WorkUnit.objects.get(queue="validate").payload["responses"] == [response.pk]
    assert claim_next(reviewer=anna) == response
    again = label_add(response=response, reviewer=anna, value="good")
    assert bytes(again.judged) != bytes(before.judged), "what is judged is another text"
    assert Label.objects.filter(value="withdrawn").get().note.startswith("The instruction was")

    pair_correct(response=response, editor=editor, text=TEXT, instruction="Give 3.", seen=1)
    last = Response.objects.get(pk=response.pk)
    assert (last.text, last.instruction.text, last.instruction.made_of) == (TEXT, "Give 3.", asked)
    parts = Correction.objects.order_by("pk").values_list("part", "before")[1:]
    assert set(parts) == {("instruction", "Give two."), ("response", first_text)}


def test_a_preference_counts_for_one_instruction_only() -> None:
    one, editor = make_queued(), make_editor()
    other = make_sibling(one, "Another answer.")
    enqueue(response_ids=[other.pk])
    queue = make_queue(is_pairwise=True, reviewers=2)
    for reviewer in (make_user(), make_user()):
        duel = duel_next(queue=queue, reviewer=reviewer)
        assert duel
        prefer(duel=duel, reviewer=reviewer, said="left", one_was_left=True)
    assert len(preferences()) == 2
    pair_correct(response=other, editor=editor, text=other.text, instruction="Else.", seen=0)
    assert preferences() == [] and duel_next(queue=queue, reviewer=make_user()) is None


def test_a_ruling_on_the_old_text_decides_nothing_of_the_new_one() -> None:
    editor, anna = make_editor(), make_user()
    response = make_labelled(anna)
    rule(response=response, good=False, note="It gives no order.", editor=editor)
    pair_correct(response=response, editor=editor, text=TEXT, seen=0)
    claim_next(reviewer=anna)
    label_add(response=response, reviewer=anna, value="good")
    assert Decision.objects.get().good


def test_whoever_preferred_the_old_text_is_asked_again() -> None:
    one, editor, anna = make_queued(), make_editor(), make_user()
    enqueue(response_ids=[make_sibling(one, "Another answer.").pk])
    queue = make_queue(is_pairwise=True)
    duel = duel_next(queue=queue, reviewer=anna)
    assert duel
    prefer(duel=duel, reviewer=anna, said="left", one_was_left=True)
    assert duel_next(queue=queue, reviewer=anna) is None

    pair_correct(response=one, editor=editor, text=TEXT, seen=0)
    assert duel_next(queue=queue, reviewer=anna) == duel
    assert duel_next(queue=queue, reviewer=editor) is None, "whoever corrected one is not asked"


def test_a_corrected_pair_of_the_sample_is_still_one() -> None:
    response = make_queued()
    imported = Import.objects.create(file_name="s.jsonl", sha256="0" * 64, is_sample=True)
    asked = response.instruction
    asked.completion, asked.imported, asked.import_row = None, imported, 3
    asked.save()
    pair_correct(
        response=response, editor=make_editor(), text=response.text, instruction="Two.", seen=0
    )
    assert Response.objects.get(pk=response.pk).is_sample


def test_an_editor_corrects_on_a_page_that_starts_with_the_text() -> None:
    response, client = make_queued(text="As it was."), Client()
    client.force_login(make_editor())
    page = client.get(reverse("review:correct", args=[response.pk])).content.decode()
    assert "As it was.</textarea>" in page

    answer = correct(client, response, "One.\r\nTwo.\r\n")

    assert answer.status_code == 302  # type: ignore[attr-defined]
    response.refresh_from_db()
    assert response.text == "One.\nTwo.\n"
    shown = client.get(reverse("review:pair", args=[response.pk])).content.decode()
    assert "The text before" in shown and "As it was." in shown
    address = reverse("review:correct", args=[response.pk])
    sent = {"text": response.text, "instruction": "Give\r\none.", "seen": 1}
    assert client.post(address, sent).status_code == 302
    assert Response.objects.get(pk=response.pk).instruction.text == "Give\none."
    empty = client.post(address, sent | {"instruction": " ", "seen": 2})
    assert empty.status_code == 200 and b"cannot be empty" in empty.content


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_response_is_refused_beside_the_field(text: str) -> None:
    response, client = make_queued(text="As it was."), Client()
    client.force_login(make_editor())

    answer = correct(client, response, text)

    assert answer.status_code == 200 and b"errorlist" in answer.content  # type: ignore[attr-defined]
    assert not Correction.objects.exists()


def test_who_may_correct() -> None:
    response, client = make_queued(), Client()
    address = reverse("review:correct", args=[response.pk])
    assert client.get(address)["Location"].startswith(reverse("accounts:login"))
    client.force_login(make_user())
    assert client.get(address).status_code == 403
    client.force_login(make_editor())
    assert client.get(reverse("review:correct", args=[0])).status_code == 404
    assert client.put(address).status_code == 405


def test_a_reviewer_corrects_what_they_hold_in_a_queue_that_allows_it(client: Client) -> None:
    response, anna = make_queued(text="As it was."), make_user()
    queue = make_queue(may_correct=True)
    client.force_login(anna)
    address = reverse("review:correct", args=[response.pk])
    assert client.get(address).status_code == 403, "it is not theirs yet"
    page = client.get(reverse("review:work", args=[queue.pk])).content.decode()
    assert f'href="{address}" data-action="correct"' in page
    sent = {"text": "Better.", "instruction": response.instruction.text, "seen": 0}
    answer = client.post(address, sent)
    work = reverse("review:work", args=[queue.pk])
    assert answer.status_code == 302 and answer.headers["Location"] == work, "the next one of it"
    assert Correction.objects.get().editor == anna
    assert Response.objects.get(pk=response.pk).text == "Better."
    assert claim_next(reviewer=anna, queue=queue) is None, "nobody judges what they corrected"
    assert client.get(address).status_code == 403
    other = client.get(reverse("review:index")).content.decode()
    assert 'data-action="correct"' not in other


def test_a_correction_that_is_sent_after_the_session_ended_is_there_again(client: Client) -> None:
    response = make_queued(text="As it was.")
    client.force_login(make_user("editor", "edda"))
    address = reverse("review:correct", args=[response.pk])
    assert client.get(address).status_code == 200
    Session.objects.all().delete()
    sent = {"text": "Half an hour's work.", "instruction": "All of it?", "seen": 0}
    answer = client.post(address, sent, headers={"Referer": f"http://testserver{address}"})
    assert answer.headers["Location"] == f"/accounts/login/?next={address}"
    given = {"username": "edda", "password": PASSWORD, "next": address}
    page = client.post("/accounts/login/", given, follow=True).content.decode()
    assert (
        "Half an hour's work." in unescape(page)
        and "All of it?" in page
        and "nothing was saved" in page
    )
    assert not Correction.objects.exists()
