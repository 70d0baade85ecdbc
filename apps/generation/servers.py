"""Which model servers wrote a run: what was launched, and its version."""

from __future__ import annotations

from django.db import transaction

from apps.generation.models import Run
from apps.generation.tokens import CHARACTERS

# Of a server that counts none.
TOKENS = f"estimated at {CHARACTERS} characters each: the server counts none"


def server_note(*, run: Run, server: dict[str, str]) -> None:
    """Add a server to those that worked for a run, once: engine, model, version, command. What was
    noted of the same one with fewer words is replaced.
    """
    with transaction.atomic():
        row = Run.objects.select_for_update().get(pk=run.pk)
        if not server or any(server.items() <= known.items() for known in row.servers):
            return
        others = [known for known in row.servers if not known.items() <= server.items()]
        row.servers = [*others, server]
        row.save(update_fields=["servers"])


def server_note_estimates(*, run: Run, server: dict[str, str]) -> None:
    """Note that tokens of a server are estimated."""
    server_note(run=run, server=server | {"tokens": TOKENS})
