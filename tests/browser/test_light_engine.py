"""A try of the studio against the light engine itself: nothing stands in for the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.core.models import Job
from apps.fewshot.rendering import PROMPTS
from apps.generation import engines
from apps.generation.models import Completion, Response
from apps.review.models import Entry
from apps.studio.models import Trial
from tests.browser.test_fewshot_studio import draft_address as draft_address
from tests.browser.test_fewshot_studio import worked
from worker import model_server
from worker.engines import setup

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.timeout(3600),
]
# For seconds a processor reads and writes what is longer: one example, and all that the first
# run's grammar leads through as short as it may be.
SHORTER = (
    *(("{1,20}", "{1,6}"), ("{0,20}", "{0,6}"), ("{10,140}", "{10,30}"), ("{1,80}", "{1,20}")),
    *(("){1,3}", ")"), ("){1,4}", ")"), ("){0,4}", "){0,1}"), ("table table?", "two")),
)


def little() -> engines.Size:
    grammar = engines.SMALL.response_grammar
    for long, short in SHORTER:
        assert long in grammar
        grammar = grammar.replace(long, short)
    one = dict.fromkeys(engines.SMALL.examples, 1)
    return replace(engines.SMALL, examples=one, response_grammar=grammar)


@pytest.fixture
def fewshot() -> list[str]:
    """The examples that come with a small model: a processor reads the others for a minute."""
    return [str(PROMPTS / "short-fewshot.txt")]


@pytest.fixture
def light(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The light engine as a machine without a GPU serves it, asked for little, and one database."""
    keeper = model_server._Keeper()
    monkeypatch.setattr(model_server, "_keeper", keeper)
    monkeypatch.setattr(engines, "SMALL", little())
    settings.WINNOW_ENGINE, settings.WINNOW_MODEL = "llama", ""
    settings.WINNOW_DATABASES = ["sqlite"]
    here = Path(settings.VAR_DIR, "models")
    here.mkdir(exist_ok=True)
    model = setup.small_model("llama")
    (here / model.name).unlink(missing_ok=True)
    (here / model.name).symlink_to(model)
    yield
    keeper.stop()


def test_a_draft_is_tried_against_the_light_engine(
    page: Page, draft_address: str, light: None
) -> None:
    page.goto(draft_address)
    page.get_by_role("link", name="Try", exact=True).click()
    page.get_by_label("How many").fill("1")
    page.get_by_label("Model and settings").select_option(
        label="What is usual here: gemma-3-270m-q4_k_m-ascii"
    )
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.get_by_text("The try has begun, before all runs that wait.")).to_be_visible()
    worked()
    expect(page.locator("[hx-trigger]")).to_have_count(0, timeout=120_000)
    trial = Trial.objects.get()
    for run in (trial.draft_run, trial.published_run):
        assert run.job.status == Job.Status.DONE, run.job.message
        wrote = Completion.objects.filter(recipe=run.recipe)
        assert wrote.filter(completion_tokens__gt=0).exists()
        # Each stage gave what the next one takes, or said why not, on the page too.
        assert Response.objects.filter(run=run).exists() or wrote.exclude(reason="").exists()
    assert not Entry.objects.exists()
    expect(page.get_by_text("Not written yet.")).to_have_count(0)
    # The server is there now: it counts the tokens of a prompt for the page.
    page.goto(f"{draft_address}preview/?stage=i_r")
    page.get_by_label("Model and settings").select_option(
        label="What is usual here: gemma-3-270m-q4_k_m-ascii"
    )
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Tokens: counted by the model server of this machine.")).to_be_visible()
