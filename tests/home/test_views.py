"""The front page and the status page."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.core.models import Job
from apps.core.queue import app
from apps.generation.models import Response
from apps.home.counting import count_standing
from apps.home.figures import count_figures
from apps.review.models import Entry, Queue
from tests.builders import make_run, make_user
from tests.home.data import make_pairs
from tests.pages import markup

pytestmark = pytest.mark.django_db


def test_the_front_page_shows_where_the_data_stands(client: Client) -> None:
    make_pairs(passed=3, failed=1, good=2, bad=1, seeds=4)
    count_figures()
    client.force_login(make_user("editor"))
    text = markup(client.get("/"))
    assert "with concepts, of all seeds" in text and "0 of 4 (0–49 %)" in text
    assert "with a pair, of all instructions" in text and "4 of 4 (51–100 %)" in text
    assert "75 % of 4 that were run" in text
    assert "67 % accepted, 1 open" in text
    assert "3 of 4 (30–95 %)" in text
    assert "1 pair waits for a label." in text


def test_an_editor_sees_everybody_and_a_reviewer_themselves(client: Client) -> None:
    make_pairs(passed=3, failed=1, good=2, bad=1)
    queue = Queue.objects.create(name="for otto")
    queue.people.add(make_user("reviewer", "otto"))
    Entry.objects.create(queue=queue, response=Response.objects.first(), position=1)
    ended = timezone.now()
    Job.objects.create(kind="export", status="failed", message="disk full", finished_at=ended)
    count_figures()
    count_standing()
    client.force_login(make_user("editor"))
    text = markup(client.get("/"))
    assert "labeller" in text and "2 of 3 (21–94 %)" in text and "disk full" in text
    assert "for otto" in text and "everybody" in text
    client.force_login(make_user("reviewer", "rosa"))
    text = markup(client.get("/"))
    assert "labeller" not in text and "for otto" not in text and "disk full" not in text
    assert "2 of 3 (21–94 %)" in text
    client.force_login(User.objects.get(username="otto"))
    assert "for otto" in markup(client.get("/"))


def test_the_front_page_counts_nothing_in_the_request(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(make_user("editor"))
    with django_assert_num_queries(4):  # session, user, figures, running jobs
        client.get("/")


def test_the_front_page_keeps_itself_fresh_while_something_is_at_work(client: Client) -> None:
    client.force_login(make_user())
    assert "hx-trigger" not in client.get("/").content.decode()
    Job.objects.create(kind="gather")
    part = client.get("/", headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 5s"' in part
    assert "<html" not in part


def test_what_is_at_work_and_what_failed_have_their_own_numbers_and_pages(client: Client) -> None:
    Job.objects.create(kind="validate")
    run, failed = make_run(), make_run()
    ended = {"status": "failed", "message": "disk full", "finished_at": timezone.now()}
    Job.objects.filter(run=failed).update(**ended)
    make_pairs(passed=1)
    count_figures()
    count_standing()
    client.force_login(make_user("editor"))
    text = markup(client.get("/"))
    assert f'href="/runs/{run.pk}/">run {run.pk}</a>' in text
    assert f'href="/runs/{failed.pk}/">run {failed.pk}</a>' in text
    assert ">validation</a>" in text


def test_a_stranger_must_log_in_and_a_post_is_refused(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/accounts/login/?next=/"
    client.force_login(make_user("admin"))
    assert client.post("/").status_code == 405
    assert client.post("/status/").status_code == 405


def test_an_address_that_is_nowhere_is_a_page_of_its_own(client: Client) -> None:
    client.force_login(make_user())
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


@pytest.mark.parametrize("role", ["reviewer", "editor"])
def test_the_status_page_is_for_admins(client: Client, role: str) -> None:
    client.force_login(make_user(role))
    answer = client.get("/status/")
    assert answer.status_code == 403
    assert "This needs the role admin." in answer.content.decode()


def test_the_status_page_names_versions_services_and_work(client: Client) -> None:
    client.force_login(make_user("admin"))
    text = client.get("/status/").content.decode()
    for part in ("PostgreSQL", "Valkey", "Django", "validate"):
        assert part in text
    assert 'hx-trigger="load"' in text


def test_workers_and_sandbox_come_in_the_second_request(client: Client) -> None:
    client.force_login(make_user("admin"))
    text = client.get("/status/", headers={"HX-Request": "true"}).content.decode()
    assert "No worker answered within a second." in text
    assert "Sandbox of sqlite" in text
    assert "resource limits" in text
    with app.connection_or_acquire() as broker:  # nobody who closes it has to wait for answers
        assert not broker.default_channel._in_poll


def test_only_admins_see_the_links_to_users_and_status(client: Client) -> None:
    for role, seen in (("reviewer", False), ("admin", True)):
        client.force_login(make_user(role))
        assert ("/accounts/users/" in client.get("/").content.decode()) is seen
