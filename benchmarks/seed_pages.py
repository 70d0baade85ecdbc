"""How fast the pages of seeds answer with millions of seeds stored.

    python -m benchmarks.seed_pages [--seeds 1000000]

Starts a PostgreSQL of its own, fills it by INSERT … SELECT, and asks the seed browser for its
first page, pages deep within, filters, searches of frequent, rare and missing words, and one seed.
Each page is asked for several times; its median and its longest time are of the whole request
within this process, without the network. 10 million seeds take 15 GB of disk.
"""

from __future__ import annotations

import argparse
import statistics
import time

from benchmarks.here import django_here, execute, timed

WORD = """
CREATE FUNCTION word(bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT (ARRAY['user','order','item','price','city','name','visit','parcel','invoice','payment',
'shop','line','date','state','tax','region','branch','owner','track','score','label','page',
'vote','rating'])[1 + $1 % 24] $$
"""
ROUNDS = 5
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
    options = parser.parse_args()
    with django_here():
        timed(f"{options.seeds:,} seeds stored", lambda: _fill(options.seeds))
        _ask(options.seeds)


def _fill(seeds: int) -> None:
    from django.db import connection

    from apps.seeds.models import Source

    source = Source.objects.create(spec="/made", kind="folder")
    with connection.cursor() as cursor:
        cursor.execute(WORD)
    execute("seed_pages_fill.sql", {"seeds": seeds, "source": source.pk})


def _ask(seeds: int) -> None:
    from django.test import Client

    from apps.seeds.models import Seed
    from tests.builders import make_user

    client = Client(SERVER_NAME="localhost")
    client.force_login(make_user())
    client.get("/")  # what is imported at the first request is no matter of the pages
    first = Seed.objects.order_by("pk").values_list("pk", flat=True)[0]
    for name, address in PAGES.items():
        times = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            answer = client.get(address.format(middle=first + seeds // 2))
            times.append(1000 * (time.perf_counter() - started))
            assert answer.status_code == 200, answer
        ended = "ended" if b"took more than" in answer.content else ""
        print(f"{name}: {statistics.median(times):.0f} ms, at most {max(times):.0f} ms {ended}")


if __name__ == "__main__":
    main()
