"""What is read in a server's replies beside completions: its list of models, and its words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from worker import refusals
from worker.engines.errors import EngineSetupError
from worker.transport import Reply

_LISTS: Final = ("data", "models")
_NAMES: Final = ("id", "name", "model", "model_id", "model_name")
# Each says that the list goes on: Anthropic's, Google's, a few gateways' own.
_GOES_ON: Final = ("has_more", "nextPageToken", "next_page_token", "next")


class NoListError(ValueError):
    """A body that is no list of models."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A server's list of models: their names in its order, and who it says owns them. `is_part`:
    there are more that this page does not name.
    """

    names: tuple[str, ...]
    owners: frozenset[str]
    is_part: bool = False

    def has(self, model: str) -> bool:
        """Whether a model is on it, by any of the names that such a server takes it by: Google's
        without its folder, Ollama's without its tag, one behind a router with the provider's.
        """
        known = {model, f"models/{model}", f"{model}:latest", model.rpartition(":")[0]}
        return not known.isdisjoint(self.names)


def listed(body: bytes) -> Listed:
    """The list of models in a body: OpenAI's, or a bare one, of objects or of names. Raises
    NoListError.
    """
    try:
        said = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as exc:
        raise NoListError("it is no JSON") from exc
    whole = said if isinstance(said, dict) else {}
    named = [whole[key] for key in _LISTS if key in whole]
    entries = said if isinstance(said, list) else next(iter(named), said)
    entries = [] if entries is None else entries
    if not isinstance(entries, list):
        raise NoListError("it has no list")
    names = [name for name in map(_name, entries) if name]
    if entries and not names:
        raise NoListError("its entries have no names")
    owners = {str(one.get("owned_by")) for one in entries if isinstance(one, dict)}
    is_part = any(whole.get(key) for key in _GOES_ON)
    return Listed(tuple(names), frozenset(owners), is_part)


def list_of_models(reply: Reply, *, api: str) -> Listed:
    """What a server answers to `/models`. Raises EngineSetupError with its words."""
    body = reply.body or b""
    try:
        return listed(body)
    except NoListError as exc:
        words = refusals.error_message(body)[:200]
        said = f" (it says: {words})" if words else ""
        raise EngineSetupError(
            f"{api}/models is no OpenAI-compatible list of models{said}; "
            "is the address of the model server right?"
        ) from exc


def said(reply: Reply) -> str:
    """The server's words, with the place that it sends us to."""
    words = refusals.error_message(reply.body or b"") if reply.status >= 300 else ""
    return " ".join(filter(None, (reply.location and f"to {reply.location}", words)))


def _name(entry: Any) -> str:
    """The name of a model, of an object or alone; "" for anything else."""
    if not isinstance(entry, dict):
        return refusals.storable(entry) if isinstance(entry, str) else ""
    named = (entry.get(key) for key in _NAMES)
    return next((refusals.storable(str(name)) for name in named if name), "")
