"""No page shows a code where a person reads: what is stored as `wrong_result` is said in words."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.test import Client
from django.utils.timezone import now

from apps.core.models import Job
from apps.home.counting import count_standing
from apps.home.figures import count_figures
from apps.validation.models import OUTCOMES, Verdict
from tests.builders import make_response, make_user
from tests.home.data import make_pairs
from tests.test_pages import ALL, NUMBER, TEXT, filled

pytestmark = pytest.mark.django_db
# Code and names that people wrote or that they type stand in these.
NOT_READ = re.compile(
    r"<(script|style|code|pre|textarea|kbd|samp|svg)\b.*?</\1>|<!--.*?-->", re.S | re.I
)
TAG = re.compile(r"<[^>]*>")
CODE = re.compile(r"(?<![\w./@-])[a-z]+(?:_[a-z]+)+(?![\w/(])")


def codes(page: str) -> set[str]:
    """Words with underscores that somebody would read."""
    return set(CODE.findall(TAG.sub(" ", NOT_READ.sub(" ", page))))


def test_codes_are_found() -> None:
    assert codes("<p>wrong_result</p><code>a_b</code><p data-x='c_d'>e</p>") == {"wrong_result"}


@pytest.fixture
def numbers() -> set[int]:
    """Rows of every kind that is easily made; their numbers, which addresses are tried with."""
    make_pairs(passed=4, failed=3, good=2, bad=2, seeds=5)
    for outcome, _ in OUTCOMES:
        response = make_response()
        for database in ("overall", "sqlite"):
            Verdict.objects.create(response=response, database=database, outcome=outcome, version=1)
    for kind in ("generate", "gather", "export", "validate", "import", "judge"):
        Job.objects.create(kind=kind, status="failed", message="No room left.", finished_at=now())
    count_figures()
    count_standing()
    return {
        pk
        for model in apps.get_models()
        if model.__module__.startswith("apps.")
        for pk in model._default_manager.values_list("pk", flat=True).order_by("pk")[:2]
        if isinstance(pk, int)
    }


def test_no_page_shows_a_code(client: Client, numbers: set[int]) -> None:
    client.force_login(make_user("admin"))
    shown, seen = {}, 0
    for address in ALL:
        if address.startswith(("/api/", "/metrics")) or TEXT in address:
            continue
        for number in sorted(numbers) if NUMBER in address else [0]:
            answer = client.get(filled(address, number))
            if answer.status_code == 200 and "text/html" in answer.headers["Content-Type"]:
                seen += 1
                if found := codes(answer.content.decode()):
                    shown.setdefault(address, set()).update(found)
    assert shown == {}
    assert seen > 40
