"""Pages of tries: who may open them, what a form refuses, both sides beside each other."""

import pytest
from django.test import Client

from apps.fewshot.models import Version
from apps.generation.models import Response
from apps.generation.runs import TRIAL_PRIORITY
from apps.review.models import Entry
from apps.studio.models import Trial
from tests.builders import make_recipe, make_response, make_run, make_seed, make_user
from tests.pages import markup
from tests.review.building import make_verdict
from tests.studio.building import make_draft, make_trial

pytestmark = pytest.mark.django_db
FORM = {"how": "random", "count": "2", "responses": "1", "like": ""}


@pytest.fixture
def draft() -> Version:
    return make_draft()


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_user("editor"))
    return client


def made(trial: Trial, *, side: str, outcome: str) -> Response:
    """A held-back pair that one side wrote for the try's first seed."""
    run = trial.draft_run if side == "draft" else trial.published_run
    seed = run.chosen.get(position=0).seed
    pair = make_response(run=run, seed=seed, instruction=f"Asked with the {side}.")
    Response.objects.filter(pk=pair.pk).update(is_held_back=True)
    pair.entries.all().delete()
    make_verdict(pair, outcome)
    return pair


def ended(trial: Trial) -> Trial:
    for run in (trial.draft_run, trial.published_run):
        run.job.units.all().delete()
        run.job.status, run.job.finished_at = "done", run.job.created_at
        run.job.save()
    return trial


def test_only_editors_try_and_send(client: Client, draft: Version) -> None:
    trial = make_trial([make_seed()], draft=draft)
    pages = [f"/fewshot/versions/{draft.pk}/try/", f"/fewshot/tries/{trial.pk}/"]
    send = f"/fewshot/tries/{trial.pk}/send/"
    for page in [*pages, send]:
        assert client.get(page).headers["Location"].startswith("/accounts/login/?next=")
    client.force_login(make_user("reviewer"))
    assert [client.get(page).status_code for page in pages] == [403, 403]
    assert client.post(pages[0], FORM).status_code == 403
    assert client.post(send).status_code == 403 and Trial.objects.count() == 1
    client.force_login(make_user("editor"))
    assert [client.get(page).status_code for page in pages] == [200, 200]
    assert client.get(send).status_code == 405 and client.post(pages[1]).status_code == 405
    for missing in ("/fewshot/versions/999999999/try/", "/fewshot/tries/999999999/"):
        assert client.get(missing).status_code == 404
    assert client.post("/fewshot/tries/999999999/send/").status_code == 404


def test_a_try_begins_with_two_runs_on_the_same_seeds(editor: Client, draft: Version) -> None:
    run = make_run(make_recipe(responses=7, instructions=3), seeds=[make_seed(), make_seed()])
    answer = editor.post(f"/fewshot/versions/{draft.pk}/try/", {**FORM, "like": run.pk})
    trial = Trial.objects.get()
    assert answer.headers["Location"] == f"/fewshot/tries/{trial.pk}/"
    sides = (trial.draft_run, trial.published_run)
    chosen = [
        list(side.chosen.order_by("position").values_list("seed", flat=True)) for side in sides
    ]
    assert chosen[0] == chosen[1] and len(chosen[0]) == 2
    for side in sides:
        assert side.recipe.is_trial and side.recipe.model == run.recipe.model
        assert side.recipe.responses == side.recipe.instructions == 1
        units = side.job.units.values_list("priority", flat=True)
        assert list(units) == [TRIAL_PRIORITY] * 2
    assert trial.draft_run.recipe.fewshot.status == "tried"
    # Neither is among the runs, nor offered as one.
    assert f"/runs/{trial.draft_run_id}/" not in markup(editor.get("/runs/"))
    form = markup(editor.get(f"/fewshot/versions/{draft.pk}/try/"))
    assert f"Run {run.pk}: tiny" in form and f"Run {trial.draft_run_id}:" not in form
    assert f"/fewshot/tries/{trial.pk}/" in form


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"how": "named"}, "Name the seeds, or choose them another way."),
        ({"how": "named", "numbers": "1, x"}, "Write numbers with spaces or commas"),
        ({"how": "named", "numbers": "1 " * 21}, "Name 20 seeds at most."),
        ({"how": "named", "numbers": "999999999"}, "There are no such seeds: choose others."),
        ({"how": "failed"}, "There are no such seeds: choose others."),
        ({"count": "21"}, "less than or equal to 20"),
        ({"how": "others"}, "Select a valid choice"),
        ({"like": "12345"}, "Select a valid choice"),
        ({"like": "x"}, "Select a valid choice"),
    ],
)
def test_what_a_form_refuses(
    editor: Client, draft: Version, given: dict[str, str], said: str
) -> None:
    make_seed()
    answer = editor.post(f"/fewshot/versions/{draft.pk}/try/", {**FORM, **given})
    assert answer.status_code == 200 and said in markup(answer)
    assert not Trial.objects.exists()


def test_a_published_version_is_not_tried(editor: Client, draft: Version) -> None:
    base = draft.fewshot_set.versions.get(number=1)
    answer = editor.get(f"/fewshot/versions/{base.pk}/try/", follow=True)
    assert "Only a draft is tried" in markup(answer)


def test_both_sides_stand_beside_each_other_with_counts(editor: Client) -> None:
    trial = make_trial([make_seed()])
    page = editor.get(f"/fewshot/tries/{trial.pk}/")
    assert 'hx-trigger="every 2s"' in markup(page) and "Not written yet." in markup(page)
    made(trial, side="draft", outcome="passed")
    made(trial, side="published", outcome="wrong_result")
    ended(trial)
    page = editor.get(f"/fewshot/tries/{trial.pk}/", headers={"HX-Request": "true"})
    text = markup(page)
    assert "<html" not in text and "hx-trigger" not in text
    assert "1 of 1 (21–100 %)" in text and "0 of 1 (0–79 %)" in text
    assert "Asked with the draft." in text and "Asked with the published." in text
    assert text.count("Only here</dt><dd>1 seed</dd>") == 1
    assert f"/try/?seeds={trial.draft_run.chosen.get().seed_id}" in text


def test_chosen_pairs_are_sent_and_the_others_stay(editor: Client) -> None:
    trial = ended(make_trial([make_seed()]))
    mine = made(trial, side="draft", outcome="passed")
    other = made(trial, side="published", outcome="passed")
    address = f"/fewshot/tries/{trial.pk}/send/"
    assert "Nothing was sent" in markup(editor.post(address, {"response": "x"}, follow=True))
    page = markup(editor.post(address, {"response": [mine.pk]}, follow=True))
    assert "1 pair sent to review." in page and f"Sent to review as pair {mine.pk}" in page
    assert set(Entry.objects.values_list("response", flat=True)) == {mine.pk}
    other.refresh_from_db()
    assert other.is_held_back and f'value="{other.pk}"' in page


def test_a_page_of_a_try_has_a_fixed_number_of_queries(
    editor: Client, django_assert_max_num_queries: object
) -> None:
    trial = make_trial([make_seed() for _ in range(20)])
    made(trial, side="draft", outcome="passed")
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        editor.get(f"/fewshot/tries/{trial.pk}/")


def test_hostile_text_is_shown_and_never_run(editor: Client) -> None:
    trial = ended(make_trial([make_seed()]))
    pair = made(trial, side="draft", outcome="passed")
    Response.objects.filter(pk=pair.pk).update(text="<script>alert(1)</script>")
    assert "<script>alert" not in markup(editor.get(f"/fewshot/tries/{trial.pk}/"))
