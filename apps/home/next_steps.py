"""What a user is best to do next, from the figures and the role alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.home.figures import Figures
from apps.home.standing import Standing

NOTHING = Standing()


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do: `address` is a page's name, `command` what does the same in a shell."""

    title: str
    text: str
    address: str
    link: str
    command: str = ""


def next_steps(figures: Figures, standing: Standing = NOTHING, *, is_editor: bool) -> list[Step]:
    """What to do, the most useful first; at least one step. `standing` is what they may see."""
    steps = list(_editor_steps(figures, standing) if is_editor else _reviewer_steps(figures))
    return steps or [_more_pairs(figures, is_editor=is_editor)]


def _reviewer_steps(figures: Figures) -> Iterator[Step]:
    if figures.open:
        yield _review(figures)


def _editor_steps(figures: Figures, standing: Standing) -> Iterator[Step]:
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
    if figures.open:
        yield _review(figures)
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


def _pairs(number: int) -> str:
    return "1 pair" if number == 1 else f"{number:,} pairs"


def _review(figures: Figures) -> Step:
    pairs = "1 pair waits" if figures.open == 1 else f"{figures.open:,} pairs wait"
    return Step("Review", f"{pairs} for a label.", "review:index", "Review pairs")


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
