"""An installation of an earlier release is migrated with its rows and goes on working.

Its rows: tests/upgrade/before.py. With a backup before, as people do it: test_make.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core import work
from apps.core.models import Job, WorkUnit
from apps.exports.choice.filters import Filters, candidates
from apps.exports.choice.labels import Stand
from apps.generation.models import Response
from apps.review.models import Label
from apps.seeds.gathering.jobs import gathering_start
from apps.seeds.models import Gathering, Seed, SourceFile
from apps.validation.models import Verdict
from tests.builders import PASSWORD
from tests.seeds.gathering.running import counts, do_all
from tests.upgrade.before import APPLIED, MOVED, applied, dumped, load, migrate_to_before
from worker import validating

NAME = "winnow_before"


@pytest.fixture(scope="module")
def installation(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database with the schema and the rows of before, migrated to today's."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {NAME}")
        own = _connect_to(NAME)
        try:
            migrate_to_before()
            load()
            call_command("migrate", verbosity=0)
            yield
        finally:
            _connect_to(own)
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def _connect_to(name: str) -> str:
    """Let Django's one connection lead to another database; the name of the one before."""
    connection.close()
    before: str = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == (name,), "a pool of connections?"
    return before


@pytest.fixture
def upgraded(installation: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


def test_it_was_another_schema() -> None:
    known = set(MigrationExecutor(None).loader.disk_migrations)
    assert applied() < known
    assert {app for app, _ in known - applied()} >= {"seeds", "generation", "review", "validation"}


def test_every_row_is_there(upgraded: None) -> None:
    """What the database fills by itself has grown: permissions, content types, migrations."""
    grown = {APPLIED, "auth_permission", "django_content_type"}
    with connection.cursor() as cursor:
        for name, table in dumped().items():
            cursor.execute(f'SELECT count(*) FROM "{MOVED.get(name, name)}"')
            (number,) = cursor.fetchone()
            before = table["rows"].count("\n")
            if name in MOVED:
                assert number >= before, name
            else:
                assert number > before if name in grown else number == before, name


def test_the_queue_of_before_is_the_default_one(upgraded: None) -> None:
    """Every pair in its place and its state; who held or labelled one has its seat."""
    from apps.review.models import Decision, Entry, Seat

    entries = Entry.objects.filter(queue__is_default=True)
    for line in dumped()["review_queueitem"]["rows"].splitlines():
        response, position, state, _ = line.split("\t")
        entry = entries.get(response=response)
        assert (entry.position, entry.state) == (int(position), state)
    assert entries.count() == Response.objects.count()
    labelled = Seat.objects.filter(expires_at__isnull=True)
    assert labelled.count() == Decision.objects.count() > 0


def test_pages_show_what_was_there(upgraded: None, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    client = Client()
    User.objects.filter(username="reviewer").update(role="admin")
    login = {"username": "reviewer", "password": PASSWORD}
    assert client.post(reverse("accounts:login"), login).status_code == 302
    seed, gathering, response = (
        Seed.objects.first(),
        Gathering.objects.get(),
        Response.objects.first(),
    )
    assert seed and response
    for address in (
        reverse("home:index"),
        reverse("seeds:index"),
        reverse("seeds:seed", args=[seed.pk]),
        reverse("seeds:gathering", args=[gathering.pk]),
        reverse("generation:index"),
        reverse("generation:run", args=[response.run_id]),
        reverse("review:index"),
        reverse("review:pair", args=[response.pk]),
        reverse("validation:run", args=[response.run_id]),
        reverse("exports:index"),
    ):
        assert client.get(address, follow=True).status_code == 200, address
    page = client.get(reverse("seeds:seed", args=[seed.pk])).content.decode()
    assert seed.file.path in page
    assert seed.description in page


def test_a_gathering_knows_the_files_of_before_and_takes_new_ones(
    upgraded: None, tmp_path: Path
) -> None:
    (tmp_path / "new.sql").write_text(
        "-- SPDX-License-Identifier: MIT\n\n-- opens a hall\nUPDATE hall SET name = 'open' WHERE id = 8 AND a = 2;\n"
        "SELECT name FROM hall WHERE id = 3 ORDER BY name;\n"
    )
    gathering = gathering_start(spec=str(tmp_path))
    do_all(gathering)

    told = counts(gathering)
    assert told["files", "read"] == 1
    assert told["rejected", "duplicate"] == 1, "a seed of before is known"
    assert Seed.objects.get(file__gathering=gathering).licence == "MIT"
    assert SourceFile.objects.filter(own_licence="").count() == SourceFile.objects.count() - 1


def test_pairs_of_before_are_validated_anew(upgraded: None) -> None:
    before = dict(Verdict.objects.filter(database="overall").values_list("response_id", "outcome"))
    assert Counter(before.values()) == {"passed": 2, "sql_error": 1}
    job = Job.objects.create(kind="validate")
    unit = WorkUnit.objects.create(
        job=job, queue="validate", key="a", payload={"responses": sorted(before), "again": True}
    )
    validating.do(unit, "me", work.Lease())
    after = dict(Verdict.objects.filter(database="overall").values_list("response_id", "outcome"))
    assert after == before


def test_labels_of_before_count_for_an_export(upgraded: None) -> None:
    assert Label.objects.get().value == "good"
    (chosen,) = candidates(Filters())
    assert chosen.response_id == Label.objects.get().response_id
    assert (chosen.left_out, chosen.stand) == ("", Stand.ACCEPTED)
