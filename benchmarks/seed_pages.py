"""How fast the pages of seeds answer with millions of seeds stored.

    python -m benchmarks.seed_pages [--seeds 1000000] [--quick] [--check]

Starts a PostgreSQL of its own, fills it by INSERT … SELECT, and asks the seed browser for its
first page, pages deep within, filters, searches of frequent, rare and missing words, and one seed.
Each page is asked for several times; its median and its longest time are of the whole request
within this process, without the network. 10 million seeds take 15 GB of disk. Each figure is a line
`name=value`: PAGE_p50_ms, PAGE_most_ms, and the worst of all pages. --check exits 1 where a page
took more than 272 ms, as none did with ten million seeds, or a search was ended before its end.
--quick: 100,000 seeds, about a minute.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from benchmarks.here import django_here, execute, name_of, tell, timed

WORD = """
CREATE FUNCTION word(bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT (ARRAY['user','order','item','price','city','name','visit','parcel','invoice','payment',
'shop','line','date','state','tax','region','branch','owner','track','score','label','page',
'vote','rating'])[1 + $1 % 24] $$
"""
ROUNDS = 5
BOUNDS = {"worst_ms": 272.0, "searches_ended": 0.0}
PAGES = {
    "first page": "/seeds/",
    "in the middle": "/seeds/?before={middle}",
    "a kind": "/seeds/?kind=update",
    "a kind, deep": "/seeds/?kind=update&before={middle}",
    "a dialect": "/seeds/?dialect=oracle",
    "a licence": "/seeds/?licence=licence-42",
    "with a comment": "/seeds/?commented=on",
    "a frequent word": "/seeds/?text=invoice",
    "a rare word": "/seeds/?text=tax_976",
    "a number that one seed has": "/seeds/?text={middle}",
    "a word that no seed has": "/seeds/?text=zebra",
    "a frequent word of a kind": "/seeds/?text=invoice&kind=create_trigger",
    "two words, a dialect and a licence": "/seeds/?text=invoice+region&dialect=mysql&licence=MIT",
    "one seed": "/seeds/{middle}/",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time of the pages of seeds")
    parser.add_argument("--seeds", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.seeds = min(options.seeds, 100_000)
    with django_here():
        timed("seeds stored", lambda: _fill(options.seeds))
        figures = _ask(options.seeds)
    if tell(figures, BOUNDS) and options.check:
        sys.exit(1)


def _fill(seeds: int) -> None:
    from django.db import connection

    from apps.seeds.models import Source

    source = Source.objects.create(spec="/made", kind="folder")
    with connection.cursor() as cursor:
        cursor.execute(WORD)
    execute("seed_pages_fill.sql", {"seeds": seeds, "source": source.pk})


def _ask(seeds: int) -> dict[str, float]:
    from django.test import Client

    from apps.seeds.models import Seed
    from tests.builders import make_user

    client = Client(SERVER_NAME="localhost")
    client.force_login(make_user())
    client.get("/")  # what is imported at the first request is no matter of the pages
    first = Seed.objects.order_by("pk").values_list("pk", flat=True)[0]
    figures: dict[str, float] = {"seeds": seeds}
    worst, ended = 0.0, 0
    for name, address in PAGES.items():
        times = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            answer = client.get(address.format(middle=first + seeds // 2))
            times.append(1000 * (time.perf_counter() - started))
            assert answer.status_code == 200, answer
        ended += b"took more than" in answer.content
        worst = max(worst, *times)
        figures[f"{name_of(name)}_p50_ms"] = statistics.median(times)
        figures[f"{name_of(name)}_most_ms"] = max(times)
    return figures | {"worst_ms": worst, "searches_ended": ended}


if __name__ == "__main__":
    main()
