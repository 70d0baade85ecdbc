"""Sets that are made in the browser: empty, or like a version of another one."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.fewshot.models import FewShotSet, Version
from apps.fewshot.queries import draft_of, version_file
from apps.fewshot.services import draft_open
from tests.builders import make_user
from tests.fewshot.data import make_published
from tests.pages import markup

pytestmark = pytest.mark.django_db
NEW = "/fewshot/sets/new/"


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_user("editor"))
    return client


def test_a_set_like_another_one_has_a_draft_with_its_examples(editor: Client) -> None:
    base = make_published()
    assert f'<option value="{base.pk}">small version 1</option>' in markup(editor.get(NEW))
    answer = editor.post(NEW, {"name": "museums", "like": base.pk})
    made = FewShotSet.objects.get(name="museums")
    draft = draft_of(made)
    assert draft and answer.headers["Location"] == f"/fewshot/versions/{draft.pk}/"
    assert (draft.number, version_file(draft)) == (1, version_file(base))
    assert draft.created_by and draft.created_by.is_editor
    # What is changed in it changes nothing there.
    draft.examples.update(category="museum")
    assert not base.examples.filter(category="museum").exists()
    assert "museums" in markup(editor.get("/fewshot/"))


def test_an_empty_set_is_filled_and_says_what_lacks(editor: Client) -> None:
    editor.post(NEW, {"name": "empty"})
    draft = Version.objects.get()
    assert not draft.examples.exists() and draft.systems == {}
    page = editor.post(f"/fewshot/versions/{draft.pk}/publish/", {"note": "x"})
    assert "This cannot be published yet" in markup(page)


def test_a_name_is_given_once_and_drafts_are_no_beginning(editor: Client) -> None:
    draft = draft_open(fewshot_set=make_published().fewshot_set, created_by=None)
    page = editor.post(NEW, {"name": "small"})
    assert "There is a set small already: choose another name." in markup(page)
    page = editor.post(NEW, {"name": "other", "like": draft.pk})
    assert "Select a valid choice." in markup(page)
    assert "This field is required." in markup(editor.post(NEW, {"name": " "}))
    assert FewShotSet.objects.count() == 1


def test_only_editors_make_sets(client: Client) -> None:
    assert client.get(NEW).status_code == 302
    client.force_login(make_user("reviewer"))
    assert client.get(NEW).status_code == 403 and client.post(NEW).status_code == 403
    client.force_login(make_user("editor"))
    assert client.get(NEW).status_code == 200 and client.put(NEW).status_code == 405
