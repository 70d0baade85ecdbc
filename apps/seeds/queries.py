"""Questions that the pages ask. None counts a big table; every page of seeds is a keyset page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Left

from apps.core.limited import rows_within
from apps.seeds.models import Gathering, GatheringCount, Seed

PAGE = 50
SHOWN_CHARACTERS = 240
SECONDS = 5
# What many seeds have is found at once on the way from the newest seed backwards. For what few
# have, that way is long, and PostgreSQL cannot know which words are rare: so it is left soon, and
# the matches are fetched from the indexes of what is asked, and sorted.
QUICK = 0.15
BY_BITMAP = ("enable_indexscan = off", "enable_seqscan = off")
NO_LICENCE = "-"
MOST_LICENCES = 300
# Each step jumps to the next value in the index, however many seeds have the one before.
LICENCES = """
WITH RECURSIVE found AS (
    (SELECT licence FROM seeds_seed WHERE licence > '' ORDER BY licence LIMIT 1)
    UNION ALL
    SELECT (SELECT licence FROM seeds_seed WHERE licence > found.licence ORDER BY licence LIMIT 1)
    FROM found WHERE found.licence IS NOT NULL
)
SELECT licence FROM found WHERE licence IS NOT NULL LIMIT %s
"""


class TooBroadError(Exception):
    """The search would take too long; the message says what to change."""


@dataclass(frozen=True, slots=True)
class SeedFilter:
    """Which seeds; empty fields admit all. `licence` is a licence line, "-" where none is known;
    `text` is a web search's: words, "a phrase", -without, or.
    """

    kind: str = ""
    dialect: str = ""
    source: int | None = None
    file: int | None = None
    licence: str = ""
    commented: bool = False
    text: str = ""


def seeds_matching(chosen: SeedFilter) -> QuerySet[Seed]:
    """The seeds of a filter, in no order yet."""
    seeds = Seed.objects.all()
    exact = {
        "kind": chosen.kind,
        "dialect": chosen.dialect,
        "source": chosen.source,
        "file": chosen.file,
        "licence": chosen.licence,
    }
    for field, value in exact.items():
        if value:
            seeds = seeds.filter(**{field: "" if value == NO_LICENCE else value})
    if chosen.commented:
        seeds = seeds.exclude(comment="")
    if chosen.text:
        seeds = seeds.filter(
            search=SearchQuery(chosen.text, config="simple", search_type="websearch")
        )
    return seeds


def seeds_page(
    chosen: SeedFilter, *, before: int | None = None, size: int = PAGE
) -> tuple[list[Seed], int | None]:
    """The newest seeds with ids below `before`, `shown` being the beginning of their text; and
    the id to go on before, None on the last page. Raises TooBroadError after five seconds.
    """
    seeds = seeds_matching(chosen).select_related("file").order_by("-pk")
    if before is not None:
        seeds = seeds.filter(pk__lt=before)
    seeds = seeds.annotate(shown=Left("text", SHOWN_CHARACTERS)).only(
        "kind", "dialect", "line", "description_source", "file__path", "file__repository"
    )
    rows = rows_within(QUICK, seeds[: size + 1])
    if rows is None:
        rows = rows_within(SECONDS, seeds[: size + 1], *BY_BITMAP)
    if rows is None:
        raise TooBroadError(
            f"This search took more than {SECONDS} seconds and was ended: few seeds have all of"
            " these properties. Leave one of them out."
        )
    return rows[:size], rows[size - 1].pk if len(rows) > size else None


def licences() -> list[str]:
    """The licence lines that seeds have, in order, three hundred at most."""
    with connection.cursor() as cursor:
        cursor.execute(LICENCES, [MOST_LICENCES])
        return [row[0] for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class GatheringLine:
    """A gathering in a list, with its three figures."""

    gathering: Gathering
    files: int
    statements: int
    kept: int


def gathering_lines(gatherings: Sequence[Gathering]) -> list[GatheringLine]:
    """The figures of these gatherings: one query for all."""
    sums: dict[tuple[int, str], int] = {}
    lines = GatheringCount.objects.filter(gathering__in=gatherings)
    for pk, group, number in lines.values_list("gathering", "group", "number"):
        sums[pk, group] = sums.get((pk, group), 0) + number
    return [
        GatheringLine(one, *(sums.get((one.pk, group), 0) for group in _FIGURES))
        for one in gatherings
    ]


_FIGURES = ("files", "statements", "kept")
