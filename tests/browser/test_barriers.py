"""What the look for barriers finds of a page's colours, though it judges each look of a text once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error, Page

from tests.browser import harness
from tests.browser.harness import barriers

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = """<!doctype html><html lang="en"><head><title>Rows</title><style>
    body {{ color: black; background: white; }}
    @media (prefers-color-scheme: dark) {{ body {{ color: white; background: black; }} }}
    {style}
</style></head><body><main><h1>Rows</h1><ul>{rows}</ul></main></body></html>"""
ROWS = "<li><span>one</span></li>" * 40


@pytest.fixture(autouse=True)
def nothing_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness, "RIGHT", {"light": set(), "dark": set()})


def found(
    page: Page, style: str, rows: str = ROWS, *, in_every_place: bool = False
) -> set[tuple[str, str]]:
    """The colour scheme and the rule of each fault."""
    page.set_content(PAGE.format(style=style, rows=rows))
    told = [words for _, words in barriers(page, in_every_place=in_every_place)]
    return {tuple(words.split(": ")[:2]) for words in told}  # type: ignore[misc]


DARK = "@media (prefers-color-scheme: dark)"
FAINT = {("dark", "color-contrast")}


def test_a_page_without_a_fault(page: Page) -> None:
    assert found(page, "") == set()


@pytest.mark.parametrize(
    "style",
    [
        "span { color: #333; }",
        "li:nth-child(35) span { color: #333; }",
        "li:nth-child(35) { background: #eee; }",
        "li:nth-child(35) { background: #eee; } li:nth-child(35) span { background: #8888; }",
        "ul { opacity: 0.2; }",
        "li:nth-child(35) span { opacity: 0.2; }",
    ],
)
def test_one_faint_text_among_many_is_found_in_dark_colours(page: Page, style: str) -> None:
    assert found(page, f"{DARK} {{ {style} }}") == FAINT


def test_what_is_faint_in_light_colours_is_found(page: Page) -> None:
    assert found(page, "li:nth-child(35) span { color: #ccc; }") == {
        ("light", "color-contrast"),
    }


def test_other_faults_are_looked_for_in_every_text(page: Page) -> None:
    assert found(page, "", ROWS + "<li><img src='data:,'></li>") == {("light", "image-alt")}


def test_a_link_that_is_told_by_its_colour_only(page: Page) -> None:
    style = "a { color: #111; text-decoration: none; }" + f"{DARK} {{ a {{ color: #eee; }} }}"
    rows = ROWS + "<li><p>Read <a href='/x'>this</a> before anything else is done.</p></li>"
    assert found(page, style, rows) == {
        ("light", "link-in-text-block"), ("dark", "link-in-text-block"),
    }  # fmt: skip


def test_what_was_right_on_one_page_is_not_judged_on_the_next(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(page, "") == set()
    monkeypatch.setattr(harness, "LOOKED_AT", "() => { throw new Error('judged'); }")
    assert found(page, "", ROWS + ROWS) == set()
    with pytest.raises(Error, match="judged"):
        found(page, "", ROWS + "<li><em>new</em></li>")
    with pytest.raises(Error, match="judged"):
        found(page, f"{DARK} {{ body {{ background: #222; }} }}")


def test_what_was_wrong_on_one_page_is_told_of_the_next(page: Page) -> None:
    for _ in range(2):
        assert found(page, f"{DARK} {{ span {{ color: #333; }} }}") == FAINT


def test_a_text_over_what_it_is_not_in_is_found_in_its_place(page: Page) -> None:
    """The same look is right elsewhere: this is why a look at every place of a page is taken."""
    style = (
        "span { color: #222; } .late { position: relative; z-index: 0; } "
        ".late b { position: absolute; inset: 0; z-index: -1; background: #333; }"
        f"{DARK} {{ span {{ color: #ddd; }} }}"
    )
    rows = f"{ROWS}</ul><div class='late'><p><b></b><span>one</span></p></div><ul>{ROWS}"
    assert found(page, style, rows, in_every_place=True) == {("light", "color-contrast")}
    assert found(page, style, rows) == set()
