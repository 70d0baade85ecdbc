"""The tests' database: each worker of pytest-xdist has a copy of one that is made once."""

from __future__ import annotations

import pytest
from pytest_django import DjangoDbBlocker

from tests import database


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_modify_db_settings_parallel_suffix: None,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """Instead of pytest-django's, which runs every migration. It ends with the cluster."""
    database.empty_quickly()
    with django_db_blocker.unblock():
        database.make()
