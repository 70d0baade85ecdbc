"""A database that is not here."""

from __future__ import annotations

from typing import NoReturn

import pytest


def not_here(name: str, reason: str) -> NoReturn:
    """Skip a test of MariaDB, whose server is downloaded. The other databases come with the
    requirements: one whose sandbox does not open is a fault, and a skip would pass for a success.
    """
    if name == "mariadb":
        pytest.skip(reason)
    pytest.fail(f"{name}: {reason}")
