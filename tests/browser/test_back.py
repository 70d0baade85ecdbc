"""The back button shows pages, never the part that htmx asked for last."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from tests.browser.harness import login
from tests.browser.test_polling import a_gathering, a_run, home
from tests.builders import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("make", [a_run, a_gathering, home])
def test_going_back_to_a_page_that_was_asked_for_again_shows_the_page(
    page: Page, settings: Settings, tmp_path: Path, make: Callable[[Path], str]
) -> None:
    settings.VAR_DIR = tmp_path
    folder = tmp_path / "sql"
    folder.mkdir()
    login(page, make_user("editor"))
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
        page.goto(make(folder))
    page.goto("/accounts/password/")
    page.go_back()
    expect(page.get_by_role("navigation").first).to_be_visible()
