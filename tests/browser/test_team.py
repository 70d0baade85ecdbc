"""The team's pages: figures with their grounds, and a ruling by keyboard."""

import re

from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.review.models import Decision, Label, Ruling
from apps.review.team.figures import count_team
from tests.browser.harness import assert_accessible, login, screenshot
from tests.browser.reviewing import WRONG, make_real
from tests.builders import make_response, make_user
from tests.review.building import make_verdict
from tests.review.team.test_team import judge


def test_an_editor_looks_at_the_team_and_rules(page: Page) -> None:
    login(page, make_user("editor"))
    page.goto("/review/team/")
    assert_accessible(page, strictly=True)
    for number in range(36):
        judge(
            make_response(),
            anna="good" if number % 3 else "bad",
            bert="good" if number % 4 else "bad",
            carl="good" if number % 3 else "bad",
        )
    count_team()
    page.reload()
    expect(page.get_by_role("row", name="anna and carl")).to_contain_text("1.00")
    assert_accessible(page, strictly=True)
    screenshot(page, "team")
    page.get_by_role("link", name="Rule on them").click()
    expect(page.get_by_text(re.compile("1 of [0-9]+ on this page"))).to_be_visible()
    assert_accessible(page, strictly=True)


def test_conflicts_are_ruled_on_by_keyboard(page: Page) -> None:
    pairs = [
        make_real(row, "wrong_result", "1 expected row is missing.", diff=WRONG, strength=0.75)
        for row in (1, 3, 4)
    ]
    for pair in pairs:
        make_verdict(pair, "passed", database="duckdb")
        judge(pair, anna="good", bert="bad")
        Label.objects.create(
            response=pair,
            reviewer=User.objects.get(username="bert"),
            value="bad",
            reasons=["wrong_result", "test_wrong"],
            note="The tie is cut, which the test does not see.",
        )
    pairs.reverse()  # the newest comes first
    login(page, make_user("editor"))
    page.goto("/review/conflicts/")
    heading = page.get_by_role("heading", level=2).first

    def expect_open(place: int) -> None:
        expect(heading).to_contain_text(f"Pair {pairs[place].pk}")

    expect_open(0)
    expect(page.get_by_role("region", name="Evidence")).to_contain_text("1 expected row is missing")
    expect(page.get_by_text("The tie is cut, which the test")).to_be_visible()
    assert_accessible(page, strictly=True)
    screenshot(page, "conflicts")
    for key, place in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("ArrowLeft", 0)):
        page.keyboard.press(key)
        expect_open(place)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("rules that the pair is good")
    assert_accessible(page, strictly=True)
    page.keyboard.press("Escape")

    # Without a reason there is no ruling: the field that it lacks is where one is then.
    page.keyboard.press("b")
    expect(page.get_by_label("Why")).to_be_focused()
    page.keyboard.type("Bob is gone")
    page.keyboard.press("Enter")  # in the field: neither good nor bad is meant
    page.keyboard.press("Escape")
    expect(page.get_by_label("Why")).not_to_be_focused()
    assert not Ruling.objects.exists()
    page.keyboard.press("b")
    expect(page.get_by_text(f"Pair {pairs[0].pk}: It is bad.")).to_be_visible()
    expect_open(1)
    page.keyboard.press("n")
    page.keyboard.type("The tie is no fault.")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    expect(page.get_by_text(f"Pair {pairs[1].pk}: It is good.")).to_be_visible()
    expect_open(2)
    said = dict(Ruling.objects.values_list("response", "note"))
    assert said == {pairs[0].pk: "Bob is gone", pairs[1].pk: "The tie is no fault."}
    assert dict(Decision.objects.values_list("response", "good"))[pairs[1].pk]

    page.get_by_role("link", name="Those that were ruled on").click()
    expect_open(0)
    expect(page.get_by_text("has ruled: bad. Bob is gone")).to_be_visible()
    assert_accessible(page, strictly=True)
    screenshot(page, "conflicts-ruled")
    page.keyboard.press("u")
    expect(page.get_by_text("The labels decide again.")).to_be_visible()
    assert Ruling.objects.get().response == pairs[1]
