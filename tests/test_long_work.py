"""Wherever long work is started its page has a bar while it goes on, and asks again by itself."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core.models import Job
from apps.core.progress import progress_tell
from apps.evidence.models import BlindTest, Search
from apps.exports.models import Export, Push
from apps.exports.queries import push_key
from apps.exports.verifications import verification_start
from apps.generation.models import Import
from apps.home.templatetags.winnow import JOBS
from apps.review.models import Queue
from apps.seeds.models import Gathering
from apps.validation.tries import Try, try_start
from tests.accounts import deed_rows
from tests.builders import make_response, make_run, make_seed, make_user
from tests.pages import markup
from tests.review.test_siblings import make_sibling
from tests.studio.building import make_trial

pytestmark = pytest.mark.django_db
# Makes work that has begun; the page that people are led to then.
Begun = Callable[[], str]


def page(name: str, *numbers: int) -> str:
    return reverse(name, args=numbers)


def gathering() -> str:
    made: Gathering = deed_rows.a_gathering()
    return page("seeds:gathering", made.pk)


def imported() -> str:
    made: Import = deed_rows.an_import()
    return page("generation:import", made.pk)


def run(name: str = "generation:run") -> str:
    seeds = [make_seed(), make_seed()]
    made = make_run(seeds=seeds)
    make_response(run=made, seed=seeds[0])
    return page(name, made.pk)


def tried() -> str:
    wanted = Try("SELECT 1 AS one;", ("sqlite",), is_sql=True)
    job = try_start(wanted=wanted, created_by=User.objects.get(username="admin"))
    return page("validation:try_result", job.pk)


def validated() -> str:
    deed_rows.validated_again()
    return page("validation:index")


def exported() -> str:
    made: Export = deed_rows.an_unwritten_export()
    return page("exports:export", made.pk)


def pushed() -> str:
    made: Push = deed_rows.a_push()
    return page("exports:export", made.export_id)


def verified() -> str:
    made = verification_start(
        export=deed_rows.an_export(), created_by=User.objects.get(username="admin")
    )
    return page("exports:verification", made.pk)


def trial() -> str:
    return page("studio:trial", make_trial([make_seed()]).pk)


def search() -> str:
    made: Search = deed_rows.a_search()
    Job.objects.filter(run=made.run_id).update(status="running", finished_at=None)
    return page("evidence:search", made.pk)


def blind_test() -> str:
    made = BlindTest.objects.get(pk=deed_rows.a_test())
    return page("evidence:test", made.pk)


def labelled() -> str:
    made: int = deed_rows.a_batch()
    return page("review:batch", made)


def at_home() -> str:
    run()
    return page("home:index")


# By the kind of job that the work is, or by the page where it is none or another.
PAGES: dict[str, Begun] = {
    "gather": gathering,
    "generate": run,
    "import": imported,
    "validate": validated,
    "try": tried,
    "label": labelled,
    "judge": lambda: page("judge:judging", deed_rows.a_judging().pk),
    "export": exported,
    "push": pushed,
    "verify": verified,
    "validation of a run": lambda: run("validation:run"),
    "try of a draft": trial,
    "search": search,
    "blind test": blind_test,
    "home": at_home,
}
# What is no page's own: why, or the test that has it.
ELSEWHERE = {
    "example": "tests/fewshot/test_running.py: the examples of a version",
    "difference": "below: it is a part of a pair's page",
    "known bad": "the scheduler has it done, nobody waits for it",
    "webhook": "it waits for something to tell, for ever",
}


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_user("admin", "admin"))
    return client


def bars(html: str) -> list[str]:
    return re.findall(r"<progress\b[^>]*>[^<]*</progress>", html)


def test_every_kind_of_work_is_among_these() -> None:
    assert set(JOBS) <= set(PAGES) | set(ELSEWHERE)
    assert not set(PAGES) & set(ELSEWHERE)


@pytest.mark.parametrize("what", PAGES)
def test_long_work_shows_progress_where_it_is_started(editor: Client, what: str) -> None:
    address = PAGES[what]()
    html = markup(editor.get(address))
    assert bars(html), address
    assert all("aria-label" in bar for bar in bars(html))
    asks = re.search(rf'hx-get="({re.escape(address)})" hx-trigger="every \d+s"', html)
    assert asks, f"{address} does not ask again"
    part = markup(editor.get(address, headers={"HX-Request": "true"}))
    assert bars(part) and "<html" not in part


def test_a_difference_that_is_looked_for_is_shown_to_be(editor: Client) -> None:
    one = make_response()
    other = make_sibling(one, "```sql\nSELECT 2;\n```")
    address = reverse("review:difference", args=[one.pk, other.pk])
    assert bars(markup(editor.post(address, headers={"HX-Request": "true"})))


def test_what_has_no_known_end_says_how_much_there_is_so_far(editor: Client) -> None:
    """A push knows of how many files once its worker has them; a run all its units once it is
    planned.
    """
    address = pushed()
    html = markup(editor.get(address))
    assert "0 files so far" in html and "value=" not in bars(html)[0]
    progress_tell(push_key(Push.objects.get()), {"sent": 2, "of": 5})
    html = markup(editor.get(address))
    assert '<progress value="2" max="5"' in html and "2 of 5 files" in html
    made = make_run()
    made.job.units.create(queue="generate", key="b", status="done")
    made.job.units.create(queue="generate", key="c")
    html = markup(editor.get("/"))
    assert "1 of 2 work units" in html
    Job.objects.update(is_planned=False)
    assert "1 work unit so far" in markup(editor.get("/"))


def test_what_ended_has_no_bar(editor: Client) -> None:
    for what in ("validation of a run", "try of a draft", "search", "blind test"):
        address = PAGES[what]()
        Job.objects.update(status="cancelled", finished_at="2026-01-01T00:00Z")
        Queue.objects.filter(blind_test__isnull=False).update(is_closed=True)
        assert not bars(markup(editor.get(address))), what
