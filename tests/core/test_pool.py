"""Connections of the web process: what is found dead is not given to a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg_pool import ConnectionPool

from apps.core.pool import LastFirst, be_there

pytestmark = pytest.mark.django_db


@pytest.fixture
def another() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**connection.get_connection_params()) as opened:
        opened.autocommit = True
        yield opened


def test_a_connection_that_is_there_is_asked_nothing(another: psycopg.Connection[Any]) -> None:
    before = another.info.backend_pid
    another.execute("SELECT 1")
    be_there(another)
    with connection.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [before])
        assert cursor.fetchone() == ("SELECT 1",)


def test_a_connection_that_the_server_ended_is_found_out(another: psycopg.Connection[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [another.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        be_there(another)
    assert another.broken


def test_what_the_server_says_beside_is_no_end(another: psycopg.Connection[Any]) -> None:
    another.execute("LISTEN said")
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as third:
        third.execute("NOTIFY said, 'x'")
    be_there(another)
    assert another.execute("SELECT 1").fetchone() == (1,)


def test_what_was_given_back_last_is_taken_first() -> None:
    kwargs = connection.get_connection_params()
    pool = ConnectionPool(kwargs=kwargs, min_size=3, open=False)
    pool._pool = LastFirst(pool._pool)
    with pool:
        pool.wait()
        taken = [pool.getconn() for _ in range(3)]
        for one in taken:
            pool.putconn(one)
        again = [pool.getconn() for _ in range(3)]
        assert again == taken[::-1]
        for one in again:
            pool.putconn(one)
