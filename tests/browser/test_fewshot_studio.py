"""What a change of examples does, in the browser: the prompts, the differences, a try."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Page, expect

from apps.fewshot.models import FewShotSet
from apps.fewshot.services import draft_open
from apps.review.models import Entry
from apps.studio.models import Trial
from tests.browser.harness import assert_accessible, login, screenshot
from tests.builders import make_recipe, make_run, make_seed, make_user
from tests.studio.building import RESPONSE, change, do_all
from tests.worker.fake_server import FakeServer, completion, says
from tests.worker.serving import serve

pytestmark = pytest.mark.django_db(transaction=True)


ANSWERS = {
    "### Response": RESPONSE.format(title="Emma"),
    "### Concepts": "select, filter",
    "### Instruction": "List the titles of the books on one shelf.",
}


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with FakeServer() as server:
        yield server


@pytest.fixture
def fewshot() -> list[str]:
    """What `import_fewshot` is told: the usual file."""
    return []


@pytest.fixture
def draft_address(page: Page, fewshot: list[str]) -> str:
    """A draft whose first example is another, and a run to be like."""
    call_command("import_fewshot", *fewshot)
    base = FewShotSet.objects.get().versions.get()
    for number in range(6):
        make_seed(f"SELECT title FROM books WHERE shelf = {number}", kind="select")
    make_run(make_recipe(base, examples={"s_c": 4, "c_i": 4, "i_r": 1, "s_i": 4}))
    draft = draft_open(fewshot_set=base.fewshot_set, created_by=None)
    change(draft, "museum keeping")
    login(page, make_user("editor"))
    return f"/fewshot/versions/{draft.pk}/"


def answers(handler: object) -> None:
    """What each stage can use: concepts, an instruction, or a response."""
    asked = handler.question["prompt"]  # type: ignore[attr-defined]
    for heading, text in ANSWERS.items():
        if asked.rstrip().endswith(heading):
            says(completion(text))(handler)  # type: ignore[arg-type]


def worked() -> None:
    """All units done in a thread of its own: Playwright's loop runs in this one."""

    def work() -> None:
        do_all()
        connection.close()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(work).result()


def test_prompts_of_a_draft_are_looked_at(page: Page, draft_address: str) -> None:
    page.goto(draft_address)
    page.get_by_role("link", name="Prompts").click()
    expect(page.get_by_role("heading", name="Tokens")).to_be_visible()
    expect(page.get_by_text("estimated at 3.5 characters a token")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Stage").select_option("i_r")
    page.get_by_label("Arrangement").fill("0")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("an example's text stands here")).to_be_visible()
    expect(page.get_by_role("row", name="What is asked")).to_be_visible()
    page.get_by_text("chat messages, for a model").click()
    expect(page.get_by_role("heading", name="assistant").first).to_be_visible()
    assert_accessible(page)
    screenshot(page, "fewshot-prompts")


def test_two_versions_are_compared_by_word(page: Page, draft_address: str) -> None:
    page.goto(draft_address)
    page.get_by_role("link", name="Changes").click()
    expect(page.locator("ins mark").first).to_be_visible()
    expect(page.get_by_text("A draft has no runs: try it.")).to_be_visible()
    page.get_by_label("Against").select_option(index=0)
    page.get_by_role("button", name="Compare").click()
    assert_accessible(page)
    screenshot(page, "fewshot-compare")


def test_a_draft_is_tried_and_one_pair_sent_to_review(
    page: Page, draft_address: str, fake: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, fake.url)
    fake.always = answers
    page.goto(draft_address)
    page.get_by_role("link", name="Try", exact=True).click()
    page.get_by_label("How many").fill("2")
    assert_accessible(page)
    screenshot(page, "fewshot-try")
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.get_by_text("The try has begun, before all runs that wait.")).to_be_visible()
    expect(page.get_by_text("Not written yet.").first).to_be_visible()
    assert_accessible(page)
    worked()
    expect(page.get_by_text("the model writes")).to_have_count(0)
    expect(page.locator("[hx-trigger]")).to_have_count(0)
    expect(page.get_by_text("2 of 2").first).to_be_visible()
    assert not Entry.objects.exists()
    page.get_by_text("Response 1").first.click()
    assert_accessible(page)
    screenshot(page, "fewshot-tried")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Send the chosen pairs to review").click()
    expect(page.get_by_text("1 pair sent to review.")).to_be_visible()
    assert Entry.objects.count() == 1
    page.get_by_role("link", name="Try again on these seeds").click()
    expect(page.get_by_label("these, by their numbers")).to_be_checked()
    seeds = Trial.objects.get().draft_run.chosen.order_by("position")
    expect(page.get_by_role("textbox", name="Their numbers")).to_have_value(
        " ".join(str(row.seed_id) for row in seeds)
    )
