"""Tests that commit leave the database as Django's own emptying does."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model
from django.db.utils import IntegrityError
from django.test import TransactionTestCase

from apps.accounts.models import AuditEntry
from apps.fewshot.models import Example
from apps.review.models import Label
from tests import database
from tests.builders import make_response, make_user
from tests.exports.building import accept
from tests.fewshot.data import make_published

pytestmark = pytest.mark.django_db(transaction=True)
# What is only added or never changes once it is published: triggers guard it.
GUARDED: list[type[Model]] = [AuditEntry, Example, Label]


def standing() -> dict[str, list[dict[str, Any]]]:
    """The rows of every table, but for their numbers and the moment they were made."""
    found = {}
    for model in apps.get_models():
        left_out = {"id", *(f.attname for f in model._meta.concrete_fields if f.is_relation)}
        left_out |= {"created_at", "updated_at"}
        rows = model._base_manager.values()
        found[model._meta.db_table] = sorted(
            ({name: row[name] for name in row if name not in left_out} for row in rows), key=str
        )
    return found


def make_some() -> None:
    make_published()
    accept(make_response())
    AuditEntry.objects.create(actor=make_user("admin"), action="x", path="/", status=200)


def test_what_is_left_is_what_django_leaves() -> None:
    case = TransactionTestCase("run")
    database._all_tables(case)
    wanted = standing()
    assert sum(map(len, wanted.values())) > 100  # permissions, the queue, its reasons
    make_some()
    assert standing() != wanted
    assert database._delete()
    database._begin("default")
    assert standing() == wanted
    make_some()
    for model in GUARDED:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")


def test_what_is_much_is_truncated(monkeypatch: pytest.MonkeyPatch) -> None:
    make_response()
    monkeypatch.setattr(database, "BULK_BYTES", 0)
    assert not database._delete()
    database._empty(TransactionTestCase("run"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('generation_response')")
        assert cursor.fetchone() == (0,)
