"""The pages of tokens and of the API: all by keyboard, no barrier, no complaint, pictures."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.api.models import Token
from apps.api.tokens import token_create, token_revoke
from tests.browser.harness import assert_accessible, login, screenshot, tab_to
from tests.builders import make_user


def test_a_token_is_made_and_revoked_by_keyboard(page: Page) -> None:
    editor = make_user("editor")
    login(page, editor)
    page.goto("/accounts/tokens/")
    expect(page.get_by_text("You have no token yet")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "tokens-none")
    tab_to(page, "Name")
    page.keyboard.type("nightly export")
    tab_to(page, "read")
    page.keyboard.press("Space")
    tab_to(page, "Make the token")
    page.keyboard.press("Enter")
    expect(page.locator("#new-token")).to_contain_text("wnw_")
    old = token_create(
        user=editor, name="A script with a long name", scopes=["read", "label", "run", "export"],
        days=30, per_minute=6000,
    ).token  # fmt: skip
    expired = token_create(user=editor, name="old", scopes=["read"], days=1, per_minute=1).token
    Token.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(days=1))
    token_revoke(token=old)
    assert_accessible(page)
    screenshot(page, "tokens-made")
    page.goto("/accounts/tokens/")
    expect(page.get_by_text("wnw_").first).to_be_visible()
    assert_accessible(page)
    screenshot(page, "tokens")
    page.on("dialog", lambda dialog: dialog.accept())
    tab_to(page, "Revoke nightly export")
    page.keyboard.press("Enter")
    expect(page.get_by_text("is revoked: it lets nobody in")).to_be_visible()
    assert Token.objects.get(name="nightly export").revoked_at is not None


def test_admins_see_whose_each_token_is(page: Page) -> None:
    token_create(
        user=make_user("reviewer", "rosa"), name="hers", scopes=["label"], days=3, per_minute=9
    )
    login(page, make_user("admin"))
    page.goto("/accounts/tokens/")
    expect(page.get_by_role("cell", name="rosa")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "tokens-admin")


def test_the_page_of_the_api_is_read_by_keyboard(page: Page) -> None:
    login(page, make_user("reviewer"))
    page.goto("/api/")
    expect(page.get_by_role("heading", name="API", exact=True)).to_be_visible()
    assert_accessible(page)
    screenshot(page, "api")
    operation = page.locator("#queues_label")
    expect(operation.get_by_role("table")).to_be_hidden()
    operation.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(operation.get_by_role("table")).to_contain_text("one of good, bad")
    page.locator("#batches_start summary").focus()
    page.keyboard.press("Space")
    assert_accessible(page)
    screenshot(page, "api-open")
    page.locator("#queues_label summary").focus()
    page.keyboard.press("Enter")
    expect(operation.get_by_role("table")).to_be_hidden()
