"""Pages that no longer story opens: no barrier, no complaint, no sideways scrolling."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousOperation
from django.core.management import call_command
from django.db import OperationalError
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.core.bodies import SMALL_BYTES
from apps.fewshot.models import Version
from apps.fewshot.services import draft_open
from apps.generation.importing import import_start
from tests.browser.harness import Complaints, assert_accessible, login, screenshot
from tests.builders import PASSWORD, make_response, make_user

LABELLED = Path(__file__).parents[2] / "apps" / "home" / "sample_pairs" / "labelled-pairs.jsonl"


def a_draft(editor: User) -> Version:
    call_command("import_fewshot")
    return draft_open(fewshot_set=Version.objects.get().fewshot_set, created_by=editor)


def add_an_example(editor: User) -> str:
    return f"/fewshot/versions/{a_draft(editor).pk}/add/"


def system_texts(editor: User) -> str:
    return f"/fewshot/versions/{a_draft(editor).pk}/systems/"


def a_new_set(_: User) -> str:
    call_command("import_fewshot")
    return "/fewshot/sets/new/"


def an_import(_: User) -> str:
    import_start(path=LABELLED, file_name=LABELLED.name)
    return "/runs/imports/"


def some_runs(_: User) -> str:
    make_response()
    make_response()
    return "/runs/"


def made_of_a_seed(_: User) -> str:
    seed = make_response().instruction.seed
    assert seed
    return f"/runs/seed/{seed.pk}/"


@pytest.mark.parametrize(
    "make", [add_an_example, system_texts, a_new_set, an_import, some_runs, made_of_a_seed]
)
def test_a_page_has_no_barrier(page: Page, make: Callable[[User], str]) -> None:
    editor = make_user("editor")
    login(page, editor)
    answer = page.goto(make(editor))
    assert answer and answer.status == 200
    assert_accessible(page)
    screenshot(page, make.__name__.replace("_", "-"))


@pytest.mark.parametrize(
    ("error", "status", "heading"),
    [
        (SuspiciousOperation("no"), 400, "The server did not understand the request"),
        (ZeroDivisionError("no"), 500, "Something failed on the server"),
        (OperationalError("no"), 503, "The database does not answer"),
    ],
)
def test_pages_for_what_went_wrong(
    page: Page,
    complaints: Complaints,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    heading: str,
) -> None:
    def fail() -> None:
        raise error

    complaints.ignore(f"status of {status}")
    monkeypatch.setattr("apps.home.views.read_all", fail)
    login(page, make_user())
    page.goto("/")
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert_accessible(page, strictly=True)
    screenshot(page, str(status))


def test_the_page_for_a_form_without_its_token(page: Page, complaints: Complaints) -> None:
    complaints.ignore("status of 403")
    make_user("reviewer", "rosa")
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill("rosa")
    page.get_by_label("Password").fill(PASSWORD)
    page.context.clear_cookies()
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="This page was too old")).to_be_visible()
    page.evaluate("localStorage.setItem('winnow-theme', 'dark')")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert_accessible(page, strictly=True)
    page.evaluate("localStorage.removeItem('winnow-theme')")
    page.reload()
    assert_accessible(page, strictly=True)
    screenshot(page, "csrf")


def test_the_page_for_a_form_that_is_too_large(page: Page, complaints: Complaints) -> None:
    complaints.ignore("status of 413")
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill("rosa")
    page.get_by_label("Password").fill(PASSWORD)
    page.evaluate(
        """bytes => {
            const more = document.createElement("textarea");
            more.name = "more";
            more.value = "x".repeat(bytes);
            document.querySelector("form:has([name=password])").append(more);
        }""",
        SMALL_BYTES + 1,
    )
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name=re.compile("too large"))).to_be_visible()
    assert_accessible(page, strictly=True)
    screenshot(page, "413")
