"""What the numbers in a filter stand for: in its chips, and in what its form offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Model, QuerySet

from apps.accounts.models import User
from apps.fewshot.models import Version
from apps.generation.models import Import, Recipe, Run
from apps.review.filters import PairFilter, said
from apps.review.judges import judges_said
from apps.review.models import Queue
from apps.review.rubric import words_of_reasons
from apps.seeds.models import Source

OFFERED = 50
LONGEST = 40


@dataclass(frozen=True, slots=True)
class Named:
    """Rows that a field's numbers mean: those that a form offers, first what is asked for most."""

    rows: Callable[[], QuerySet[Model]]
    words: Callable[[Model], str] = str


def _of_model(row: Model) -> str:
    """A run or a recipe by its number and model: models are what people know them by."""
    recipe = row.recipe if isinstance(row, Run) else row
    return f"{row.pk}: {getattr(recipe, 'model', '')}"


# What the words need and no more: recipes and versions have texts of many kilobytes.
NAMED: dict[str, Named] = {
    "reviewer": Named(lambda: User.objects.only("username").order_by("-is_active", "username")),
    "run": Named(
        lambda: Run.objects.select_related("recipe").only("recipe__model").order_by("-pk"),
        _of_model,
    ),
    "recipe": Named(lambda: Recipe.objects.only("model").order_by("-pk"), _of_model),
    "version": Named(
        lambda: (
            Version.objects.select_related("fewshot_set")
            .only("number", "status", "fewshot_set__name")
            .order_by("-pk")
        )
    ),
    "queue": Named(lambda: Queue.objects.only("name").order_by("is_closed", "-is_default", "name")),
    "imported": Named(lambda: Import.objects.only("file_name").order_by("-pk")),
    "source": Named(lambda: Source.objects.only("spec").order_by("-pk")),
}


def offered(name: str) -> list[tuple[str, str]]:
    """What a form offers of a field whose values are numbers: (number, words); one query."""
    named = NAMED[name]
    return [(str(row.pk), _short(named.words(row))) for row in named.rows()[:OFFERED]]


def said_by_name(chosen: PairFilter) -> list[tuple[str, str]]:
    """A filter in words with names in the place of numbers and codes, for editors: they may see who
    and what is meant. One query for each field of numbers.
    """
    return [
        (label, _names(name, values) or words)
        for (name, values), (label, words) in zip(chosen.values, said(chosen), strict=True)
    ]


def _names(name: str, values: Iterable[str]) -> str:
    """Of what is not there (any more) the number is said; "" where values are words already."""
    if name == "reason":
        words = words_of_reasons()
    elif name == "judge":
        return judges_said(values)
    elif name in NAMED:
        rows = NAMED[name].rows().filter(pk__in=[*map(int, values)])
        words = {str(row.pk): _short(NAMED[name].words(row)) for row in rows}
    else:
        return ""
    return " or ".join(words.get(value, value) for value in values)


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
