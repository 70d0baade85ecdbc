"""The next thing to do, by role."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.core import work
from apps.core.models import Job, WorkUnit
from apps.generation.models import Response
from apps.home.counting import count_standing
from apps.home.figures import Figures, count_figures
from apps.home.next_steps import NOTHING, Who, next_steps
from apps.home.standing import Failure, Standing, Waiting, read_all
from apps.review.models import Entry, Queue, Seat
from apps.review.pairwise import duel_next, prefer
from tests.builders import make_response, make_user
from tests.home.data import make_pairs
from tests.pages import markup
from tests.review.test_siblings import make_sibling

ROSA = Who("rosa")
EDITOR = Who("edda", is_editor=True)
ADMIN = Who("anna", is_editor=True, is_admin=True)
SETTLED = Figures(seeds=1, responses=1, labelled=1, good=1, exported=1)


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
    assert [step.title for step in next_steps(figures, NOTHING, EDITOR)] == editor
    assert [step.title for step in next_steps(figures, NOTHING, ROSA)] == reviewer


def test_one_pair_is_one_pair() -> None:
    figures = Figures(seeds=1, responses=1, open=1, good=1)
    texts = [step.text for step in next_steps(figures, NOTHING, EDITOR)]
    assert texts == ["1 pair waits for a label.", "1 accepted pair is not in the newest export."]


def test_conflicts_are_an_editors_step() -> None:
    figures, standing = Figures(seeds=1, responses=1, good=1, exported=1), Standing(conflicts=2)
    steps = next_steps(figures, standing, EDITOR)
    assert [step.text for step in steps] == ["Reviewers disagree on 2 pairs. A ruling decides."]
    assert [step.title for step in next_steps(figures, NOTHING, ROSA)] == ["Nothing to review"]


def test_a_reviewer_is_led_to_the_queue_that_has_pairs_for_them() -> None:
    done, mine = Waiting(3, "seen", 2, [], {"rosa": 2}), Waiting(4, "joins", 5, [], {"rosa": 1})
    standing = Standing(queues=(done, mine))
    (step,) = next_steps(SETTLED, standing, ROSA)
    assert (step.title, step.address, step.number) == ("Review", "review:work", 4)
    assert step.text == "4 pairs wait for you in the queue “joins”."
    assert next_steps(SETTLED, Standing(queues=(done,)), ROSA)[0].title == "Nothing to review"
    # The queue of all pairs comes first where it has any.
    (step,) = next_steps(Figures(seeds=1, responses=1, open=1), standing, ROSA)
    assert (step.address, step.number) == ("review:index", None)


@pytest.mark.django_db
def test_the_page_leads_to_that_queue(client: Client) -> None:
    make_pairs(passed=2, good=2)
    rosa, otto = make_user("reviewer", "rosa"), make_user("reviewer", "otto")
    both, hers = (Queue.objects.create(name=name, reviewers=2) for name in ("both", "hers"))
    hers.people.add(rosa)
    first, second = Response.objects.all()
    seen = Entry.objects.create(queue=both, response=first, position=1)
    Seat.objects.create(entry=seen, queue=both, reviewer=rosa, number=0)
    Entry.objects.create(queue=hers, response=second, position=1)
    count_figures()
    count_standing()
    for user, place in ((rosa, hers), (otto, both)):
        client.force_login(user)
        text = markup(client.get("/"))
        assert f'href="/review/queues/{place.pk}/work/">Review pairs</a>' in text
        assert f"1 pair waits for you in the queue “{place.name}”." in text


@pytest.mark.django_db
def test_of_a_pairwise_queue_what_nobody_preferred_yet_waits() -> None:
    """Three responses to an instruction are one duel: two wait, the third has no partner."""
    one = make_response()
    others = [make_sibling(one, f"```sql\nSELECT {number};\n```", number) for number in (2, 3)]
    queue = Queue.objects.create(name="duels", is_pairwise=True, reviewers=2)
    for place, response in enumerate((one, *others)):
        Entry.objects.create(queue=queue, response=response, position=place)
    rosa, otto = make_user("reviewer", "rosa"), make_user("reviewer", "otto")

    def waiting() -> list[tuple[int, int]]:
        assert count_standing()
        found = [each for each in read_all()[1].queues if each.queue == queue.pk]
        return [(each.left_for("rosa"), each.left_for("otto")) for each in found]

    assert waiting() == [(2, 2)]
    duel = duel_next(queue=queue, reviewer=rosa)
    assert duel
    prefer(duel=duel, reviewer=rosa, said="left", one_was_left=True)
    assert waiting() == [(0, 2)]
    prefer(duel=duel, reviewer=otto, said="left", one_was_left=True)
    assert waiting() == []


@pytest.mark.django_db
def test_a_reviewer_begins_where_answers_are_known(client: Client) -> None:
    known = Queue.objects.create(name="first steps", is_onboarding=True, gold_share=1)
    make_pairs(passed=1)
    count_figures()
    client.force_login(make_user("reviewer", "rosa"))
    text = markup(client.get("/"))
    assert "The queue “first steps” comes first" in text
    assert f'href="/review/queues/{known.pk}/work/">Review its pairs</a>' in text


def test_flags_and_failures_are_an_editors_steps() -> None:
    failures = (
        Failure(9, "generate", "failed", 0, "disk full", 3),
        Failure(8, "try", "done", 1, ""),
    )
    steps = next_steps(SETTLED, Standing(flags=1, failures=failures), EDITOR)
    assert [(step.title, step.address, step.number, step.query) for step in steps] == [
        ("Look at flags", "review:pairs", None, "?flagged=yes"),
        ("See what failed", "generation:run", 3, ""),
    ]
    assert steps[0].text == "Somebody flagged 1 pair for you to look at."
    assert steps[1].text.startswith("This week: run 3 and 1 more.")
    (step,) = next_steps(SETTLED, Standing(failures=failures[1:]), EDITOR)
    assert (step.address, step.number) == ("validation:try", None)


def test_that_workers_are_away_is_an_admins_first_step() -> None:
    standing = Standing(unattended=("generate", "validate"), conflicts=1)
    steps = next_steps(SETTLED, standing, ADMIN)
    assert [step.title for step in steps] == ["Start the workers", "Rule on conflicts"]
    assert "have a model server; run responses" in steps[0].text
    assert [step.title for step in next_steps(SETTLED, standing, EDITOR)] == ["Rule on conflicts"]
    for minutes, title in ((9, "Start another run"), (11, "Start the workers")):
        counted = timezone.now() - timedelta(minutes=minutes)
        figures = Figures(seeds=1, responses=1, counted_at=counted)
        assert next_steps(figures, NOTHING, ADMIN)[0].title == title


@pytest.mark.django_db
def test_workers_are_away_when_none_took_work_for_minutes() -> None:
    """Neither those that are at work, nor work that was just begun, nor paused jobs."""
    now = timezone.now()
    job = Job.objects.create(kind="generate", is_planned=True)

    def unattended(**fields: object) -> tuple[str, ...]:
        WorkUnit.objects.filter(key="a").update(**fields)
        assert count_standing()
        return read_all()[1].unattended

    work.create_units(
        job=job, specs=[work.UnitSpec(queue="generate", key=key, payload={}) for key in ("a", "b")]
    )
    assert unattended() == ()
    old = now - timedelta(minutes=6)
    WorkUnit.objects.update(created_at=old)
    assert unattended() == ("generate",)
    assert unattended(status="leased", lease_expires_at=now + timedelta(minutes=1)) == ()
    assert unattended(lease_expires_at=now - timedelta(minutes=1)) == ("generate",)
    assert unattended(status="done", lease_expires_at=None, finished_at=now) == ()
    assert unattended(finished_at=old) == ("generate",)
    Job.objects.update(status="paused", finished_at=now)
    assert unattended() == ()
