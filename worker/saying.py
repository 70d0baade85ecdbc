"""What is read in a server's replies beside completions: its list of models, and its words."""

from __future__ import annotations

import json

from worker import refusals
from worker.engines.errors import EngineSetupError
from worker.transport import Reply


def models_and_owners(reply: Reply, *, api: str) -> tuple[list[str], set[str]]:
    """Names of the models, in the server's order, and who it says owns them.

    :raises EngineSetupError: it is no such list.
    """
    try:
        entries = json.loads(reply.body or b"")["data"]
        models = [str(entry["id"]) for entry in entries]
        owners = {str(entry.get("owned_by")) for entry in entries}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as exc:
        raise EngineSetupError(
            f"{api}/models is no OpenAI-compatible list of models; "
            "is the address of the model server right?"
        ) from exc
    return models, owners


def said(reply: Reply) -> str:
    """The server's words, with the place that it sends us to."""
    words = refusals.error_message(reply.body or b"") if reply.status >= 300 else ""
    return " ".join(filter(None, (reply.location and f"to {reply.location}", words)))
