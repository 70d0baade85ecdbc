"""What people do with a run once it is there: pause, resume, cancel, extend, retry, limit.

The page and the command line call the same; each returns what it did or raises ControlError with
a sentence for the person.
"""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction
from django.db.models import F
from django.template.defaultfilters import pluralize

from apps.core import work
from apps.core.models import Job
from apps.core.naming import told_by
from apps.generation import tally
from apps.generation.limits import Limits
from apps.generation.models import Completion, Run, RunSeed, Stage
from apps.generation.runs import QUEUE, Selection, seeds_add

MOST_RESPONSES = 64
# A prompt that was refused or answered badly so often is left alone.
MOST_ATTEMPTS = 5


class ControlError(Exception):
    """The run cannot do this now; the message says why."""


def run_pause(*, run: Run, by: str) -> None:
    """Let the workers leave the run alone until it is resumed; what is done is kept."""
    _ended(run, Job.Status.PAUSED, told_by("Paused", by))


def run_stop(*, run: Run, why: str) -> bool:
    """Stop a running run by one of its limits; whether this call did it."""
    message = f"Stopped by its limit. {why} {left_over(run)}".strip()
    message += "\nRaise or lift the limit, then let the run go on."
    return work.stop_job(job=run.job, message=message)


def run_cancel(*, run: Run, by: str) -> None:
    """End a run for good; what is written is kept, validated and reviewed."""
    message = f"{told_by('Cancelled', by)} {left_over(run)}".strip()
    if not work.cancel_job(job=run.job, message=message):
        raise ControlError(f"Run {run.pk} is {_status(run)}: there is nothing to cancel.")


def run_resume(*, run: Run) -> None:
    """Let a paused, stopped or failed run go on."""
    if not work.resume_job(job=run.job):
        raise ControlError(f"Run {run.pk} is {_status(run)} and cannot be resumed.")


def run_extend(*, run: Run, seeds: int = 0, responses: int = 0) -> int:
    """Give a run more seeds, more responses to every instruction, or both; how many seeds it got.

    One that is done goes on at once, a paused one when it is resumed.
    """
    if seeds < 0 or responses < 0 or not seeds + responses:
        raise ControlError("Say how many seeds or responses more, 1 or more.")
    with transaction.atomic():
        run = _locked(run)
        if run.draws + responses > MOST_RESPONSES:
            raise ControlError(f"An instruction has {MOST_RESPONSES} responses at most.")
        if responses:
            Run.objects.filter(pk=run.pk).update(more_responses=F("more_responses") + responses)
            run.refresh_from_db(fields=["more_responses"])
            work.do_again(units=run.job.units.filter(queue=QUEUE))
        selection = replace(Selection.from_json(run.selection), count=seeds)
        taken = seeds_add(run=run, selection=selection) if seeds else 0
        if seeds and not taken and not responses:
            raise ControlError("No more seeds fit the run's selection: gather some first.")
    work.reopen_job(job=run.job)
    return taken


def run_retry(*, run: Run) -> int:
    """Ask again, with another sampling seed, for what was rejected; how many completions.

    What the model wrote before stays and can be read; it counts no more.
    """
    with transaction.atomic():
        run = _locked(run)
        rejected = Completion.objects.filter(
            recipe=run.recipe,
            seed__in=RunSeed.objects.filter(run=run).values("seed"),
            superseded=False,
            attempt__lt=MOST_ATTEMPTS - 1,
        ).exclude(reason="")
        number = rejected.update(superseded=True)
        if not number:
            raise ControlError(f"Run {run.pk} has no rejected completion to ask for again.")
        work.do_again(units=run.job.units.filter(queue=QUEUE))
    work.reopen_job(job=run.job)
    return number


def run_limit(*, run: Run, limits: Limits) -> None:
    """Set when a run is to stop by itself; it holds from the next look on, seconds later."""
    run.limits = limits.as_json()
    run.save(update_fields=["limits"])


def extended(run: Run, *, wanted: int, taken: int, responses: int) -> str:
    """What extending did, in a sentence."""
    told = [f"{taken:,} seed{pluralize(taken)}"] if wanted else []
    if responses:
        told.append(f"{responses} response{pluralize(responses)} per instruction")
    fewer = f" Only {taken:,} of {wanted:,} seeds fit." if taken < wanted else ""
    return f"Run {run.pk} has {' and '.join(told)} more.{fewer}"


def left_over(run: Run) -> str:
    """How many seeds have not come to an end, in a sentence; "" for none."""
    left = run.seeds_total - tally.tally_of_run(run).ended
    return f"{left:,} of {run.seeds_total:,} seeds are left." if left > 0 else ""


def why_fewer(run: Run) -> str:
    """Why a run that is done has no pair for every seed that was asked for; "" where it has."""
    if run.job.status != Job.Status.DONE:
        return ""
    told = []
    asked = int(run.selection.get("count", run.seeds_total))
    if run.seeds_total < asked:
        told.append(f"{asked:,} seeds were asked for and {run.seeds_total:,} fit.")
    counted = tally.tally_of_run(run)
    lost = sum(n for (stage, _), n in counted.reasons.items() if stage != Stage.I_R)
    if lost:
        told.append(f"{lost:,} gave no instruction: the funnel says why.")
    return " ".join(told)


def _ended(run: Run, status: str, message: str) -> None:
    message = f"{message} {left_over(run)}".strip()
    if not work.stop_job(job=run.job, message=message, status=status):
        raise ControlError(f"Run {run.pk} is {_status(run)}, not running.")


def _locked(run: Run) -> Run:
    """The run with its job's row locked: it cannot end while it is given more to do."""
    job = Job.objects.select_for_update().get(pk=run.job_id)
    if job.status == Job.Status.CANCELLED:
        raise ControlError(f"Run {run.pk} was cancelled: start another one.")
    return Run.objects.select_related("job", "recipe").get(pk=run.pk)


def _status(run: Run) -> str:
    run.job.refresh_from_db(fields=["status"])
    return run.job.get_status_display()
