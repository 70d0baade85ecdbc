"""Regions that are asked for again and again: what has the keyboard's focus keeps it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from apps.core.models import Job
from apps.exports.choice.filters import Filters
from apps.exports.services import export_start
from apps.generation.models import RunMinute, ServerSample
from apps.home.figures import count_figures
from apps.seeds.gathering.jobs import gathering_start
from apps.validation.figures import count_touched
from tests.browser.harness import login
from tests.builders import make_completion, make_response, make_user
from tests.seeds.gathering.running import do_all
from tests.validation.building import make_judged_run

pytestmark = pytest.mark.django_db(transaction=True)

REACHED = ":is(a, button, input, select, textarea, summary, [tabindex])"
WITHOUT_ID = f"""() => [...document.querySelectorAll('[hx-trigger^="every"] {REACHED}')]
    .filter((it) => it.type !== "hidden")
    .filter((it) => !it.id || document.querySelectorAll("#" + CSS.escape(it.id)).length > 1)
    .map((it) => it.outerHTML)"""


def a_run(_: Path) -> str:
    run = make_response().run
    assert run
    make_completion(run, run.chosen.get().seed, "c_i", 0, reason="empty", text="")
    now = timezone.now()
    RunMinute.objects.create(run=run, server="h:1", minute=now, busy_until=now)
    ServerSample.objects.create(server="h:1", running=3)
    return f"/runs/{run.pk}/"


def a_gathering(folder: Path) -> str:
    (folder / "a.sql").write_text("SELECT name FROM people WHERE id = 1;\nGRANT ALL ON a TO b;\n")
    (folder / "b.sql").write_bytes(b"\x00\x01\x02\x03" * 50)
    gathering = gathering_start(spec=str(folder))
    do_all(gathering)
    Job.objects.update(status="running", finished_at=None)
    return f"/seeds/gatherings/{gathering.pk}/"


def an_export(_: Path) -> str:
    return f"/exports/{export_start(filters=Filters()).pk}/"


def exports(folder: Path) -> str:
    an_export(folder)
    return "/exports/"


def home(_: Path) -> str:
    Job.objects.create(kind="generate")
    count_figures()
    return "/"


def a_validated_run(_: Path) -> str:
    run = make_judged_run({"sqlite": "passed", "duckdb": "sql_error"}, {"sqlite": "sql_error"})
    count_touched()
    return f"/validation/{run.pk}/"


def validations(_: Path) -> str:
    Job.objects.create(kind="validate")
    return "/validation/"


@pytest.mark.parametrize(
    ("make", "focused"),
    [
        (a_run, "pause"), (a_gathering, "stop"), (an_export, "stop"), (exports, "exports-table"),
        (home, "to-seeds"), (a_validated_run, "the-run"), (validations, "stop-"),
    ],
)  # fmt: skip
def test_what_has_the_focus_keeps_it_when_the_region_is_replaced(
    page: Page,
    settings: Settings,
    tmp_path: Path,
    make: Callable[[Path], str],
    focused: str,
) -> None:
    settings.VAR_DIR = tmp_path
    folder = tmp_path / "sql"
    folder.mkdir()
    login(page, make_user("editor"))
    page.goto(make(folder))
    assert page.evaluate(WITHOUT_ID) == []
    one = page.locator(f'[id^="{focused}"]').first
    one.focus()
    one.evaluate("it => it.dataset.old = 1")
    expect(one).not_to_have_attribute("data-old", "1")
    expect(one).to_be_focused()
