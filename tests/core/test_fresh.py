"""A new database is what the migrations come to, whichever way it was made."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from apps.core import fresh, preparing

# The database of the other tests stays as it is.
pytestmark = pytest.mark.django_db(transaction=True)
OTHER = "test_fresh"


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    own = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own


@pytest.fixture
def empty() -> Iterator[None]:
    """The connection is to a database without anything."""
    name = f"{OTHER}_{connection.settings_dict['NAME']}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        with connected_to(name):
            yield
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def tables() -> list[str]:
    return connection.introspection.table_names()


def without_lists(script: str) -> list[str]:
    """pg_dump tells a list of words in another form when it was made from what pg_dump told."""
    return [line for line in script.splitlines() if "ARRAY[" not in line]


@pytest.mark.usefixtures("empty")
def test_the_script_is_what_the_migrations_come_to() -> None:
    call_command("migrate", interactive=False, verbosity=0)
    told = fresh.script()
    assert told == fresh.stored(), "make schema writes it anew"


@pytest.mark.usefixtures("empty")
def test_an_empty_database_is_filled_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def migrations(*_names: object, **_options: object) -> None:
        raise AssertionError("the migrations were run")

    monkeypatch.setattr(preparing, "call_command", migrations)
    preparing.migrate()
    assert without_lists(fresh.script()) == without_lists(fresh.stored())
    assert preparing.migrations_unapplied() == set()
    preparing.migrate()
    assert not fresh.fill()


@pytest.mark.usefixtures("empty")
def test_two_machines_that_start_at_once_fill_it_once() -> None:
    name = connection.settings_dict["NAME"]

    def fill() -> bool:
        with connected_to(name):
            return fresh.fill()

    with ThreadPoolExecutor(2) as both:
        filled = [one.result() for one in [both.submit(fill) for _ in range(2)]]
    assert sorted(filled) == [False, True]


@pytest.mark.usefixtures("empty")
def test_a_database_with_anything_in_it_is_left_to_the_migrations() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE theirs (n integer)")
    assert not fresh.fill()
    assert tables() == ["theirs"]


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("change", ["other migrations", "refused", "no script"])
def test_what_the_script_cannot_do_the_migrations_do(
    change: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script, other = fresh.stored(), tmp_path / "fresh.sql.gz"
    if change == "other migrations":
        other.write_bytes(gzip.compress(script.replace(fresh._fingerprint(), 64 * "0").encode()))
    elif change == "refused":
        other.write_bytes(gzip.compress(f"{script}\nSELECT 1 / 0;\n".encode()))
    monkeypatch.setattr(fresh, "SCRIPT", other)
    asked: list[object] = []
    monkeypatch.setattr(preparing, "call_command", lambda *names, **_: asked.append(names[0]))
    preparing.migrate()
    assert asked == ["migrate"]
    assert tables() == []
