"""The seed browser at size: every filter goes along an index and reads a page's worth of rows."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from apps.seeds import queries
from apps.seeds.models import Seed, Source, SourceFile
from apps.seeds.queries import SeedFilter, TooBroadError
from tests.builders import make_seed

pytestmark = pytest.mark.django_db
ROWS = 40_000
FILL = """
INSERT INTO seeds_seed (file_id, source_id, licence, text, text_hash, template_hash, start, "end",
    line, kind, dialect, comment, description, description_source, schema_context, trimmed, masked,
    created_at)
SELECT %s, CASE WHEN n %% 5000 = 0 THEN %s ELSE %s END, CASE WHEN n %% 7 = 0 THEN 'MIT' ELSE '' END,
    'SELECT a' || n %% 900 || ' FROM t', sha256(n::text::bytea), '\\x00', n, n + 1, 1,
    CASE WHEN n %% 3000 = 0 THEN 'merge' ELSE 'select' END,
    CASE WHEN n %% 2 = 0 THEN 'mysql' ELSE 'sqlite' END,
    CASE WHEN n %% 50 = 0 THEN 'why' ELSE '' END, 'd', 'kind', '', false, false, now()
FROM generate_series(1, %s) AS n
"""


@pytest.fixture
def many() -> Source:
    """Forty thousand seeds of one source, eight of another."""
    large = Source.objects.create(spec="/large", kind="folder")
    small = Source.objects.create(spec="/small", kind="folder")
    file = SourceFile.objects.create(source=large, key=b"k", path="a.sql")
    with connection.cursor() as cursor:
        cursor.execute(FILL, [file.pk, small.pk, large.pk, ROWS])
        # What autovacuum does: without it the index has a long tail that is read in sequence.
        cursor.execute("SELECT gin_clean_pending_list('seed_search')")
        cursor.execute("ANALYZE seeds_seed")
    return small


def scans(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of a plan that read the seeds."""
    nodes = [plan] if plan.get("Relation Name") == "seeds_seed" else []
    return nodes + [node for child in plan.get("Plans", []) for node in scans(child)]


def rows_read(chosen: SeedFilter, before: int | None = None, settings: Sequence[str] = ()) -> int:
    """How many seeds the first query of a page reads; asserts that none is read in sequence."""
    seeds = queries.seeds_matching(chosen).order_by("-pk")
    if before:
        seeds = seeds.filter(pk__lt=before)
    sql, params = seeds.values("pk")[:51].query.sql_with_params()
    with transaction.atomic(), connection.cursor() as cursor:
        for setting in settings:
            cursor.execute(f"SET LOCAL {setting}")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {sql}", params)
        plan = cursor.fetchone()[0]
    read = 0
    for node in scans((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]):
        assert node["Node Type"] != "Seq Scan", node
        read += node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return int(read)


def test_every_filter_reads_a_page_of_seeds_and_not_the_table(many: Source) -> None:
    for chosen in (
        SeedFilter(),
        SeedFilter(kind="merge"),
        SeedFilter(dialect="mysql"),
        SeedFilter(source=many.pk),
        SeedFilter(licence="MIT"),
        SeedFilter(licence="-"),
        SeedFilter(commented=True),
        SeedFilter(text="a17"),
        SeedFilter(text="select"),
        SeedFilter(kind="select", dialect="sqlite", licence="MIT", commented=False),
    ):
        assert rows_read(chosen) <= 1000, chosen
    last = queries.seeds_page(SeedFilter())[1]
    assert rows_read(SeedFilter(kind="select"), before=last) <= 60


def test_what_few_seeds_have_is_fetched_from_the_index_of_what_is_asked(many: Source) -> None:
    make_seed("SELECT zebra FROM zoo")
    for chosen in (SeedFilter(text="zebra"), SeedFilter(text="zebra", kind="select")):
        assert rows_read(chosen, settings=queries.BY_BITMAP) == 1


def test_the_long_way_is_left_for_the_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    seed = make_seed("SELECT zebra FROM zoo")
    monkeypatch.setattr(queries, "QUICK", 0.05)
    monkeypatch.setattr(queries, "seeds_matching", slow)
    assert queries.seeds_page(SeedFilter()) == ([seed], None)
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",), "what comes after it has its time"


def test_the_licences_are_found_by_jumping_through_the_index(many: Source) -> None:
    assert queries.licences() == ["MIT"]
    make_seed("SELECT 0", licence="")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {queries.LICENCES}", [5])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan" not in plan


def test_a_search_that_would_take_too_long_is_ended_with_advice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_seed("SELECT shoe FROM cupboard")
    monkeypatch.setattr(queries, "SECONDS", 0.05)
    monkeypatch.setattr(queries, "seeds_matching", slow)
    with pytest.raises(TooBroadError, match="Leave one of them out"):
        queries.seeds_page(SeedFilter())


def slow(chosen: SeedFilter) -> Any:
    return Seed.objects.extra(where=["pg_sleep(0.3) IS NOT NULL"])


def test_another_error_of_the_database_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(chosen: SeedFilter) -> Any:
        raise OperationalError("the disk is full")

    monkeypatch.setattr(queries, "seeds_matching", broken)
    with pytest.raises(OperationalError, match="the disk is full"):
        queries.seeds_page(SeedFilter())
