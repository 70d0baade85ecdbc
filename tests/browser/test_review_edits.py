"""What changes a pair or the desk itself, by keyboard in a real browser: a reviewer's correction, a
known answer, an admin's reasons; and where a pair comes from.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.generation.models import Response
from apps.review.models import Correction, Gold, Label, Reason
from tests.browser.harness import assert_accessible, login, screenshot
from tests.browser.reviewing import expect_pair
from tests.builders import make_user
from tests.review.test_queues import make_queue

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reviewer_corrects_a_pair_where_the_queue_allows_it(
    page: Page, queue: list[Response]
) -> None:
    rosa = make_user("reviewer", "rosa")
    login(page, rosa)
    strict = make_queue(name="As it is")
    page.goto(f"/review/queues/{strict.pk}/work/")
    expect_pair(page, queue[0])
    page.keyboard.press("e")
    expect_pair(page, queue[0])  # E does nothing here, and nothing says that it would
    expect(page.get_by_role("link", name="Correct")).to_have_count(0)

    free = make_queue(name="Mend it", may_correct=True)
    page.goto(f"/review/queues/{free.pk}/work/")
    expect_pair(page, queue[0])
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile(f"/review/pairs/{queue[0].pk}/correct/"))
    response = page.get_by_label("Response")
    expect(response).to_have_value(re.compile(r"\S"))
    assert_accessible(page, strictly=True)
    screenshot(page, "review-correct-reviewer")
    response.fill("```sql\nUPDATE users SET age = 42;\n```")
    page.get_by_role("button", name="Save and run again").click()
    expect(page.get_by_text("Corrected. It is run again")).to_be_visible()

    made = Correction.objects.get()
    assert (made.response, made.editor, made.part) == (queue[0], rosa, "response")
    assert made.before == queue[0].text
    queue[0].refresh_from_db()
    assert queue[0].text == "```sql\nUPDATE users SET age = 42;\n```"
    # Whoever corrected a pair does not label it: neither here nor in the other queue.
    for each in (free, strict):
        page.goto(f"/review/queues/{each.pk}/work/")
        expect_pair(page, queue[1])


def test_where_a_pair_comes_from_by_one_key(desk: Page, queue: list[Response]) -> None:
    expect_pair(desk, queue[0])
    desk.keyboard.press("w")
    expect(desk.get_by_role("heading", level=1)).to_have_text(f"Pair {queue[0].pk}")
    expect(desk.locator("#lineage")).to_be_in_viewport()
    expect(desk.locator("#lineage")).to_contain_text("tiny")  # the model


def test_an_admin_changes_a_reason_and_the_desk_shows_it(
    new_page: Callable[[], Page], queue: list[Response]
) -> None:
    admin, rosa = new_page(), new_page()
    login(admin, make_user("admin", "ada"))
    login(rosa, make_user("reviewer", "rosa"))
    before = Reason.objects.filter(stage="response", is_used=True).order_by("place")
    assert before[0].code != "cut_off"

    admin.goto("/review/reasons/")
    admin.get_by_role("link", name="cut off, or repeats itself").click()
    assert_accessible(admin, strictly=True)
    admin.get_by_label("Label").fill("ends in the middle")
    admin.get_by_label("Key").fill("7")
    admin.get_by_label("Place in its stage").fill("0")
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("has this key")).to_be_visible()
    assert_accessible(admin, strictly=True)
    admin.get_by_label("Key").fill("x")
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_role("link", name="ends in the middle")).to_be_visible()

    rosa.goto("/review/")
    rosa.keyboard.press("b")
    group = rosa.get_by_role("group", name="Response")
    expect(group.locator(".reason").first).to_have_text(re.compile(r"X\s*ends in the middle"))
    assert_accessible(rosa, strictly=True)
    screenshot(rosa, "review-reason-changed")
    rosa.reload()  # axe leaves style attributes, which the policy does not let htmx carry over
    for key in ("b", "c", "x", "Enter"):  # C is nobody's any more
        rosa.keyboard.press(key)
    expect_pair(rosa, queue[1])
    assert Label.objects.get().reasons == ["cut_off"], "a code stays what it is"


def test_a_known_answer_is_set_on_the_page_of_a_pair(page: Page, queue: list[Response]) -> None:
    login(page, make_user("editor", "edda"))
    page.goto(f"/review/pairs/{queue[0].pk}/")
    gold = page.get_by_role("region", name="Gold")
    expect(gold).to_contain_text("is not known")
    gold.get_by_label("Why").fill("It renames somebody else.")
    gold.get_by_role("button", name="Known bad").click()
    expect(gold).to_contain_text("This pair is known to be bad.")
    known = Gold.objects.get()
    assert (known.response, known.good, known.why) == (queue[0], False, "It renames somebody else.")
    assert_accessible(page, strictly=True)
    screenshot(page, "pair-gold")
    gold.get_by_role("button", name="Known good").click()
    expect(gold).to_contain_text("This pair is known to be good.")
    assert Gold.objects.get().good
    gold.get_by_role("button", name="Not known").click()
    expect(gold).to_contain_text("is not known")
    assert not Gold.objects.exists()
