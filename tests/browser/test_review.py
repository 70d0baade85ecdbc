"""The review by keyboard in a real browser, on pairs as they come out of a model."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import Page, expect

from apps.generation.models import Response
from apps.review.models import Label
from apps.review.queue import default_queue
from apps.review.services import enqueue
from apps.validation.services import responses_validate
from tests.browser.harness import Complaints, assert_accessible, login, screenshot
from tests.browser.reviewing import expect_pair, make_real, values
from tests.builders import PASSWORD, make_response, make_user
from tests.review.building import make_verdict
from tests.validation.building import make_answers

pytestmark = pytest.mark.django_db(transaction=True)


def test_good_skip_and_undo_by_keyboard(desk: Page, queue: list[Response]) -> None:
    expect_pair(desk, queue[0])
    desk.keyboard.press("g")
    expect_pair(desk, queue[1])
    expect(desk.locator("#announcement")).to_have_text(
        "Labelled good. Next pair: SQL error.", ignore_case=True
    )
    expect(desk.locator("#pair")).to_be_focused()
    expect(desk.get_by_text("1 mine today")).to_be_visible()
    desk.keyboard.press("s")
    expect_pair(desk, queue[2])
    desk.keyboard.press("u")
    expect_pair(desk, queue[1])
    desk.keyboard.press("U")
    expect_pair(desk, queue[0])
    expect(desk.get_by_text("0 mine today")).to_be_visible()

    assert values() == ["good", "skipped", "withdrawn", "withdrawn"]
    assert all(0 <= label.seconds < 600 for label in Label.objects.filter(value="good"))


def test_bad_with_reasons_by_keyboard(desk: Page, queue: list[Response]) -> None:
    desk.keyboard.press("b")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Choose at least one reason")).to_be_visible()
    for key in ("5", "0", "7", "7"):
        desk.keyboard.press(key)
    desk.keyboard.press("n")
    desk.keyboard.type("good grief, Bob stays Bob")
    desk.keyboard.press("Escape")
    desk.keyboard.press("Enter")
    expect_pair(desk, queue[1])

    label = Label.objects.get()
    assert (label.value, label.reasons) == ("bad", ["other_language", "test_wrong"])
    assert label.note == "good grief, Bob stays Bob"


def test_the_focus_is_set_before_the_next_key_can_come(desk: Page, queue: list[Response]) -> None:
    """A reviewer types on: the focus must not leave the note a moment after the page changed."""
    desk.evaluate(
        """() => document.addEventListener("htmx:afterSwap", () => {
            setTimeout(() => document.getElementById("note").focus(), 0);
            setTimeout(() => { document.body.dataset.focused = document.activeElement.id; }, 100);
        }, {once: true})"""
    )
    desk.keyboard.press("b")
    desk.keyboard.press("Enter")
    expect(desk.locator("body")).to_have_attribute("data-focused", "note")


def test_escape_takes_the_reasons_back_and_keys_with_modifiers_do_nothing(
    desk: Page, queue: list[Response]
) -> None:
    desk.keyboard.press("b")
    desk.keyboard.press("g")
    desk.keyboard.press("8")
    expect(desk.get_by_label("not SQL, or another language beside it")).to_be_checked()
    desk.keyboard.press("Escape")
    expect(desk.locator("#bad-form")).to_be_hidden()
    for key in ("Control+g", "Alt+s", "Meta+u"):
        desk.keyboard.press(key)
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog", name="Keys")).to_be_visible()
    assert_accessible(desk)
    desk.keyboard.press("g")
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_be_hidden()

    expect_pair(desk, queue[0])
    assert values() == []


def test_enter_in_the_note_labels_bad_and_never_good(desk: Page, queue: list[Response]) -> None:
    desk.keyboard.press("b")
    desk.keyboard.press("o")
    desk.get_by_role("textbox", name="Note").fill("It is in Latin.")
    desk.keyboard.press("Enter")
    expect_pair(desk, queue[1])

    assert values() == ["bad"]


def test_two_reviewers_side_by_side_and_an_empty_queue(
    desk: Page, queue: list[Response], new_page: Callable[[], Page]
) -> None:
    other = new_page()
    login(other, make_user("reviewer", "sam"))
    other.goto("/review/")
    expect_pair(desk, queue[0])
    expect_pair(other, queue[1])
    desk.get_by_role("button", name="Good").click()
    expect_pair(desk, queue[2])
    desk.keyboard.press("g")
    expect(desk.get_by_text("Nothing left for you")).to_be_visible()
    assert_accessible(desk)
    screenshot(desk, "review-empty")


def test_the_page_works_without_javascript(page: Page, queue: list[Response]) -> None:
    assert page.context.browser
    plain = page.context.browser.new_context(java_script_enabled=False)
    try:
        without = plain.new_page()
        login(without, make_user())
        without.goto(f"{_base(page)}/review/")
        without.get_by_text("Bad…").click()
        without.get_by_label("asks for another language than SQL").check()
        without.get_by_role("button", name="Label bad").click()
        expect(without.get_by_text("Labelled bad.")).to_be_visible()
        expect_pair(without, queue[1])
    finally:
        plain.close()


def _base(page: Page) -> str:
    page.goto("/accounts/login/")
    return page.url.partition("/accounts")[0]


def test_label_buttons_are_in_sight_wherever_one_scrolls(desk: Page) -> None:
    for size in ({"width": 1440, "height": 900}, {"width": 390, "height": 844}):
        desk.set_viewport_size(size)  # type: ignore[arg-type]
        for place in ("0", "document.body.scrollHeight / 2", "document.body.scrollHeight"):
            desk.evaluate(f"window.scrollTo(0, {place})")
            for name in ("Good", "Skip", "Undo"):
                expect(desk.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
            expect(desk.get_by_text("Bad…")).to_be_in_viewport(ratio=1)


def test_pictures_and_barriers_of_every_page(
    desk: Page, queue: list[Response], complaints: Complaints
) -> None:
    assert_accessible(desk)
    screenshot(desk, "review")
    desk.keyboard.press("b")
    desk.keyboard.press("5")
    screenshot(desk, "review-reasons")
    assert_accessible(desk)
    # Taking pictures leaves style="" on inputs, which htmx would carry over against the policy.
    desk.reload()
    desk.keyboard.press("b")
    desk.keyboard.press("5")
    desk.keyboard.press("Enter")
    expect_pair(desk, queue[1])
    screenshot(desk, "review-error")
    desk.reload()
    desk.keyboard.press("g")
    expect_pair(desk, queue[2])
    desk.goto("/review/history/")
    assert_accessible(desk)
    screenshot(desk, "review-history")
    desk.get_by_role("link", name="Write a Python function").click()
    expect(desk.get_by_role("heading", name="Label again")).to_be_visible()
    assert_accessible(desk)
    screenshot(desk, "review-pair")


def test_an_editor_corrects_both_texts(page: Page, queue: list[Response]) -> None:
    login(page, make_user("editor", "edda"))
    page.goto(f"/review/pairs/{queue[1].pk}/")
    page.get_by_role("link", name="Correct the pair").click()
    assert_accessible(page)
    screenshot(page, "review-correct")
    page.get_by_label("Response").fill("```sql\nSELECT 1;\n```")
    page.get_by_label("Instruction").fill("Select the number one.")
    page.get_by_role("button", name="Save and run again").click()
    expect(page.get_by_text("Corrected. It is run again")).to_be_visible()
    expect(page.locator(".markdown.instruction")).to_have_text("Select the number one.")
    page.get_by_text("The text before").first.click()
    assert_accessible(page)
    screenshot(page, "review-corrected")


def test_what_was_read_opens_beside_the_verdict(page: Page, settings: Any) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]
    (response,) = make_answers("SELECT name FROM users WHERE age > 20;")
    responses_validate(response_ids=[response.pk])
    login(page, make_user("reviewer"))
    page.goto(f"/review/pairs/{response.pk}/")
    page.get_by_text("What was read").click()
    expect(page.get_by_role("cell", name="Carl").first).to_be_visible()
    assert_accessible(page)
    screenshot(page, "pair-read")


@pytest.mark.parametrize("by_keyboard", [True, False])
def test_what_was_typed_when_the_session_ended_is_there_again_after_the_log_in(
    page: Page, complaints: Complaints, by_keyboard: bool
) -> None:
    complaints.ignore("401")
    complaints.ignore("htmx:")
    user = make_user("reviewer", "rosa")
    response = make_real(0, "passed", "It is as expected.")
    enqueue(response_ids=[response.pk])
    login(page, user)
    page.goto("/review/")
    page.keyboard.press("b")
    page.locator("#reasons input[type=checkbox]").first.check()
    page.locator("#note").fill("Half of it is Python.")
    Session.objects.all().delete()
    if by_keyboard:
        page.locator("#reasons input[type=checkbox]").first.focus()
        page.keyboard.press("Enter")
    else:  # as a browser without scripts sends it
        page.evaluate("document.getElementById('bad-form').submit()")
    page.wait_for_url("**/accounts/login/?next=/review/")
    page.get_by_label("Username").fill("rosa")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/review/")
    expect(page.get_by_text("Your session had ended, and nothing was saved.")).to_be_visible()
    expect(page.locator("#note")).to_have_value("Half of it is Python.")
    expect(page.locator("#reasons input:checked")).to_have_count(1)
    assert not Label.objects.exists()
    page.get_by_role("button", name="Label bad").click()
    expect(page.locator("#work[data-said*='Labelled bad']")).to_be_visible()
    assert Label.objects.get().note == "Half of it is Python."


def test_flag_correct_search_and_the_guideline_by_keyboard(
    page: Page, queue: list[Response]
) -> None:
    editor = make_user("editor", "edda")
    guideline = {
        "name": "All pairs",
        "reviewers": "1",
        "gold_share": "0",
        "guideline": "Be *kind*.",
    }
    client = Client()
    client.force_login(editor)
    client.post(f"/review/queues/{default_queue().pk}/edit/", guideline)
    login(page, editor)
    page.goto("/review/")
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Flagged")).to_be_visible()
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="F Flag", exact=True)).to_be_visible()
    page.keyboard.press("i")
    expect(page.get_by_role("dialog").get_by_text("kind")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile(f"/review/pairs/{queue[0].pk}/correct/"))
    page.goto("/review/")
    page.keyboard.press("/")
    expect(page).to_have_url(re.compile("/review/pairs/#id_text$"))
    expect(page.get_by_label("Words")).to_be_focused()
    page.get_by_role("heading", name="Pairs").click()  # out of the field
    page.keyboard.press("/")
    expect(page.get_by_label("Words")).to_be_focused()


def test_the_arrows_go_back_and_forth_through_ones_own_labels(
    desk: Page, queue: list[Response]
) -> None:
    desk.keyboard.press("g")
    expect_pair(desk, queue[1])
    desk.keyboard.press("g")
    expect_pair(desk, queue[2])
    for key, heading in (
        ("ArrowLeft", f"Pair {queue[1].pk}"),
        ("ArrowLeft", f"Pair {queue[0].pk}"),
        ("ArrowRight", f"Pair {queue[1].pk}"),
        ("ArrowRight", "Review"),
    ):
        desk.keyboard.press(key)
        expect(desk.get_by_role("heading", level=1)).to_contain_text(heading)
    expect_pair(desk, queue[2])
    assert values() == ["good", "good"]


def test_texts_from_right_to_left_are_laid_out_so(page: Page) -> None:
    response = make_response(
        "هذا هو الاستعلام:\n\n```sql\nSELECT 1;\n```", instruction="اكتب استعلام SQL يعيد 1."
    )
    make_verdict(response)
    enqueue(response_ids=[response.pk])
    login(page, make_user())
    page.goto("/review/")
    for text in ("اكتب استعلام", "هذا هو"):
        part = page.get_by_text(text).first
        side = part.evaluate(
            "e => { const r = document.createRange(); r.selectNodeContents(e);"
            " return e.getBoundingClientRect().right - r.getBoundingClientRect().right }"
        )
        assert abs(side) < 2, f"{text} begins at the right"
    assert page.locator(".markdown pre").evaluate("e => getComputedStyle(e).direction") == "ltr"
    screenshot(page, "review-rtl")
