"""Two people in one draft: neither overwrites, removes or publishes what the other one wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from apps.fewshot import services
from apps.fewshot.forms import example_initial
from apps.fewshot.models import Example, Version
from apps.fewshot.queries import (
    example_value,
    fingerprint,
    systems_fingerprint,
    version_fingerprint,
)
from apps.fewshot.services import FewShotError, SystemsChangedError
from tests.builders import make_user
from tests.fewshot.data import make_published
from tests.pages import markup

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def draft() -> Version:
    published = make_published()
    return services.draft_open(fewshot_set=published.fewshot_set, created_by=None)


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_user("editor"))
    return client


def entered(row: Example, **changes: str) -> dict[str, str]:
    value = example_value(row)
    return {**example_initial(value), "seen": fingerprint(value), **changes}


def seen_of(page: Any) -> str:
    """What a page says of the draft that it shows, for its button that discards it."""
    found = re.search(r'name="seen" value="(\w+)" form="discard"', page.content.decode())
    assert found
    return found[1]


def somebody_saves(row: Example, category: str) -> None:
    value = example_value(Example.objects.get(pk=row.pk))
    content = replace(value, category=category)
    services.example_save(example=row, content=content, seen=fingerprint(value))


def test_moving_an_example_is_no_change_of_what_another_one_edits(
    editor: Client, draft: Version
) -> None:
    row = draft.examples.get(number=3)
    form = entered(row, category="museum")
    services.example_move(example=row, up=True)
    assert editor.post(f"/fewshot/examples/{row.pk}/edit/", form).status_code == 302
    assert draft.examples.get(category="museum").number == 2


def test_system_texts_that_somebody_saved_meanwhile_stand_beside_ones_own(
    editor: Client, draft: Version
) -> None:
    address = f"/fewshot/versions/{draft.pk}/systems/"
    form = editor.get(address).context["form"].initial
    theirs = draft.systems | {"I->R": "Answer in SQL, and be brief."}
    services.systems_save(version=draft, systems=theirs)
    answer = editor.post(address, form | {"c_i": "Ask for SQL tasks."})
    text = markup(answer)
    assert "Somebody saved the system texts while you were editing them." in text
    assert "System text I→R" in text and "System text C→I" in text
    assert "Answer in SQL, and be brief." in text and "S→C</h3>" not in text
    draft.refresh_from_db()
    assert draft.systems == theirs
    together = answer.context["form"].initial | {"i_r": theirs["I->R"]}
    assert editor.post(address, together).status_code == 302
    draft.refresh_from_db()
    assert draft.systems == theirs | {"C->I": "Ask for SQL tasks."}


def test_the_service_itself_refuses_texts_that_were_begun_with_others(draft: Version) -> None:
    seen = systems_fingerprint(draft.systems)
    mine = draft.systems | {"S->I": "Ask for SQL."}
    services.systems_save(version=draft, systems=mine, seen=seen)
    with pytest.raises(SystemsChangedError, match="Both stand below") as refused:
        services.systems_save(version=draft, systems={}, seen=seen)
    draft.refresh_from_db()
    assert refused.value.stored == draft.systems == mine


def test_rows_are_dragged_only_from_the_order_that_the_draft_has(
    editor: Client, draft: Version
) -> None:
    was = list(draft.examples.order_by("number").values_list("pk", flat=True))
    services.example_move(example=draft.examples.get(number=1), up=False)
    now = [was[1], was[0], was[2]]
    address = f"/fewshot/versions/{draft.pk}/order/"
    refused = editor.post(address, {"example": was[::-1], "was": was}, headers=HTMX)
    assert refused.status_code == 409
    assert refused.content.decode() == "Somebody moved an example meanwhile. Reload the page."
    assert list(draft.examples.order_by("number").values_list("pk", flat=True)) == now
    assert editor.post(address, {"example": was[::-1], "was": now}, headers=HTMX).status_code == 200
    assert list(draft.examples.order_by("number").values_list("pk", flat=True)) == was[::-1]


def test_what_somebody_saved_since_is_not_removed_unseen(editor: Client, draft: Version) -> None:
    row = draft.examples.get(number=2)
    page = editor.get(f"/fewshot/versions/{draft.pk}/").content.decode()
    seen = fingerprint(example_value(row))
    assert f'name="seen" value="{seen}"' in page
    somebody_saves(row, "museum")
    address = f"/fewshot/examples/{row.pk}/remove/"
    refused = editor.post(address, {"seen": seen}, follow=True)
    assert "Somebody saved example 2 since you were shown it." in markup(refused)
    assert draft.examples.count() == 3
    seen = fingerprint(example_value(draft.examples.get(number=2)))
    editor.post(address, {"seen": seen})
    assert draft.examples.count() == 2


def test_what_was_written_for_a_removed_example_is_not_lost(editor: Client, draft: Version) -> None:
    row = draft.examples.get(number=2)
    form = entered(row, category="museum")
    edit = editor.get(f"/fewshot/examples/{row.pk}/edit/").content.decode()
    address = f"/fewshot/examples/{row.pk}/edit/?of={draft.pk}"
    assert f'action="{address}"' in edit
    services.example_remove(example=row)
    told = editor.post(f"/fewshot/examples/{row.pk}/edit/", form, headers=HTMX)
    assert told.status_code == 409 and "Somebody removed this example" in told.content.decode()
    page = editor.post(address, form)
    assert "add it as a new one" in markup(page) and 'value="museum"' in markup(page)
    assert f'action="/fewshot/versions/{draft.pk}/add/"' in markup(page)
    editor.post(f"/fewshot/versions/{draft.pk}/add/", form)
    assert draft.examples.get(category="museum").number == 3
    services.draft_discard(version=draft)
    assert editor.post(address, form).status_code == 404


def test_nobody_discards_what_they_did_not_see(editor: Client, draft: Version) -> None:
    address = f"/fewshot/versions/{draft.pk}/"
    seen = seen_of(editor.get(address))
    somebody_saves(draft.examples.get(number=3), "theatre")
    refused = editor.post(f"{address}discard/", {"seen": seen}, follow=True)
    assert "Somebody changed this draft since you were shown it." in markup(refused)
    assert draft.examples.filter(category="theatre").exists()
    seen = seen_of(editor.get(address))
    editor.post(f"{address}discard/", {"seen": seen})
    assert not Version.objects.filter(pk=draft.pk).exists()


def test_ones_own_moves_in_the_list_are_seen_before_a_draft_is_discarded(
    editor: Client, draft: Version
) -> None:
    moved = editor.post(f"/fewshot/examples/{draft.examples.get(number=2).pk}/up/", headers=HTMX)
    assert seen_of(moved) == version_fingerprint(draft)
    editor.post(f"/fewshot/versions/{draft.pk}/discard/", {"seen": seen_of(moved)})
    assert not Version.objects.filter(pk=draft.pk).exists()


def test_nobody_publishes_what_they_did_not_see(editor: Client, draft: Version) -> None:
    address = f"/fewshot/versions/{draft.pk}/publish/"
    somebody_saves(draft.examples.get(number=1), "museum")
    form = editor.get(address).context["form"].initial
    assert form["seen"] == version_fingerprint(draft)
    somebody_saves(draft.examples.get(number=3), "theatre")
    answer = editor.post(address, form | {"note": "Museums."})
    text = markup(answer)
    assert "Somebody changed this draft while you were looking at it." in text
    assert "Example 3" in text and "Museums.</textarea>" in text
    draft.refresh_from_db()
    assert draft.is_draft
    seen = answer.context["form"].initial["seen"]
    assert editor.post(address, {"note": "Both.", "seen": seen}).status_code == 302
    draft.refresh_from_db()
    assert not draft.is_draft and draft.note == "Both."


def test_switching_and_moving_changes_what_would_be_published(draft: Version) -> None:
    before = version_fingerprint(draft)
    services.example_switch(example=draft.examples.get(number=1), on=False)
    off = version_fingerprint(draft)
    services.example_move(example=draft.examples.get(number=1), up=False)
    assert len({before, off, version_fingerprint(draft)}) == 3
    with pytest.raises(FewShotError, match="Somebody changed this draft"):
        services.version_publish(version=draft, note="x", published_by=None, seen=before)
