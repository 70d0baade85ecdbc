"""The choice among all seeds: each rule says its reason, and where a batch ends changes nothing."""

import pytest

from apps.seeds.choosing import Bounds, Kept
from tests.seeds.candidates import candidates, update

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
