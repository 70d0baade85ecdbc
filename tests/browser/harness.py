"""What browser tests do with a page: sign in, take pictures, look for barriers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from playwright.sync_api import ConsoleMessage, Error, Page, expect

from apps.accounts.models import User

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# axe's rules that judge colours; of the others a page in dark colours is the same page.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
# Of texts that look the same on the same background (the rows of a list) the first. What they are
# told by is what axe reckons with; a page has hundreds of texts and some thirty of these.
LOOKS = """() => {
    const looks = new Map(), behind = new Map();
    const background = (one) => {
        if (!one) return "";
        if (!behind.has(one)) {
            const style = getComputedStyle(one);
            behind.set(one, [background(one.parentElement), style.backgroundColor,
                style.backgroundImage, style.opacity, style.filter, style.mixBlendMode].join());
        }
        return behind.get(one);
    };
    const look = (one) => {
        const style = getComputedStyle(one);
        return [one.localName, style.color, style.fontSize, style.fontWeight, style.textShadow,
            style.textDecorationLine, style.position, "disabled" in one && one.disabled,
            background(one)].join();
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT);
    for (let one = walker.nextNode(); one; one = walker.nextNode()) {
        const has_text = [...one.childNodes].some(
            (part) => part.nodeType === Node.TEXT_NODE && part.data.trim());
        if ((has_text || one.value || one.placeholder) && one.checkVisibility()) {
            const key = [look(one), one.localName === "a" && look(one.parentElement)].join();
            if (!looks.has(key)) looks.set(key, one);
        }
    }
    return [...looks.values()];
}"""
# What axe is asked of a page, and with which options.
EVERYTHING = ("options => axe.run(options)", {"resultTypes": ["violations"]})
ALL_BUT_COLOURS = (
    EVERYTHING[0],
    {**EVERYTHING[1], "rules": {rule: {"enabled": False} for rule in OF_COLOURS}},
)
COLOURS = (
    f"options => axe.run({{include: ({LOOKS})()}}, options)",
    {**EVERYTHING[1], "runOnly": OF_COLOURS},
)


class Complaints:
    """What the pages of a test complained about: console errors, CSP violations, exceptions.

    A test fails on any of them; `ignore("status of 403")` excuses those that it provokes.
    """

    def __init__(self) -> None:
        self._heard: list[str] = []
        self._ignored: list[str] = []

    def ignore(self, part: str) -> None:
        self._ignored.append(part)

    def listen(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", self._exception)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self._heard.append(f"{message.text} ({message.location.get('url')})")

    def _exception(self, error: Error) -> None:
        self._heard.append(f"uncaught: {error.message}")

    @property
    def heard(self) -> list[str]:
        return [text for text in self._heard if not any(part in text for part in self._ignored)]


def login(page: Page, user: User) -> None:
    """Sign the page's browser context in, without the log-in page."""
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": value, "domain": "localhost", "path": "/"}]
    )


def screenshot(page: Page, name: str) -> None:
    """Fails when the page is wider than the screen, wide or narrow. Pictures of the whole page,
    light and dark (<name>-1440-light.png, …), are taken into the folder WINNOW_SCREENSHOTS where
    it is named: four of them take longer than most tests, and nobody looks at those of every run.
    """
    before, folder = page.viewport_size, os.environ.get("WINNOW_SCREENSHOTS")
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, f"{page.url} is {wider} px too wide at {size['width']} px"
        for scheme in SCHEMES if folder else ():
            page.emulate_media(color_scheme=scheme)
            path = Path(folder or "") / f"{name}-{size['width']}-{scheme}.png"
            page.screenshot(path=path, full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(before or DESKTOP)  # type: ignore[arg-type]


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name (its label, or its text) is focused."""
    for _ in range(80):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "(() => { const at = document.activeElement;"
            " return at.ariaLabel || at.labels?.[0]?.innerText || at.innerText; })()"
        )
        if (found or "").strip().startswith(name):
            return
    raise AssertionError(f"Tab does not come to {name!r}")


def open_keys(page: Page, words: str, picture: str) -> None:
    """Open the help by its key: it says this, nobody is barred from it, and it has its picture."""
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text(words)
    assert_accessible(page, strictly=True)
    screenshot(page, picture)


def assert_accessible(page: Page, *, strictly: bool = False) -> None:
    """axe-core finds nothing serious or critical, in either colour scheme. strictly: nothing."""
    found = barriers(page)
    serious = [told for impact, told in found if strictly or impact in ("serious", "critical")]
    assert not serious, f"{page.url}\n" + "\n".join(serious)


def barriers(page: Page, *, every_text: bool = False) -> Iterator[tuple[str, str]]:
    """What axe-core finds in either colour scheme: its impact, and what it is. Colours are judged
    once for all texts of one look; every_text: in light colours of each.
    """
    if not page.evaluate("'axe' in window"):  # it is long, and stays until another page comes
        page.evaluate(AXE_SCRIPT)
    light = (EVERYTHING,) if every_text else (ALL_BUT_COLOURS, COLOURS)
    for scheme, looks in zip(SCHEMES, (light, (COLOURS,)), strict=True):
        page.emulate_media(color_scheme=scheme)
        for look in looks:
            found: dict[str, Any] = page.evaluate(*look)
            for violation in found["violations"]:
                for node in violation["nodes"]:
                    what = f"{scheme}: {violation['id']}: {violation['help']}"
                    told = f"{what}\n    {node['html'][:200]}\n    {node['failureSummary']}"
                    yield violation["impact"], told
    page.emulate_media(color_scheme="light")
