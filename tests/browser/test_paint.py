"""The desk comes to a browser in pieces, as it does over a network: what is shown does not move."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from playwright.sync_api import Page

from apps.generation.models import Response
from apps.review import views
from tests.browser.harness import DESKTOP, PHONE, login
from tests.builders import make_user

pytestmark = pytest.mark.django_db(transaction=True)
# Long enough for a browser that paints what it has.
PAUSE = 0.5
Cut = tuple[bytes, bytes]
# Where the page is cut, behind a tag's end: what comes next would move what is there. In the header
# to the left, among the buttons at the foot up.
HEADER: list[Cut] = [(b"data-theme-toggle", b"</button>"), (b'class="role', b"</span>")]
DECIDE: Cut = (b'class="decide"', b"</form>")
CUTS = {
    "header": HEADER,
    "once": [DECIDE],
    "often": [DECIDE, (b'id="undo-form"', b"</form>"), (b'class="further"', b"</form>")],
}
SHIFTS = """() => new Promise(done => {
    new PerformanceObserver(list => done(list.getEntries().map(one => [one.value,
        ...one.sources.map(({node, previousRect: was, currentRect: is}) =>
            `${node?.nodeName} ${node?.textContent} ${was.x},${was.y} to ${is.x},${is.y}`)])))
        .observe({type: 'layout-shift', buffered: true});
    setTimeout(() => done([]), 300);
})"""


def piecemeal(cuts: list[Cut]) -> Callable[..., HttpResponseBase]:
    """What renders a page, and sends it in pieces."""

    def answer(*args: Any) -> HttpResponseBase:
        page = render(*args).content

        def pieces() -> Iterator[bytes]:
            begin = 0
            for mark, close in cuts:
                end = page.index(close, page.index(mark)) + len(close)
                yield page[begin:end]
                time.sleep(PAUSE)
                begin = end
            yield page[begin:]

        return StreamingHttpResponse(pieces())

    return answer


@pytest.mark.parametrize("cuts", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "narrow"])
def test_nothing_moves_while_the_desk_comes(
    page: Page,
    queue: list[Response],
    size: dict[str, int],
    cuts: list[Cut],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(views, "render", piecemeal(cuts))
    page.set_viewport_size(size)  # type: ignore[arg-type]
    login(page, make_user("reviewer"))
    page.goto("/review/")
    assert page.evaluate(SHIFTS) == []
