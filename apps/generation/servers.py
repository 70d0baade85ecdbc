"""Which model servers wrote a run: what was launched, and its version."""

from __future__ import annotations

from django.db import transaction

from apps.generation.models import Run


def server_note(*, run: Run, server: dict[str, str]) -> None:
    """Add a server to those that worked for a run, once: engine, model, version, command."""
    with transaction.atomic():
        row = Run.objects.select_for_update().get(pk=run.pk)
        if server and server not in row.servers:
            row.servers.append(server)
            row.save(update_fields=["servers"])
