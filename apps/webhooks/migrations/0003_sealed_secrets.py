"""Secrets of endpoints are stored sealed; those that stand in clear are sealed here."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

import apps.webhooks.models
from apps.core.sealing import seal, unseal

COLUMNS = ("sealed_secret", "sealed_old_secret")


def _seal(registry: Any, _schema: Any) -> None:
    _each(registry, seal)


def _unseal(registry: Any, _schema: Any) -> None:
    _each(registry, unseal)


def _each(registry: Any, change: Any) -> None:
    for endpoint in registry.get_model("webhooks", "Endpoint").objects.all():
        for name in COLUMNS:
            text = getattr(endpoint, name)
            setattr(endpoint, name, change(text) if text else "")
        endpoint.save(update_fields=COLUMNS)


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0002_events")]
    operations = [
        migrations.RenameField("endpoint", "secret", "sealed_secret"),
        migrations.RenameField("endpoint", "old_secret", "sealed_old_secret"),
        migrations.AlterField(
            "endpoint", "sealed_secret", models.TextField(default=apps.webhooks.models.new_sealed)
        ),
        migrations.AlterField(
            "endpoint", "sealed_old_secret", models.TextField(blank=True, default="")
        ),
        migrations.RunPython(_seal, _unseal),
    ]
