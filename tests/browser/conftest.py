"""A real Chromium for tests/browser: `page`, `new_page`, `complaints`; see harness for the rest.

Pages open against pytest-django's live_server (`page.goto("/seeds/")`). Playwright keeps an event
loop in this thread, which Django takes for async code and asyncio.run() trips over: both end
with the package's last test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.contrib.staticfiles.views import serve
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.browser.harness import AXE, AXE_FOLDER, DESKTOP, Complaints, forget

# Fixtures of the review's tests.
from tests.browser.reviewing import desk as desk
from tests.browser.reviewing import queue as queue

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page that is looked at once ends before its scripts have been made faster: V8's second and
    # third compiler took a third of the time in which axe judges one.
    "--js-flags=--max-opt=1",
]
# How long a busy machine may take; what is ready is not waited for.
PATIENCE_MS = 60_000
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def chromium() -> str:
    """The browser's path: CHROMIUM, else what is installed. Without one the tests fail."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.fail("no browser: run `make browser`, or set CHROMIUM to its path")
    return found


def _serve_to_be_kept(handler: StaticFilesHandler, request: HttpRequest) -> HttpResponseBase:
    """As in production: no page asks again for a static file that one before it has fetched."""
    answer = serve(request, handler.file_path(request.path), insecure=True)
    answer.headers["Cache-Control"] = "max-age=3600"
    return answer


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)  # Playwright's own is five seconds
    served = [*settings.STATICFILES_DIRS, (Path(AXE).parent.name, AXE_FOLDER)]
    with (
        pytest.MonkeyPatch.context() as patch,
        override_settings(STATICFILES_DIRS=served),
        sync_playwright() as playwright,
    ):
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        patch.setattr(StaticFilesHandler, "serve", _serve_to_be_kept)
        with playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS) as running:
            yield running


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Fails the test at its end when a page complained; `complaints.ignore(part)` excuses."""
    complaints = Complaints()
    yield complaints
    assert not complaints.heard


@pytest.fixture(scope="package")
def contexts(
    browser: Browser, live_server: LiveServer
) -> Iterator[Callable[[int], BrowserContext]]:
    """A context (cookies, storage) for each person of a test. The next test has it again, as new:
    with it come the static files that it has fetched and compiled, and a process less to start.
    """
    kept: list[BrowserContext] = []

    def of_person(number: int) -> BrowserContext:
        if number == len(kept):
            context = browser.new_context(base_url=live_server.url, viewport=DESKTOP)  # type: ignore[arg-type]
            context.set_default_timeout(PATIENCE_MS)
            kept.append(context)
        return kept[number]

    yield of_person
    for context in kept:
        context.close()


@pytest.fixture
def new_page(
    contexts: Callable[[int], BrowserContext], live_server: LiveServer, complaints: Complaints
) -> Iterator[Callable[[], Page]]:
    """Opens pages, each in a context of its own: one per person."""
    used: list[BrowserContext] = []

    def open_page() -> Page:
        context = contexts(len(used))
        used.append(context)
        page = context.new_page()
        forget(page, live_server.url)
        complaints.listen(page)
        return page

    yield open_page
    for context in used:
        for page in context.pages:
            page.close()


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    return new_page()
