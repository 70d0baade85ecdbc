"""The choice among all seeds: each rule says its reason, and where a batch ends changes nothing."""

from dataclasses import replace

import pytest
from django.db import connection

from apps.core.models import Job
from apps.seeds.choice.keeping import Bounds, Kept
from apps.seeds.extraction.chain import SeedCandidate
from apps.seeds.gathering import lookups
from apps.seeds.gathering.files import ReadFile
from apps.seeds.models import Gathering, SeedBand, Source
from tests.builders import make_seed
from tests.seeds.extraction.candidates import candidates, update

WIDE = "SELECT a, b, c, d, e, f, g FROM {} WHERE a = 1 AND b = 2 AND c = 3 ORDER BY d, e, f;\n"


def reasons(
    script: str, bounds: Bounds, repository: str = "", kept: Kept | None = None
) -> list[str]:
    kept = kept or Kept()
    return [kept.reason(seed, repository, bounds) for seed in candidates(script)]


def test_an_equal_statement_is_kept_once() -> None:
    kept = Kept()
    assert reasons(update(1), Bounds(), kept=kept) == [""]
    assert reasons(update(1).lower(), Bounds(), kept=kept) == ["duplicate"]


def test_a_masked_form_is_kept_so_often_overall_and_in_a_repository() -> None:
    script = "".join(update(number) for number in range(4))
    overall = Bounds(per_template=2)
    assert reasons(script, overall) == ["", ""] + 2 * ["template_flood_overall"]
    within = Bounds(per_template_repository=1)
    kept = Kept()
    assert reasons(script, within, "a/b", kept) == [""] + 3 * ["template_flood_repository"]
    assert reasons(update(9), within, "c/d", kept) == [""], "another repository has its own"


def test_without_a_known_repository_there_is_no_limit_in_it() -> None:
    script = "".join(update(number) for number in range(4))
    assert reasons(script, Bounds(per_template_repository=1)) == [""] * 4


def test_a_form_that_is_nearly_another_is_a_near_duplicate_each_time() -> None:
    script = WIDE.format("users") + WIDE.format("orders") + WIDE.format("orders").replace("1", "7")
    assert reasons(script, Bounds()) == ["", "near_duplicate", "near_duplicate"]
    assert reasons(script, Bounds(near_duplicates=0)) == ["", "", ""]
    assert reasons(script, Bounds(near_duplicates=0.99)) == ["", "", ""]


def test_a_kind_ends_at_its_quota_and_all_kinds_at_the_limit() -> None:
    script = update(1) + update(2) + "DELETE FROM users WHERE id = 3;\nDROP TABLE old_users;\n"
    assert reasons(script, Bounds(quotas={"update": 1})) == ["", "kind_quota", "", ""]
    assert reasons(script, Bounds(limit=2)) == ["", "", "limit", "limit"]


@pytest.mark.parametrize("cut", range(1, 6))
def test_where_a_batch_ends_makes_no_difference(cut: int) -> None:
    script = WIDE.format("users") + update(1) + update(2) + WIDE.format("orders") + update(3)
    bounds = Bounds(per_template=2, limit=4)
    whole = reasons(script, bounds)
    lines = script.splitlines(keepends=True)
    kept = Kept()
    parts = ["".join(lines[:cut]), "".join(lines[cut:])]
    assert [r for part in parts for r in reasons(part, bounds, kept=kept)] == whole


@pytest.mark.django_db
@pytest.mark.parametrize("stored", [0, 5, 9, 10])
def test_of_a_crowded_band_the_first_are_compared_wherever_a_batch_ends(stored: int) -> None:
    """Ten forms that are not alike share a band; only the first eight of them are looked at."""
    words = [" ".join(f"{letter}{n}" for n in range(30)) for letter in "abcdefghij"]
    crowd = candidates("".join(f"SELECT {one.replace(' ', ', ')} FROM t;\n" for one in words))
    crowd = [replace(seed, bands=(1,)) for seed in crowd]
    last = [replace(crowd[n], text_hash=bytes([n]), template_hash=bytes([n])) for n in (7, 8)]
    make_stored(crowd[:stored])
    with connection.cursor() as cursor:
        gathering = Gathering(source=Source(), job=Job())
        gathering.pk = 0
        files = [ReadFile(b"", "a.sql", seeds=[*crowd[stored:], *last])]
        kept = lookups.kept(cursor, gathering=gathering, files=files, bounds=Bounds())
    assert [kept.reason(seed, "", Bounds()) for seed in crowd[stored:]] == [""] * (10 - stored)
    assert [kept.reason(seed, "", Bounds()) for seed in last] == ["near_duplicate", ""]


def make_stored(seeds: list[SeedCandidate]) -> None:
    """The newest first into the table: its order on disk is not that of the ids."""
    rows = [
        make_seed(
            seed.text, kind="select", text_hash=seed.text_hash, template_hash=seed.template_hash
        )
        for seed in seeds
    ]
    SeedBand.objects.bulk_create([SeedBand(band=1, seed=row) for row in reversed(rows)])
