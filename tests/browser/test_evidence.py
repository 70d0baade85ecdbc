"""Evidence of a version, and a blind test from its form to its end."""

from playwright.sync_api import Page, expect

from apps.evidence.blind_tests import blind_tests_end
from apps.evidence.counting import count_evidence
from apps.evidence.models import BlindTest
from tests.browser.harness import assert_accessible, login, screenshot
from tests.builders import make_user, make_version
from tests.evidence.building import make_evidence, planted
from tests.evidence.test_blind_tests import label_all, two_runs
from tests.evidence.test_searching import finished


def test_an_editor_reads_what_each_example_does(page: Page) -> None:
    login(page, make_user("editor"))
    page.goto(f"/evidence/versions/{make_version().pk}/")
    expect(page.get_by_text("No evidence yet")).to_be_visible()
    assert_accessible(page)
    run = make_evidence(seeds=120, arrangements=24, responses=2, accepts=planted(good=2, bad=5))
    count_evidence()
    page.goto(f"/fewshot/versions/{run.recipe.fewshot_id}/")
    page.get_by_role("link", name="Evidence").click()
    suggestions = page.get_by_role("region", name="Suggestions")
    expect(suggestions.get_by_role("row", name="example 5")).to_contain_text("retire")
    page.get_by_role("link", name="S→C").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#stages [aria-current]")).to_have_text("S→C")
    assert_accessible(page)
    screenshot(page, "evidence")


def test_a_blind_test_from_its_form_to_its_end(page: Page) -> None:
    _, left, right = two_runs(30)
    assert left[0].run and right[0].run
    login(page, make_user("editor"))
    page.goto("/fewshot/")
    page.get_by_role("link", name="Blind tests").click()
    expect(page.get_by_text("No blind test yet")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="New blind test").click()
    page.get_by_label("One recipe").select_option(str(left[0].run.recipe_id))
    page.get_by_label("The other").select_option(str(right[0].run.recipe_id))
    assert_accessible(page)
    screenshot(page, "blind-test-new")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="Nobody leads yet")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "blind-test-begun")
    test = BlindTest.objects.get()
    page.get_by_role("link", name="Label", exact=True).click()
    expect(page.get_by_role("heading", name=f"Blind test {test.pk}")).to_be_visible()
    assert label_all(test, make_user("reviewer"), left=0.05, right=0.95) < 60
    assert blind_tests_end() == 0
    page.goto(f"/evidence/tests/{test.pk}/")
    expect(page.get_by_role("heading", name=f"{test.right.fewshot} is better")).to_be_visible()
    expect(page.get_by_text("The test is decided")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "blind-test-ended")
    page.get_by_role("link", name="Blind tests").click()
    expect(page.get_by_role("row", name=f"Test {test.pk}")).to_contain_text("B is better")
    assert_accessible(page)
    screenshot(page, "blind-tests")


def test_a_search_is_begun_and_the_best_becomes_a_draft(page: Page) -> None:
    search = finished()
    login(page, make_user("editor"))
    page.goto("/fewshot/")
    page.get_by_role("link", name="Searches").click()
    assert_accessible(page)
    screenshot(page, "searches")
    page.get_by_role("link", name="New search").click()
    assert_accessible(page)
    screenshot(page, "search-new")
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name=f"Search {search.pk}").click()
    assert_accessible(page)
    screenshot(page, "search")
    page.get_by_role("button", name="Make the best a draft").click()
    expect(page.get_by_text(f"Suggested by search {search.pk}")).to_be_visible()
