"""Every page of this part: no barrier, no complaint, no sideways scrolling, and pictures of it."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils.timezone import now
from playwright.sync_api import Page, expect

from apps.core.models import Job
from apps.home.counting import count_standing
from apps.home.figures import count_figures
from tests.browser.harness import PHONE, Complaints, assert_accessible, login, screenshot
from tests.builders import PASSWORD, make_user
from tests.home.data import make_pairs


def test_somebody_logs_in_and_out_and_sees_who_they_are(page: Page) -> None:
    make_user("reviewer", "rosa")
    page.goto("/")
    screenshot(page, "login")
    assert_accessible(page, strictly=True)
    page.get_by_label("Username").fill("rosa")
    page.get_by_label("Password").fill("something else")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("correct username and password")).to_be_visible()
    assert_accessible(page, strictly=True)
    page.get_by_label("Username").fill("rosa")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("rosa")).to_be_visible()
    assert_accessible(page, strictly=True)
    screenshot(page, "home-empty")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_the_lockout_page(page: Page, complaints: Complaints) -> None:
    complaints.ignore("status of 429")
    make_user("reviewer", "rosa")
    for _ in range(10):
        Client().post("/accounts/login/", {"username": "rosa", "password": "wrong"})
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill("rosa")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("is locked for 15 minutes")).to_be_visible()
    assert_accessible(page, strictly=True)
    screenshot(page, "locked")


@pytest.mark.parametrize("role", ["reviewer", "editor", "admin"])
def test_the_empty_front_page(page: Page, role: str) -> None:
    """Never counted, then counted with nothing there."""
    login(page, make_user(role))
    for name in ("never", "nothing"):
        page.goto("/")
        expect(page.get_by_text("Next", exact=True)).to_be_visible()
        assert_accessible(page, strictly=True)
        screenshot(page, f"home-{name}-{role}")
        count_figures()
        count_standing()


def test_the_front_page_with_figures(page: Page) -> None:
    make_pairs(passed=9, failed=6, good=5, bad=3, seeds=12)
    Job.objects.create(kind="generate", created_by=None)
    Job.objects.create(kind="export", status="failed", message="No room left.", finished_at=now())
    count_figures()
    count_standing()
    login(page, make_user("editor"))
    page.goto("/")
    expect(page.get_by_text("7 pairs wait for a label.")).to_be_visible()
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(page.get_by_text("No room left.")).to_be_visible()
    # The bars of a funnel have one scale: they are as long as each other.
    bars = page.locator(".funnel.rates .bar").evaluate_all("all => all.map(it => it.clientWidth)")
    assert len(bars) == 7 and len(set(bars)) == 1
    assert_accessible(page, strictly=True)
    screenshot(page, "home")


def test_users_are_added_and_their_password_is_shown(page: Page) -> None:
    make_user("reviewer", "rosa")
    login(page, make_user("admin"))
    page.goto("/accounts/users/")
    page.get_by_label("Username").fill("otto")
    page.get_by_role("button", name="Add user").click()
    expect(page.get_by_text("The password of otto is")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "users")


def test_the_status_page_fills_itself(page: Page) -> None:
    login(page, make_user("admin"))
    page.goto("/status/")
    expect(page.get_by_role("heading", name="Sandbox of sqlite")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "status")


@pytest.mark.parametrize(("address", "status"), [("/nowhere/", 404), ("/status/", 403)])
def test_pages_that_refuse(page: Page, complaints: Complaints, address: str, status: int) -> None:
    complaints.ignore(f"status of {status}")
    login(page, make_user())
    page.goto(address)
    expect(page.get_by_role("link", name="To the front page")).to_be_visible()
    assert_accessible(page, strictly=True)
    screenshot(page, str(status))


def test_the_password_page(page: Page) -> None:
    login(page, make_user())
    page.goto("/accounts/password/")
    assert_accessible(page, strictly=True)
    screenshot(page, "password")


def test_a_button_that_cannot_be_pressed_does_not_answer_the_pointer(page: Page) -> None:
    login(page, make_user())
    page.goto("/")
    page.evaluate("""document.querySelector("main").insertAdjacentHTML("beforeend",
        '<p><button class="button primary">Go</button> <button class="button primary" disabled>' +
        'Wait</button></p>')""")
    filters = {}
    for name in ("Go", "Wait"):
        button = page.get_by_role("button", name=name, exact=True)
        button.hover(force=True)
        filters[name] = button.evaluate("button => getComputedStyle(button).filter")
    assert filters == {"Go": "brightness(1.12)", "Wait": "none"}


def test_chosen_colours_outlast_the_page(page: Page) -> None:
    page.goto("/accounts/login/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Colours: system").click()
    page.get_by_role("button", name="Colours: light").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    expect(page.get_by_role("button", name="Colours: dark")).to_be_visible()


def test_the_keyboard_reaches_the_content_first(page: Page) -> None:
    login(page, make_user())
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_partial_after_the_session_ended_takes_the_page_to_the_log_in_and_back(
    page: Page,
) -> None:
    Job.objects.create(kind="generate")
    login(page, make_user("admin"))
    page.goto("/?from=here")
    Session.objects.all().delete()
    page.wait_for_url("**/accounts/login/?next=%2F%3Ffrom%3Dhere")
    expect(page.get_by_text("Log in to go on where you were.")).to_be_visible()


def test_a_server_that_does_not_answer_is_said_once_and_forgotten_when_it_does(
    page: Page, complaints: Complaints
) -> None:
    complaints.ignore("ERR_FAILED")
    complaints.ignore("htmx:")
    Job.objects.create(kind="generate")
    login(page, make_user())
    page.goto("/")
    page.route("**/", lambda route: route.abort())
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The server does not answer.")
    page.unroute("**/")
    expect(alert).to_be_empty()


def test_on_a_phone_the_navigation_shows_where_one_is(page: Page) -> None:
    login(page, make_user("admin", "ada"))
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for path, name in (("/", "Home"), ("/exports/", "Exports"), ("/status/", "Status")):
        page.goto(path)
        here = page.locator(".nav [aria-current]")
        expect(here).to_have_text(name)
        expect(here).to_be_in_viewport(ratio=1)
