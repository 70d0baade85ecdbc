"""What Prometheus reads, and who else may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from apps.core import work
from apps.core.models import Job
from apps.home.figures import count_figures
from apps.webhooks.services import endpoint_create
from tests.builders import make_user

pytestmark = pytest.mark.django_db


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by its name and sorted labels; fails where the text is not Prometheus'."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def token(settings: Settings) -> dict[str, str]:
    settings.WINNOW_METRICS_TOKEN = "a-token"
    return {"Authorization": "Bearer a-token"}


def test_the_way_and_the_requests_are_told(client: Client, token: dict[str, str]) -> None:
    job = Job.objects.create(kind="export")
    work.create_units(job=job, specs=[work.UnitSpec(queue="export", key="a", payload={})])
    count_figures()
    client.get("/accounts/login/")
    client.get("/accounts/login/")
    answer = client.get("/metrics", headers=token)
    assert answer.status_code == 200
    told = samples(answer.content.decode())
    assert told["winnow_rows", (("step", "seeds"),)] == 0
    assert told["winnow_rows_age_seconds", ()] < 60
    labels = (("method", "GET"), ("status", "2xx"), ("view", "accounts:login"))
    assert told["winnow_request_seconds_count", labels] >= 2
    assert told["winnow_jobs_running", (("kind", "export"),)] == 1
    assert told["winnow_work_units", (("queue", "export"), ("status", "waiting"))] == 1
    assert told["winnow_oldest_work_unit_seconds", (("queue", "export"),)] < 60


def test_the_one_unit_of_an_endpoint_of_long_ago_is_no_old_work(
    client: Client, token: dict[str, str]
) -> None:
    endpoint_create(name="Ours", url="https://example.org/hook", events=["run.ended"])
    Job.objects.update(created_at=timezone.now() - timedelta(days=90))
    told = samples(client.get("/metrics", headers=token).content.decode())
    assert told["winnow_work_units", (("queue", "webhook"), ("status", "waiting"))] == 1
    assert ("winnow_oldest_work_unit_seconds", (("queue", "webhook"),)) not in told


def test_addresses_that_strangers_make_up_are_one_series(
    client: Client, token: dict[str, str]
) -> None:
    for number in range(5):
        client.get(f"/nothing/{number}")
        client.generic(f"MADEUP{number}", "/nothing/")
    told = samples(client.get("/metrics", headers=token).content.decode())
    named: Any = {
        dict(labels)["view"] for name, labels in told if name == "winnow_request_seconds_count"
    }
    assert not any("nothing" in view for view in named)
    methods = {dict(labels).get("method") for _, labels in told}
    assert methods <= {None, "GET", "HEAD", "POST", "other"}


def test_only_the_token_and_admins_read_them(client: Client, settings: Settings) -> None:
    assert client.get("/metrics").status_code == 401
    # An empty token lets nobody in.
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401
    settings.WINNOW_METRICS_TOKEN = "a-token"
    assert client.get("/metrics", headers={"Authorization": "Bearer b"}).status_code == 401
    assert client.post("/metrics", headers={"Authorization": "Bearer a-token"}).status_code == 405
    for role, status in (("reviewer", 401), ("editor", 401), ("admin", 200)):
        client.force_login(make_user(role))
        assert client.get("/metrics").status_code == status, role
