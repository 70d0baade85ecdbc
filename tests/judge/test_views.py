"""Pages of judges: who may see and do what."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.core.models import Job
from apps.generation.models import Response
from apps.judge.models import Judge, Judging
from apps.review.models import Label
from tests.builders import make_run, make_user
from tests.judge.building import BAD, GOOD, decide, make_judging, make_pairs, score
from tests.pages import markup

pytestmark = pytest.mark.django_db


@pytest.fixture
def judging() -> Judging:
    return make_judging(make_pairs(2), sample=2)


def address(name: str, judging: Judging) -> str:
    numbers = {"show": judging.judge_id, "pair": judging.run.responses.first()}
    number = numbers.get(name, judging)
    args = [] if name in ("index", "new") else [getattr(number, "pk", number)]
    return reverse(f"judge:{name}", args=args)


def sign_in(client: Client, role: str) -> Client:
    client.force_login(make_user(role))
    return client


@pytest.mark.parametrize("name", ["index", "new", "judging", "pair", "stop", "resume", "show"])
def test_nobody_gets_anywhere_without_signing_in(
    client: Client, judging: Judging, name: str
) -> None:
    ask = client.post if name in ("stop", "resume", "show") else client.get
    assert "/accounts/login" in ask(address(name, judging))["Location"]


@pytest.mark.parametrize(
    ("name", "roles"),
    [("index", "rea"), ("judging", "rea"), ("pair", "rea"), ("new", "ea"), ("stop", "ea"),
     ("resume", "ea"), ("show", "a")],
)  # fmt: skip
def test_each_role_may_what_is_its_own(
    client: Client, judging: Judging, name: str, roles: str
) -> None:
    posted = name in ("stop", "resume", "show")
    for role in ("reviewer", "editor", "admin"):
        sign_in(client, role)
        ask = client.post if posted else client.get
        status = ask(address(name, judging)).status_code
        assert status == (302 if posted else 200) if role[0] in roles else status == 403
    wrong = client.get if posted else client.post
    if name != "new":
        assert wrong(address(name, judging)).status_code == 405


@pytest.mark.parametrize("name", ["judging", "pair", "stop", "resume", "show"])
def test_what_is_not_there_is_not_found(client: Client, name: str) -> None:
    sign_in(client, "admin")
    ask = client.post if name in ("stop", "resume", "show") else client.get
    assert ask(reverse(f"judge:{name}", args=[999_999])).status_code == 404


def test_an_editor_has_a_run_judged(client: Client) -> None:
    sign_in(client, "editor")
    assert "Nothing was judged yet" in client.get(reverse("judge:index")).content.decode()
    run = make_pairs(2)
    data = {"run": run.pk, "engine": "url", "model": "j", "threshold": 4, "sample": 1}
    response = client.post(reverse("judge:new"), data)
    judging = Judging.objects.get()
    assert response["Location"] == reverse("judge:judging", args=[judging.pk])
    assert judging.judge.model == "j" and judging.sample.count() == 1
    empty = client.post(reverse("judge:new"), data | {"run": make_run().pk}).content.decode()
    assert "has no pair to judge" in empty
    shown = client.get(reverse("judge:index"), {"run": run.pk}).content.decode()
    assert f"Judging {judging.pk}" in shown


def test_a_judging_shows_its_share_and_how_far_it_is_to_be_believed(
    client: Client, judging: Judging
) -> None:
    for response in judging.run.responses.all():
        score(judging.judge, response)
        decide(response, True)
    sign_in(client, "reviewer")
    url = address("judging", judging)
    page = client.get(url).content.decode()
    assert "2 of 2 (34–100 %)" in page and "2 of 2 pairs of the random sample" in page
    assert "not known: the sample has too few labels" in page and "every 5s" in page
    Job.objects.update(status="done", finished_at="2026-01-01T00:00:00Z")
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and "every 5s" not in part


def test_the_share_is_corrected_by_what_people_said_of_the_sample(client: Client) -> None:
    """Rogan and Gladen: of 10 it calls 6 good; sensitivity 4 of 5, specificity 3 of 5."""
    judging = make_judging(make_pairs(10), sample=10)
    said = [(GOOD, True)] * 4 + [(GOOD, False)] * 2 + [(BAD, True)] + [(BAD, False)] * 3
    for response, (text, good) in zip(judging.run.responses.all(), said, strict=True):
        score(judging.judge, response, text)
        decide(response, good)
    sign_in(client, "reviewer")
    page = " ".join(client.get(address("judging", judging)).content.decode().split())
    assert "<dt>Calls good</dt><dd>6 of 10 (31–83 %)</dd>" in page
    assert "<dt>Sensitivity (good pairs it calls good)</dt><dd>4 of 5 (38–96 %)</dd>" in page
    assert "<dt>Specificity (bad pairs it calls bad)</dt><dd>3 of 5 (23–88 %)</dd>" in page
    # (0.6 + 0.6 - 1) / (0.8 + 0.6 - 1) = 0.5
    corrected = re.search(r"<dt>Corrected by the sample</dt><dd>50 % \((\d+)–(\d+) %\)", page)
    assert corrected and int(corrected[1]) < 31 and int(corrected[2]) > 83
    assert "<dd>7 of 10 (40–89 %), kappa 0.40" in page


def test_a_reviewer_decides_first_and_then_sees_the_scores(
    client: Client, judging: Judging
) -> None:
    response = judging.run.responses.first()
    assert response
    score(judging.judge, response)
    reviewer = make_user("reviewer")
    client.force_login(reviewer)
    url = reverse("judge:pair", args=[response.pk])
    page = client.get(url).content.decode()
    assert "Decide first" in page and "of 5" not in page and "judge-7b" not in page
    Label.objects.create(response=response, reviewer=reviewer, value="bad")
    assert "5 of 5" in client.get(url).content.decode()
    Response.objects.filter(pk=response.pk).update(text="another")
    assert "The pair was changed since" in client.get(url).content.decode()


def test_an_admin_shows_and_hides_what_a_judge_says(client: Client, judging: Judging) -> None:
    sign_in(client, "admin")
    url = address("show", judging)
    assert "may be seen before" in client.post(url, {"shown": "1"}, follow=True).content.decode()
    assert Judge.objects.get().is_shown
    assert "are hidden until" in client.post(url, {"shown": "0"}, follow=True).content.decode()
    assert not Judge.objects.get().is_shown


def test_a_judging_says_how_far_it_is_while_it_runs(client: Client, judging: Judging) -> None:
    sign_in(client, "reviewer")
    page = markup(client.get(address("judging", judging)))
    assert '<progress value="0" max="1"' in page and "0 of 1 work units: a worker" in page
    judging.job.units.update(status="failed")
    assert '<progress value="1" max="1"' in markup(client.get(address("judging", judging)))
    Job.objects.update(status="done", finished_at="2026-01-01T00:00:00Z")
    assert "<progress" not in markup(client.get(address("judging", judging)))


def test_a_judging_stops_and_goes_on(client: Client, judging: Judging) -> None:
    sign_in(client, "editor")
    client.post(address("stop", judging))
    assert Job.objects.get(kind="judge").status == "stopped"
    client.post(address("resume", judging))
    assert Job.objects.get(kind="judge").status == "running"
