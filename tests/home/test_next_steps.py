"""The next thing to do, by role."""

import pytest

from apps.home.figures import Figures
from apps.home.next_steps import next_steps
from apps.home.standing import Standing


@pytest.mark.parametrize(
    ("figures", "editor", "reviewer"),
    [
        (Figures(), ["Gather SQL"], ["Nothing to review"]),
        (Figures(seeds=5), ["Start a run"], ["Nothing to review"]),
        (Figures(seeds=5, responses=5, open=5), ["Review"], ["Review"]),
        (Figures(seeds=5, responses=5, open=2, good=3), ["Review", "Export"], ["Review"]),
        (Figures(seeds=5, responses=5, labelled=5, good=3), ["Export"], ["Nothing to review"]),
        (
            Figures(seeds=5, responses=5, good=3, exported=3),
            ["Start another run"],
            ["Nothing to review"],
        ),
        (Figures(responses=6, open=6), ["Gather SQL", "Review"], ["Review"]),
    ],
)
def test_the_next_step_follows_the_figures(
    figures: Figures, editor: list[str], reviewer: list[str]
) -> None:
    assert [step.title for step in next_steps(figures, is_editor=True)] == editor
    assert [step.title for step in next_steps(figures, is_editor=False)] == reviewer


def test_one_pair_is_one_pair() -> None:
    figures = Figures(seeds=1, responses=1, open=1, good=1)
    texts = [step.text for step in next_steps(figures, is_editor=True)]
    assert texts == ["1 pair waits for a label.", "1 accepted pair is not in the newest export."]


def test_conflicts_are_an_editors_step() -> None:
    figures, standing = Figures(seeds=1, responses=1, good=1, exported=1), Standing(conflicts=2)
    steps = next_steps(figures, standing, is_editor=True)
    assert [step.text for step in steps] == ["Reviewers disagree on 2 pairs. A ruling decides."]
    assert [step.title for step in next_steps(figures, is_editor=False)] == ["Nothing to review"]
