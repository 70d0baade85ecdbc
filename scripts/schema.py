"""Write apps/core/fresh.sql anew: all migrations on a PostgreSQL of its own, told by pg_dump."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def main() -> None:
    from benchmarks.here import django_here

    made = Path(__file__).parents[1] / "apps" / "core" / "fresh.sql"
    made.unlink(missing_ok=True)  # so that the migrations fill the database, not what they came to
    with django_here():
        from apps.core import fresh

        made.write_text(fresh.script(), encoding="utf-8")
    print(f"{made}: {made.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
