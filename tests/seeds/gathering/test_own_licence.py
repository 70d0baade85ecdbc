"""A gathering asks each file for its own licence, and keeps what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apps.seeds.gathering.jobs import gathering_start
from apps.seeds.gathering.settings import GatherSettings
from apps.seeds.models import Seed, SourceFile
from tests.seeds.gathering.running import counts, do_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Three files that their data set calls MIT; the second says otherwise itself."""
    heads = (
        "",
        "-- SPDX-License-Identifier: GPL-3.0-only\n\n",
        "-- Licensed under the MIT license.\n\n",
    )
    path = tmp_path / "rows.jsonl"
    path.write_text(
        "".join(
            json.dumps(
                {
                    "content": f"{head}SELECT a{n} FROM t WHERE b = {n};",
                    "license": "MIT",
                    "path": f"{n}.sql",
                }
            )
            + "\n"
            for n, head in enumerate(heads)
        )
    )
    return path


def test_a_stricter_licence_in_the_file_keeps_it_out(rows: Path) -> None:
    gathering = gathering_start(spec=str(rows))
    do_all(gathering)

    assert counts(gathering)["files", "licence"] == 1
    out = SourceFile.objects.get(reason="licence")
    assert (out.licences, out.own_licence, out.seeds.count()) == (
        ["GPL-3.0-only"],
        "GPL-3.0-only",
        0,
    )
    assert out.message == "Licence not permissive: GPL-3.0-only. It stands in the file itself."
    assert sorted(Seed.objects.values_list("file__own_licence", "licence")) == [
        ("", "MIT"),
        ("MIT", "MIT"),
    ]


def test_with_any_licence_the_seed_has_the_one_that_holds(rows: Path) -> None:
    do_all(gathering_start(spec=str(rows), settings=GatherSettings(licences="any")))

    assert sorted(Seed.objects.values_list("licence", flat=True)) == ["GPL-3.0-only", "MIT", "MIT"]
