"""What a user is best to do next, from what was counted and the role alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from apps.accounts.models import User
from apps.home.figures import Figures
from apps.home.standing import Standing
from apps.home.templatetags.winnow import JOBS, QUEUES
from apps.review.team.onboarding import onboarding_first

NOTHING = Standing()
# They are counted every 20 seconds, beside what else the worker does.
STALE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who looks. `onboarding`: number and name of the queue that they have to pass first,
    None where there is none.
    """

    name: str = ""
    is_editor: bool = False
    is_admin: bool = False
    onboarding: tuple[int, str] | None = None

    @classmethod
    def of(cls, user: User) -> Who:
        """One query for a reviewer, none for others: onboarding is not for them."""
        first = None if user.is_editor else onboarding_first(user)
        return cls(
            user.username, user.is_editor, user.is_admin, (first.pk, first.name) if first else None
        )


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do: `address` is a page's name, `number` of what it is about, `query` what
    follows it; `command` does the same in a shell.
    """

    title: str
    text: str
    address: str
    link: str
    command: str = ""
    number: int | None = None
    query: str = ""


def next_steps(figures: Figures, standing: Standing, who: Who) -> list[Step]:
    """What to do, the most useful first; at least one step. `standing` is what they may see."""
    steps = list(_steps(figures, standing, who))
    return steps or [_more_pairs(figures, is_editor=who.is_editor)]


def _steps(figures: Figures, standing: Standing, who: Who) -> Iterator[Step]:
    if who.is_admin:
        yield from _admin_steps(figures, standing)
    if who.is_editor:
        yield from _first_steps(figures)
    yield from _review_steps(figures, standing, who)
    if who.is_editor:
        yield from _editor_steps(figures, standing)


def _admin_steps(figures: Figures, standing: Standing) -> Iterator[Step]:
    """What keeps everybody waiting: nobody else can mend it."""
    if figures.counted_at and timezone.now() - figures.counted_at > STALE:
        text = "Nothing was counted for more than ten minutes: the scheduler or its worker is away."
    elif standing.unattended:
        waiting = "; ".join(QUEUES.get(queue, queue) for queue in standing.unattended)
        text = f"Work waits, and no worker took any for minutes. Away are those that: {waiting}."
    else:
        return
    yield Step("Start the workers", text, "home:status", "Which ones answer", "make start")


def _first_steps(figures: Figures) -> Iterator[Step]:
    if not figures.seeds:
        yield Step(
            "Gather SQL",
            "Nothing is here yet. Seeds come from any folder with SQL files, or from a data set.",
            "seeds:index",
            "To the seeds",
            "manage.py gather PATH",
        )
    elif not figures.responses:
        yield Step(
            "Start a run",
            f"{figures.seeds:,} seeds are there and no model has written from them yet.",
            "generation:index",
            "To the runs",
            "manage.py generate",
        )


def _review_steps(figures: Figures, standing: Standing, who: Who) -> Iterator[Step]:
    """To the queue of all pairs, or else to the first one that has pairs for this person."""
    if who.onboarding:
        number, name = who.onboarding
        text = f"The queue “{name}” comes first: its answers are known, and it says how you agree."
        yield Step("Begin", text, "review:work", "Review its pairs", number=number)
    elif figures.open:
        pairs = "1 pair waits" if figures.open == 1 else f"{figures.open:,} pairs wait"
        yield Step("Review", f"{pairs} for a label.", "review:index", "Review pairs")
    elif waiting := next((each for each in standing.queues if each.left_for(who.name)), None):
        left = waiting.left_for(who.name)
        pairs = "1 pair waits" if left == 1 else f"{left:,} pairs wait"
        text = f"{pairs} for you in the queue “{waiting.name}”."
        yield Step("Review", text, "review:work", "Review pairs", number=waiting.queue)


def _editor_steps(figures: Figures, standing: Standing) -> Iterator[Step]:
    if figures.good > figures.exported:
        new = figures.good - figures.exported
        pairs = "1 accepted pair is" if new == 1 else f"{new:,} accepted pairs are"
        yield Step(
            "Export",
            f"{pairs} not in the newest export.",
            "exports:index",
            "To the exports",
            "manage.py export",
        )
    if standing.conflicts:
        text = f"Reviewers disagree on {_pairs(standing.conflicts)}. A ruling decides."
        yield Step("Rule on conflicts", text, "review:conflicts", "To the conflicts")
    if standing.flags:
        text = f"Somebody flagged {_pairs(standing.flags)} for you to look at."
        yield Step("Look at flags", text, "review:pairs", "To the flagged", query="?flagged=yes")
    if standing.failures:
        yield _failed(standing)


def _failed(standing: Standing) -> Step:
    """To the newest; the others stand below on the page."""
    newest, others = standing.failures[0], len(standing.failures) - 1
    words, pages, page = JOBS.get(newest.kind, (newest.kind, "home:index", ""))
    has_page = bool(page) and newest.number is not None
    name = f"{words} {newest.number}" if has_page else words
    more = f" and {others} more" if others else ""
    return Step(
        "See what failed",
        f"This week: {name}{more}. Its page says why, and most can go on.",
        page if has_page else pages,
        f"To the {name}",
        number=newest.number if has_page else None,
    )


def _pairs(number: int) -> str:
    return "1 pair" if number == 1 else f"{number:,} pairs"


def _more_pairs(figures: Figures, *, is_editor: bool) -> Step:
    if is_editor:
        return Step(
            "Start another run",
            "Every pair has its labels, and the newest export has them all.",
            "generation:index",
            "To the runs",
            "manage.py generate",
        )
    text = (
        "Every pair has its labels. New ones appear here when a run is going."
        if figures.labelled
        else "There is no pair to review yet: an editor gathers SQL and starts a run first."
    )
    return Step("Nothing to review", text, "generation:index", "Look at the runs")
