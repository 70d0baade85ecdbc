"""A comment that comes again and again over a repository describes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.seeds.gathering.jobs import gathering_start
from apps.seeds.models import Seed
from tests.seeds.gathering.running import do_all

pytestmark = pytest.mark.django_db


def test_what_stands_above_many_statements_describes_none_of_them(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"{number}.sql").write_text(
            f"-- Update number {number} of the halls\nUPDATE hall_{number} SET a_{number} = 1 WHERE b = 2;\n"
            f"-- closes hall {'abcd'[number]}\nDELETE FROM seat_{number} WHERE c_{number} = 3;\n"
        )
    do_all(gathering_start(spec=str(tmp_path)))
    told = dict(Seed.objects.values_list("kind", "description_source").distinct())
    assert told == {"update": "kind", "delete": "comment"}
    assert set(Seed.objects.filter(kind="update").values_list("comment", flat=True)) == {""}
