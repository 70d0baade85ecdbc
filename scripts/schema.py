"""Write apps/core/fresh.sql.gz anew: all migrations on a PostgreSQL of its own, told by pg_dump."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def main() -> None:
    from apps.core import fresh
    from benchmarks.here import django_here

    # So that the migrations fill the database, not what they came to.
    fresh.SCRIPT.unlink(missing_ok=True)
    with django_here():
        print(f"{fresh.SCRIPT}: {fresh.store():,} bytes")


if __name__ == "__main__":
    main()
