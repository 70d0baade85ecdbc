"""Judges in a real browser: the form, what came of it, and a pair's scores."""

import pytest
from playwright.sync_api import Page, expect

from apps.judge.models import Judging
from tests.browser.harness import assert_accessible, login, screenshot
from tests.builders import make_user
from tests.judge.building import BAD, GOOD, decide, make_pairs, score

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_run_is_judged_and_its_calibration_can_be_read(page: Page) -> None:
    run = make_pairs(4)
    login(page, make_user("admin"))
    page.goto(f"/judge/?run={run.pk}")
    expect(page.get_by_text("Nothing was judged yet")).to_be_visible()
    page.get_by_role("link", name="Have a run judged").first.click()
    expect(page.get_by_label("Run", exact=True)).to_have_value(str(run.pk))
    assert_accessible(page)
    screenshot(page, "judge-new")
    page.get_by_role("button", name="Have it judged").click()
    expect(page.get_by_text("The judge is at work.")).to_be_visible()
    judging = Judging.objects.get()
    for number, response in enumerate(run.responses.order_by("pk")):
        score(judging.judge, response, GOOD if number < 2 else BAD)
        decide(response, number in (0, 1, 2))
    page.reload()
    expect(page.get_by_text("agreement", exact=False).first).to_be_visible()
    assert_accessible(page)
    screenshot(page, "judge-one")
    response = run.responses.order_by("pk").first()
    assert response
    for address, name in [
        ("/judge/", "judge-index"),
        (f"/judge/pairs/{response.pk}/", "judge-pair"),
    ]:
        page.goto(address)
        assert_accessible(page)
        screenshot(page, name)
