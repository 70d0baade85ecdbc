"""Evidence last, by keyboard in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from apps.generation.models import Response
from apps.judge.models import Judge
from apps.review.models_beside import SecondLook
from apps.review.team.figures import count_team
from tests.browser.harness import assert_accessible, login, screenshot
from tests.browser.reviewing import expect_pair, values
from tests.builders import make_user
from tests.judge.building import score
from tests.review.test_queues import make_queue

pytestmark = pytest.mark.django_db(transaction=True)


def test_evidence_last_by_keyboard(page: Page, queue: list[Response]) -> None:
    judge = Judge.objects.create(engine="url", model="judge-7b", rubric=1)
    score(judge, queue[0])
    late = make_queue(name="Evidence last", evidence_last=True)
    login(page, make_user("reviewer", "rosa"))
    page.goto(f"/review/queues/{late.pk}/work/")
    expect(page.get_by_text("Hidden until you have said good or bad")).to_be_visible()
    expect(page.locator("mark")).to_have_count(0)
    page.keyboard.press("Enter")
    expect_pair(page, queue[0])
    assert_accessible(page, strictly=True)
    screenshot(page, "review-evidence-hidden")
    page.reload()  # axe leaves style attributes, which the policy does not let htmx carry over
    page.keyboard.press("g")
    expect(page.get_by_text("You said good")).to_be_visible()
    expect(page.locator("#announcement")).to_contain_text("This is the evidence")
    expect(page.get_by_text("judge-7b")).to_be_visible()
    assert_accessible(page, strictly=True)
    screenshot(page, "review-evidence-shown")
    page.reload()
    expect(page.get_by_text("You said good")).to_be_visible()
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    expect_pair(page, queue[1])
    page.keyboard.press("g")
    expect(page.get_by_text("You said good")).to_be_visible()
    page.keyboard.press("b")
    page.keyboard.press("7")
    page.keyboard.press("Enter")
    expect_pair(page, queue[2])
    page.keyboard.press("b")
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Enter Keep")).to_be_visible()
    page.keyboard.press("g")
    expect(page.get_by_text("Every pair is labelled")).to_be_visible()

    assert values() == ["good", "good", "bad", "bad", "good"]
    assert SecondLook.objects.filter(last=None).count() == 0
    count_team()
    page.goto("/review/team/")
    expect(page.get_by_role("cell", name="2 of 3").nth(1)).to_be_visible()
    assert_accessible(page, strictly=True)
    screenshot(page, "review-team-looks")
