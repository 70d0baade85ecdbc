"""What browser tests do with a page: sign in, take pictures, look for barriers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python import base
from django.conf import settings
from django.templatetags.static import static
from django.test import Client
from playwright.sync_api import ConsoleMessage, Error, Locator, Page, expect

from apps.accounts.models import User

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# axe's rules that judge colours; of the others a page in dark colours is the same page.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
# Every look of a text on the page (of those that look the same in the same place, as the rows of a
# list do, the first), which `window.looks` keeps for LOOKED_AT. A look is told by what axe reckons
# with, by what is behind it, and by its classes; a place by the classes of all that it is in.
LOOKS = """in_place => {
    const looks = new Map(), behind = new Map(), places = new Map();
    const named = (one) => `${one.localName}.${one.getAttribute("class")}`;
    const background = (one) => {
        if (!one) return "";
        if (!behind.has(one)) {
            const style = getComputedStyle(one);
            behind.set(one, [background(one.parentElement), style.backgroundColor,
                style.backgroundImage, style.opacity, style.filter, style.mixBlendMode].join());
        }
        return behind.get(one);
    };
    const place = (one) => {
        if (!one) return "";
        if (!places.has(one)) places.set(one, `${place(one.parentElement)} ${named(one)}`);
        return places.get(one);
    };
    const look = (one) => {
        const style = getComputedStyle(one);
        return [named(one), style.color, style.fontSize, style.fontWeight, style.textShadow,
            style.textDecorationLine, style.position, "disabled" in one && one.disabled,
            background(one)].join();
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT);
    for (let one = walker.nextNode(); one; one = walker.nextNode()) {
        const has_text = [...one.childNodes].some(
            (part) => part.nodeType === Node.TEXT_NODE && part.data.trim());
        if ((has_text || one.value || one.placeholder) && one.checkVisibility()) {
            const key = [look(one), one.localName === "a" && look(one.parentElement),
                in_place && place(one)].join();
            if (!looks.has(key)) looks.set(key, one);
        }
    }
    window.looks = looks;
    return [...looks.keys()];
}"""
RUN = "axe.run({}, options).then(found => found.violations)"  # the rest of what it says is long
# What axe is asked of a page: all but colours of the page, colours of some of its looks.
PAGE = (
    f"options => {RUN.format('document')}",
    {"resultTypes": ["violations"], "rules": {rule: {"enabled": False} for rule in OF_COLOURS}},
)
LOOKED_AT = f"""([keys, options]) => {{
    const include = keys.map(key => window.looks.get(key));
    return {RUN.format("{include}")};
}}"""
COLOURS = {"resultTypes": ["violations"], "runOnly": OF_COLOURS}
# Looks in which axe has found nothing, on whichever page of this process: they are right on others.
RIGHT: dict[str, set[str]] = {scheme: set() for scheme in SCHEMES}
# Where conftest serves axe: a browser keeps what it has fetched, and compiled, for the next page.
AXE, AXE_FOLDER = "axe/axe.min.js", Path(base.__file__).parent
FETCH_AXE = """address => new Promise((done, fail) => {
    const tag = document.createElement("script");
    tag.onload = () => { tag.remove(); done(); };
    tag.onerror = fail;
    tag.src = address;
    document.head.append(tag);
})"""


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


def editor_of(page: Page, name: str) -> Locator:
    """Where a field's SQL is written once the script is there: before, its plain text area, which
    is hidden then.
    """
    return page.locator(".editor").get_by_role("textbox", name=name)


def login(page: Page, user: User) -> None:
    """Sign the page's browser context in, without the log-in page."""
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": value, "domain": "localhost", "path": "/"}]
    )


def forget(page: Page, origin: str) -> None:
    """Nobody is signed in here any more, and nothing is stored: as in a new browser context."""
    page.context.clear_cookies()
    devtools = page.context.new_cdp_session(page)
    devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    devtools.detach()


def screenshot(page: Page, name: str) -> None:
    """Fails when the page is wider than the screen, wide or narrow. Pictures of the whole page,
    light and dark (<name>-1440-light.png, …), are taken into the folder WINNOW_SCREENSHOTS where
    it is named: four of them take longer than most tests, and nobody looks at those of every run.
    """
    before, folder = page.viewport_size, os.environ.get("WINNOW_SCREENSHOTS")
    for size in (DESKTOP, PHONE):
        _resize(page, size)
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, f"{page.url} is {wider} px too wide at {size['width']} px"
        for scheme in SCHEMES if folder else ():
            page.emulate_media(color_scheme=scheme)
            path = Path(folder or "") / f"{name}-{size['width']}-{scheme}.png"
            page.screenshot(path=path, full_page=True)
    if folder:
        page.emulate_media(color_scheme="light")
    _resize(page, before or DESKTOP)


def _resize(page: Page, size: Any) -> None:
    if page.viewport_size != size:  # a browser that has it paints it again all the same
        page.set_viewport_size(size)


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


def barriers(page: Page, *, in_every_place: bool = False) -> Iterator[tuple[str, str]]:
    """What axe-core finds in either colour scheme: its impact, and what it is. Colours are judged
    once for all texts of one look; in_every_place: in light colours anew wherever one stands.
    """
    page.wait_for_load_state()  # a click has come back when the next page begins: no head, no body
    if not page.evaluate("'axe' in window"):  # it stays until another page comes
        _bring_axe(page)
    yield from _told("light", page.evaluate(*PAGE))
    yield from _told("light", _faint(page, "light", in_every_place))
    page.emulate_media(color_scheme="dark")
    yield from _told("dark", _faint(page, "dark"))
    page.emulate_media(color_scheme="light")


def _bring_axe(page: Page) -> None:
    if page.url.startswith("http"):
        page.evaluate(FETCH_AXE, static(AXE))
    else:
        page.evaluate(base.AXE_SCRIPT)


def _faint(page: Page, scheme: str, in_every_place: bool = False) -> list[dict[str, Any]]:
    """What is wrong with the page's colours, where they are not known to be right."""
    keys = page.evaluate(LOOKS, in_every_place)
    unknown = [key for key in keys if key not in RIGHT[scheme]]
    if not unknown:
        return []
    violations: list[dict[str, Any]] = page.evaluate(LOOKED_AT, [unknown, COLOURS])
    if not violations and not in_every_place:
        RIGHT[scheme].update(unknown)
    return violations


def _told(scheme: str, violations: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for violation in violations:
        for node in violation["nodes"]:
            what = f"{scheme}: {violation['id']}: {violation['help']}"
            told = f"{what}\n    {node['html'][:200]}\n    {node['failureSummary']}"
            yield violation["impact"], told
