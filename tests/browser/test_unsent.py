"""A session that ends while a form is filled in: whatever page it stands on, it is filled again."""

from django.contrib.sessions.models import Session
from django.core.management import call_command
from playwright.sync_api import Page, expect

from apps.fewshot.models import Example
from apps.review.models import Queue
from tests.browser.harness import Complaints, assert_accessible, login, screenshot
from tests.builders import PASSWORD, make_user

TOLD = "Your session had ended, and nothing was saved."


def log_in_again(page: Page) -> None:
    page.wait_for_url("**/accounts/login/**")
    page.get_by_label("Username").fill("rosa")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text(TOLD)).to_be_visible()


def test_an_example_is_typed_once_only(page: Page, complaints: Complaints) -> None:
    complaints.ignore("401")
    complaints.ignore("htmx:")
    complaints.ignore("Applying inline style violates")
    call_command("import_fewshot")
    login(page, make_user("editor", "rosa"))
    page.goto("/fewshot/")
    page.get_by_role("link", name="Version 1").click()
    page.get_by_role("link", name="example 3").click()
    page.get_by_role("button", name="Edit in a draft").click()
    page.get_by_label("Category").wait_for()
    Session.objects.all().delete()
    # Without its scripts' live check, which would meet the end of the session first.
    page.evaluate(
        """() => {
            const form = document.querySelector('form[data-editor]');
            form.elements.category.value = 'museum keeping';
            form.elements.code.value = 'SELECT 1;\\n-- 日本 "<b>"';
            form.submit();
        }"""
    )
    log_in_again(page)
    expect(page.get_by_label("Category")).to_have_value("museum keeping")
    expect(page.get_by_role("textbox", name="Code")).to_contain_text('-- 日本 "<b>"')
    expect(page.get_by_text("What you had typed is in the form again")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "unsent")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Example 3 is saved in the draft.")).to_be_visible()
    saved = Example.objects.get(version__status="draft", category="museum keeping")
    assert saved.code == 'SELECT 1;\n-- 日本 "<b>"'
    page.reload()
    expect(page.get_by_text(TOLD)).to_have_count(0)


def test_choices_and_boxes_too(page: Page) -> None:
    login(page, make_user("editor", "rosa"))
    page.goto("/review/queues/new/")
    page.get_by_label("Name").fill("Of museums")
    page.get_by_label("Blind").check()
    page.locator("select[name=order]").select_option(index=2)
    chosen = page.locator("select[name=order]").input_value()
    Session.objects.all().delete()
    page.get_by_role("button", name="Make the queue").click()
    log_in_again(page)
    expect(page.get_by_label("Name")).to_have_value("Of museums")
    expect(page.get_by_label("Blind")).to_be_checked()
    page.get_by_role("button", name="Make the queue").click()
    expect(page.get_by_role("heading", name="Of museums")).to_be_visible()
    made = Queue.objects.get(name="Of museums")
    assert made.is_blind and made.order == chosen


def test_what_has_no_form_any_more_is_there_to_copy(page: Page) -> None:
    login(page, make_user("editor", "rosa"))
    page.goto("/review/queues/new/")
    page.get_by_label("Name").fill("Of museums")
    Session.objects.all().delete()
    page.evaluate(
        """() => {
            const form = document.querySelector('form.card');
            form.action = '/review/queues/1000000/edit/';
            form.submit();
        }"""
    )
    log_in_again(page)
    expect(page.get_by_text("This is what you sent, for you to copy")).to_be_visible()
    expect(page.locator("[data-unsent] pre", has_text="Of museums")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "unsent-copy")
