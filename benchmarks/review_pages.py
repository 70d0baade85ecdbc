"""Pages of the review and of its evidence over HTTP, for benchmarks/review.py.

Every page is asked for `TIMES` times; lists of pairs once for each filter, and whole pages of one.
What pages show that the background counts, or that somebody made before (a model of what is
accepted, a blind test, a search), is made here first: none of them is empty.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterator

from benchmarks.here import timed
from benchmarks.review_client import Browser

TIMES = 60
# One value at least of every field of apps.review.filters; QUEUE, PERSON, IMPORT, RUN, RECIPE,
# VERSION, SOURCE and JUDGE are numbers of rows that there are.
FILTERS = (
    "", "text=quoll", "text=number&text=pupils", "text=Python", "verdict=passed",
    "verdict=sql_error", "verdict=sqlite:passed", "verdict=postgres:wrong_result", "verdict=none",
    "check=language", "check=none", "label=good", "label=bad", "label=none", "label=conflict",
    "reviewer=PERSON", "reviewer=PERSON&label=bad", "reason=wrong_result", "reason=sql_data",
    "run=RUN", "recipe=RECIPE", "version=VERSION", "queue=QUEUE", "imported=IMPORT", "kind=update",
    "kind=delete", "dialect=mysql", "dialect=tsql", "difficulty=Easy", "licence=MIT",
    "source=SOURCE", "strength=0.5-1", "strength=0.9-1", "agreement=0-0.5", "agreement=1-1",
    "flagged=yes", "corrected=yes", "duplicate=exact", "duplicate=near", "duplicate=skeleton",
    "duplicate=none", "alike=1", "task=fix", "task=design", "judge=good", "judge=none",
    "judge=judge:bad", "judge=other:good", "judge=JUDGE:none",
    "duplicate=near&verdict=passed&label=good", "label=good&verdict=no_tests&check=language",
    "run=RUN&verdict=sqlite:refused&check=language", "verdict=passed&check=language&label=none",
    "text=number&verdict=no_sql&flagged=no", "queue=QUEUE&verdict=passed&judge=bad",
    "imported=IMPORT&label=conflict", "flagged=yes&label=bad&verdict=sql_error",
)  # fmt: skip


def named() -> tuple[str, ...]:
    """FILTERS with the numbers of rows."""
    from apps.accounts.models import User
    from apps.generation.models import Import, Run
    from apps.judge.models import Judge
    from apps.review.models import Queue
    from apps.seeds.models import Source

    run = Run.objects.order_by("pk")[0]
    rows = {
        "QUEUE": Queue.objects.get(name="Every seventh").pk,
        "PERSON": User.objects.get(username="labels3").pk,
        "IMPORT": Import.objects.get().pk,
        "RUN": run.pk,
        "RECIPE": run.recipe_id,
        "VERSION": run.recipe.fewshot_id,
        "JUDGE": Judge.objects.get(model="other").pk,
        "SOURCE": Source.objects.get(spec="/sql/1").pk,
    }
    names = re.compile("|".join(rows))
    return tuple(names.sub(lambda found: str(rows[found[0]]), one) for one in FILTERS)


def pages(address: str) -> Iterator[dict[str, float]]:
    """Milliseconds (p95), some at a time: lists of pairs, queues, a pair, the team, evidence."""
    yield _lists(address)
    timed("what the team's pages and evidence show", _made)
    browser = Browser(address, "looks", htmx=False)
    for group, paths in _PATHS.items():
        taken = {name: p95(browser, path()) for name, path in paths.items()}
        worst = {f"{group}_worst_p95_ms": max(taken.values())} if len(taken) > 1 else {}
        yield {f"{name}_p95_ms": ms for name, ms in taken.items()} | worst


def _lists(address: str) -> dict[str, float]:
    browser, whole = Browser(address, "lists"), Browser(address, "whole", htmx=False)
    figures = {"pairs_whole_page_p95_ms": p95(whole, "/review/pairs/?verdict=passed")}
    for plain, query in zip(FILTERS, named(), strict=True):
        name = re.sub(r"\W+", "_", plain).strip("_") or "all"
        figures[f"pairs_{name}_p95_ms"] = p95(browser, f"/review/pairs/?{query}")
    of_filters = {name: ms for name, ms in figures.items() if name != "pairs_whole_page_p95_ms"}
    return figures | {"pairs_worst_p95_ms": max(of_filters.values())}


def p95(browser: Browser, path: str) -> float:
    browser.get(path)
    return statistics.quantiles([browser.get(path)[0] for _ in range(TIMES)], n=20)[18]


def _made() -> None:
    """What is counted in the background, and what editors made."""
    from django.utils import timezone

    from apps.core.models import Figure
    from apps.evidence.blind_tests import blind_test_start
    from apps.evidence.counting import count_evidence
    from apps.evidence.models import Search
    from apps.generation.models import Run
    from apps.review.acceptance.services import acceptance_train
    from apps.review.team.figures import count_team

    count_team()
    assert acceptance_train() is not None
    first, second = Run.objects.order_by("pk").select_related("recipe")[:2]
    for run in Run.objects.all():
        Figure.objects.create(name=f"cost-run-{run.pk}", value={}, counted_at=timezone.now())
    assert count_evidence()
    Search.objects.create(version=first.recipe.fewshot, size=8, run=first)
    blind_test_start(left=first.recipe, right=second.recipe)


def _default_queue() -> str:
    from apps.review.queue import default_queue

    return f"/review/queues/{default_queue().pk}/"


def _row(model: str, path: str, **asked: str) -> Callable[[], str]:
    """The address of the first row of a model."""

    def address() -> str:
        from django.apps import apps

        found = apps.get_model(model)._default_manager.filter(**asked).order_by("pk").first()
        assert found is not None, model
        return path.format(found.pk)

    return address


def _at(path: str) -> Callable[[], str]:
    return lambda: path


_PATHS: dict[str, dict[str, Callable[[], str]]] = {
    "queue": {"queue_page": _default_queue},
    "pair": {
        "pair_page": _row("review.Ruling", "/review/pairs/{}/"),
        "siblings_page": _row("review.Ruling", "/review/pairs/{}/siblings/"),
    },
    "team_pages": {
        "team": _at("/review/team/"),
        "person": _row("accounts.User", "/review/team/{}/", username="labels3"),
        "conflicts": _at("/review/conflicts/"),
        "conflicts_ruled": _at("/review/conflicts/?ruled=1"),
        "acceptance": _at("/review/acceptance/"),
    },
    "evidence_pages": {
        "evidence_version": _row("fewshot.Version", "/evidence/versions/{}/"),
        "evidence_tests": _at("/evidence/tests/"),
        "evidence_test": _row("evidence.BlindTest", "/evidence/tests/{}/"),
        "evidence_searches": _at("/evidence/searches/"),
        "evidence_search": _row("evidence.Search", "/evidence/searches/{}/"),
    },
}
