"""Secrets that stood in clear are sealed by the migration, and come back out by its reverse."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.core.models import Job
from apps.core.sealing import unseal

BEFORE, AFTER = ("webhooks", "0002_events"), ("webhooks", "0003_sealed_secrets")


@pytest.mark.django_db(transaction=True)
def test_old_rows_are_sealed_and_unsealed() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate([BEFORE])
    try:
        old = executor.loader.project_state([BEFORE]).apps.get_model("webhooks", "Endpoint")
        job = Job.objects.create(kind="webhook")
        row = old.objects.create(
            name="Ours", url="https://example.org/", events=[], secret="whsec_YQ==", job_id=job.pk
        )
        MigrationExecutor(connection).migrate([AFTER])
        with connection.cursor() as cursor:
            cursor.execute("SELECT sealed_secret, sealed_old_secret FROM webhooks_endpoint")
            sealed, empty = cursor.fetchone()
        assert sealed != "whsec_YQ==" and unseal(sealed) == "whsec_YQ==" and empty == ""
        MigrationExecutor(connection).migrate([BEFORE])
        assert old.objects.get(pk=row.pk).secret == "whsec_YQ=="
    finally:
        latest = MigrationExecutor(connection)
        latest.migrate(latest.loader.graph.leaf_nodes())
