"""Every page of the review with something on it: axe finds nothing at all, in either theme, nothing
is wider than the screen, and pictures are taken of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.generation.models import Instruction, Response
from apps.review.bulk import BatchLabel, batch_start
from apps.review.correcting import pair_correct
from apps.review.filters import read_filter
from apps.review.models import Batch, Flag, Queue, Reason
from apps.review.services import claim_next, enqueue, label_add
from apps.review.team import services
from apps.review.team.figures import count_team
from tests.browser.harness import assert_accessible, login, screenshot
from tests.browser.reviewing import WRONG, make_real
from tests.builders import make_user
from tests.review.building import make_verdict
from tests.review.test_queues import make_queue
from tests.review.test_siblings import make_sibling

pytestmark = pytest.mark.django_db(transaction=True)
GUIDELINE = "Be *kind*.\n\n- A tie is no fault.\n- `NOW()` is."


@dataclass(frozen=True, slots=True)
class Stored:
    """What the pages below are about."""

    editor: User
    rosa: User
    pair: Response
    queue: Queue
    pairwise: Queue
    batch: Batch


@pytest.fixture
def stored() -> Stored:
    editor, rosa = make_user("admin", "edda"), make_user("reviewer", "rosa")
    pairs = [
        make_real(1, "wrong_result", "1 expected row is missing.", diff=WRONG, strength=0.75),
        make_real(3, "sql_error", 'near "return": syntax error'),
        make_real(0, "passed", "It is as expected.", strength=1.0),
    ]
    make_verdict(pairs[0], "passed", database="duckdb")
    make_sibling(pairs[0], "```sql\nSELECT 'the other';\n```")
    enqueue(response_ids=[pair.pk for pair in pairs])
    pair_correct(response=pairs[2], editor=editor, text="```sql\nSELECT 2;\n```", seen=0)
    queue = make_queue(name="Both of us", reviewers=2, guideline=GUIDELINE, may_correct=True)
    # The corrected pair is not the editor's to judge; the sibling and the first pair both judge.
    for person, value, number in ((rosa, "good", 3), (editor, "bad", 2)):
        for _ in range(number):
            held = claim_next(reviewer=person, queue=queue)
            assert held
            reasons, note = (["wrong_result"], "The tie is cut.") if value == "bad" else ([], "")
            label_add(
                response=held, reviewer=person, value=value, reasons=reasons, note=note, queue=queue
            )
    Flag.objects.create(response=pairs[0], reviewer=rosa)
    services.rule(response=pairs[0], good=False, note="It cuts a tie.", editor=editor, gold=True)
    bad = BatchLabel(value="bad", reasons=["not_sql"], note="All of it is Python.")
    batch = batch_start(chosen=read_filter({"verdict": ["no_sql"]}), label=bad, created_by=editor)
    pairwise = make_queue(name="Which is better", is_pairwise=True)
    count_team()
    return Stored(editor, rosa, pairs[0], queue, pairwise, batch)


# Each page: its name in pictures, its address.
PAGES: dict[str, Callable[[Stored], str]] = {
    "desk": lambda s: f"/review/queues/{s.queue.pk}/work/",
    "pairs": lambda s: "/review/pairs/?verdict=sqlite:wrong_result&reason=wrong_result",
    "pairs-none": lambda s: "/review/pairs/?verdict=timeout",
    "compare": lambda s: "/review/pairs/compare/?label=good&beside=label%3Dbad",
    "pair": lambda s: f"/review/pairs/{s.pair.pk}/",
    "siblings": lambda s: f"/review/pairs/{s.pair.pk}/siblings/",
    "alike": lambda s: f"/review/pairs/{s.pair.pk}/alike/",
    "correct": lambda s: f"/review/pairs/{s.pair.pk}/correct/",
    "duel": lambda s: f"/review/queues/{s.pairwise.pk}/duel/",
    "queues": lambda s: "/review/queues/",
    "queue": lambda s: f"/review/queues/{s.queue.pk}/",
    "queue-new": lambda s: "/review/queues/new/?verdict=passed",
    "queue-edit": lambda s: f"/review/queues/{s.queue.pk}/edit/",
    "history": lambda s: "/review/history/?everyone=1",
    "team": lambda s: "/review/team/",
    "person": lambda s: f"/review/team/{s.rosa.pk}/",
    "acceptance-none": lambda s: "/review/acceptance/",
    "conflicts": lambda s: "/review/conflicts/",
    "conflicts-ruled": lambda s: "/review/conflicts/?ruled=1",
    "batches": lambda s: "/review/batches/",
    "batch": lambda s: f"/review/batches/{s.batch.pk}/",
    "batch-new": lambda s: "/review/batches/new/?verdict=wrong_result",
    "reasons": lambda s: "/review/reasons/",
    "reason": lambda s: f"/review/reasons/{Reason.objects.order_by('pk')[0].pk}/",
    "keys": lambda s: "/review/keys/",
}


def test_every_page(page: Page, stored: Stored) -> None:
    login(page, stored.editor)
    found: list[str] = []
    for name, address in PAGES.items():
        answer = page.goto(address(stored))
        assert answer and answer.status == 200, name
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        try:
            assert_accessible(page, strictly=True)
        except AssertionError as error:
            found.append(f"{name}: {error}")
        screenshot(page, f"all-{name}")
    assert not found, "\n\n".join(found)


def test_every_page_that_a_reviewer_opens(page: Page, stored: Stored) -> None:
    login(page, stored.rosa)
    for name in ("desk", "pairs", "pair", "siblings", "queues", "queue", "team", "history", "keys"):
        page.goto(PAGES[name](stored).replace("?everyone=1", ""))
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        assert_accessible(page, strictly=True)
        screenshot(page, f"all-{name}-reviewer")


def test_the_guideline_and_the_keys_in_their_dialogs(page: Page, stored: Stored) -> None:
    login(page, stored.rosa)
    page.goto(PAGES["desk"](stored))
    for key, name in (("i", "guideline"), ("?", "help")):
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        assert_accessible(page, strictly=True)
        screenshot(page, f"all-dialog-{name}")
        page.keyboard.press("Escape")


def test_from_a_filter_to_its_pairs_and_to_others(page: Page, stored: Stored) -> None:
    login(page, stored.editor)
    page.goto("/review/pairs/")
    page.get_by_label("Verdict").select_option("sqlite:wrong_result")
    expect(page.get_by_text("Verdict: sqlite:wrong_result")).to_be_visible()
    page.get_by_text("More filters").click()
    page.get_by_label("Reviewer").select_option(label="rosa")
    expect(page.get_by_text("Reviewer: rosa")).to_be_visible()
    expect(page.get_by_label("Verdict")).to_have_value("sqlite:wrong_result")
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Pairs beside others")).to_be_visible()
    page.get_by_role("textbox", name="Beside").fill("verdict=passed")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("columnheader", name="Verdict: passed")).to_be_visible()
    page.goto("/review/pairs/?verdict=sql_error")
    page.get_by_role("button", name="Review these").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("edda: sql error")


def test_other_keys_work_on_every_page_that_has_keys(page: Page, stored: Stored) -> None:
    client = Client()
    client.force_login(stored.rosa)
    others: dict[str, Any] = {
        "previous": "h", "next": "l", "siblings": "o", "difference": "m", "note": ";",
        "whence": "y", "bad": "x",
    }  # fmt: skip
    assert client.post("/review/keys/", others).status_code == 302
    login(page, stored.rosa)
    page.goto(f"/review/pairs/{stored.pair.pk}/siblings/")
    page.keyboard.press("m")
    expect(page.get_by_text("smaller and smaller data")).to_be_visible()
    page.keyboard.press("o")
    expect(page.locator("#work")).to_be_visible()
    page.goto(PAGES["desk"](stored))
    page.keyboard.press("x")
    page.keyboard.press(";")
    expect(page.locator("#note")).to_be_focused()
    page.goto(PAGES["desk"](stored))
    pair = page.locator("#work").get_attribute("data-pair")
    page.keyboard.press("y")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Pair {pair}")
    expect(page.locator("#lineage")).to_be_in_viewport()
    page.goto(PAGES["desk"](stored))
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#work")).to_be_visible()
    labelled = list(stored.rosa.labels.order_by("pk").values_list("response_id", flat=True))
    for key, place in (("h", -1), ("h", -2), ("l", -1)):
        page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Pair {labelled[place]}")


MONGOLIAN = " ".join(["ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ᠌"] * 20)
MODE = "e => getComputedStyle(e).writingMode"


@pytest.fixture
def mongolian() -> Response:
    """A pair in a script that runs from top to bottom, with a sibling in it."""
    response = make_real(0, "passed", "It is as expected.")
    text = f"{MONGOLIAN}\n\n```sql\nSELECT 1;\n```"
    Response.objects.filter(pk=response.pk).update(text=text)
    Instruction.objects.filter(pk=response.instruction_id).update(text=MONGOLIAN)
    make_sibling(response, text.replace("SELECT 1", "SELECT 2").replace("ᠮᠣᠩᠭᠣᠯ", "ᠮᠣᠩᠭᠣ", 1))
    response.refresh_from_db()
    enqueue(response_ids=[response.pk])
    return response


def test_a_text_from_top_to_bottom_stands_so(page: Page, mongolian: Response) -> None:
    login(page, make_user())
    page.goto("/review/")
    prose, code = page.locator(".vertical p").last, page.locator(".vertical pre")
    box, line = prose.bounding_box(), code.bounding_box()
    assert box and line and box["height"] > box["width"], "lines run downwards"
    assert line["x"] > box["x"], "what follows stands to the right"
    assert (prose.evaluate(MODE), code.evaluate(MODE)) == ("vertical-lr", "horizontal-tb")
    assert_accessible(page, strictly=True)
    screenshot(page, "review-vertical")


def test_it_stands_so_beside_another_and_where_it_is_corrected(
    page: Page, mongolian: Response
) -> None:
    login(page, make_user("editor"))
    page.goto(f"/review/pairs/{mongolian.pk}/siblings/")
    rows = page.locator(".table.lines tbody tr")
    for side in (0, 1):
        prose = rows.filter(has_text="ᠪᠢᠴᠢᠭ᠌").locator("td").nth(side).locator("div")
        box = prose.bounding_box()
        assert box and box["height"] > box["width"] and prose.evaluate(MODE) == "vertical-lr"
        code = rows.filter(has_text="SELECT").locator("td").nth(side)
        assert code.evaluate(MODE) == "horizontal-tb"
    assert_accessible(page, strictly=True)
    screenshot(page, "siblings-vertical")
    page.goto(f"/review/pairs/{mongolian.pk}/correct/")
    for name in ("Instruction", "Response"):
        field = page.get_by_label(name)
        assert field.evaluate(MODE) == "vertical-lr"
        assert field.get_attribute("dir") == "auto"
    assert_accessible(page, strictly=True)
    screenshot(page, "correct-vertical")
