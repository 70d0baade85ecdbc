"""`manage.py reparse`: what was rejected goes on; what people judged stays as it is."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.core.models import Job
from apps.generation.models import Completion, Concepts, Instruction, Response, Run
from apps.review.models import Label
from tests.builders import make_completion, make_response, make_run, make_user

pytestmark = pytest.mark.django_db


def reparse(*words: object) -> str:
    out = io.StringIO()
    call_command("reparse", *map(str, words), stdout=out)
    return out.getvalue()


def done(run: Run) -> None:
    run.job.units.update(status="done", result={"tally": {"stages": {}, "reasons": {}, "ended": 1}})
    Job.objects.update(status="done", finished_at="2026-01-01T00:00:00Z")


def pair() -> Response:
    """A pair whose completions say just what was made of them."""
    response = make_response()
    text = "Write a SQL query that returns 1 once."
    Completion.objects.filter(stage="s_c").update(text="update, set")
    Completion.objects.filter(stage="c_i").update(text=text)
    Instruction.objects.update(text=text)
    return response


def test_a_rejected_one_that_can_be_read_becomes_good_and_its_run_goes_on() -> None:
    run = make_run()
    seed = run.chosen.get().seed
    row = make_completion(
        run, seed, "s_c", seed.pk, text="joins, dates", reason="too_many", message="x"
    )
    done(run)
    assert "1 completions read, 1 rejected ones are good now" in reparse(run.pk)
    row.refresh_from_db()
    assert (row.reason, row.message) == ("", "")
    assert Concepts.objects.get(completion=row).items == ["joins", "dates"]
    assert run.job.units.get(queue="generate").status == "waiting"
    assert Job.objects.get(pk=run.job_id).status == "running"
    assert " 0 rejected ones are good now" in reparse(run.pk)


def test_a_rejected_response_that_can_be_read_is_validated() -> None:
    run = pair().run
    assert run
    asked = Instruction.objects.get()
    make_completion(
        run, asked.seed, "i_r", asked.pk, draw=1, text="```sql\nSELECT 2;\n```", reason="cut_off"
    )
    reparse("--all")
    made = Response.objects.get(draw=1)
    assert made.text == "```sql\nSELECT 2;\n```"
    assert run.job.units.get(queue="validate").payload == {"responses": [made.pk]}


def test_what_the_server_refused_and_what_was_asked_again_has_nothing_to_read() -> None:
    run = make_run()
    seed = run.chosen.get().seed
    make_completion(run, seed, "s_c", seed.pk, text="", reason="prompt_too_long")
    make_completion(run, seed, "s_c", 0, text="joins", reason="cut_off", superseded=True)
    assert "0 completions read" in reparse(run.pk)
    assert Completion.objects.filter(reason="prompt_too_long").exists()


def test_another_reason_is_kept_as_the_newer_parser_says_it() -> None:
    run = make_run()
    seed = run.chosen.get().seed
    row = make_completion(run, seed, "s_c", seed.pk, text="```sql\nSELECT", reason="empty")
    assert "1 are rejected for another reason" in reparse(run.pk)
    row.refresh_from_db()
    assert row.reason == "cut_off" and "code block" in row.message


def test_a_good_one_that_reads_otherwise_is_told_and_stays() -> None:
    response = pair()
    Completion.objects.filter(stage="i_r").update(text="```sql\nSELECT 3;\n```")
    out = reparse("--all")
    assert "1 good ones read otherwise, 0 of them changed" in out and "would read" in out
    response.refresh_from_db()
    assert response.text == "```sql\nSELECT 1;\n```"


def test_it_is_changed_where_that_is_asked_for_and_validated_again() -> None:
    response = pair()
    Completion.objects.filter(stage="i_r").update(text="```sql\nSELECT 3;\n```")
    assert "Nothing was changed" in reparse("--all", "--change", "--dry-run")
    response.refresh_from_db()
    assert response.text == "```sql\nSELECT 1;\n```"
    assert "1 of them changed" in reparse("--all", "--change")
    response.refresh_from_db()
    assert response.text == "```sql\nSELECT 3;\n```"
    (unit,) = Job.objects.get().units.filter(queue="validate")
    assert unit.payload == {"responses": [response.pk], "again": True}


def test_a_labelled_one_never_changes() -> None:
    response = pair()
    Label.objects.create(response=response, reviewer=make_user(), value="good")
    Completion.objects.filter(stage="i_r").update(text="```sql\nSELECT 3;\n```")
    assert "0 of them changed, 1 kept because a person judged them" in reparse("--all", "--change")
    response.refresh_from_db()
    assert response.text == "```sql\nSELECT 1;\n```"


def test_what_a_prompt_was_built_on_never_changes() -> None:
    pair()
    Completion.objects.filter(stage="s_c").update(text="joins")
    assert "1 good ones read otherwise, 0 of them changed" in reparse("--all", "--change")
    assert Concepts.objects.get().items == ["update", "set"]


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "Name runs, or --all."), ((1, "--all"), "Name runs, or --all."),
     ((999_999,), "There is no run 999999: manage.py runs lists them.")],
)  # fmt: skip
def test_what_cannot_be_done_fails_with_the_reason(words: tuple[object, ...], said: str) -> None:
    with pytest.raises(CommandError) as failed:
        reparse(*words)
    assert str(failed.value) == said
