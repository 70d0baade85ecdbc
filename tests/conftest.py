"""The tests' database: with pytest-xdist each worker has a copy of one that was migrated."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests import database

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    database.empty_quickly()
    if IS_WORKER:
        with django_db_blocker.unblock():
            database.copy(Path(os.environ["WINNOW_VAR"]).parent)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """A worker's database is there when pytest-django asks for it, and ends with the cluster."""
    return IS_WORKER
