"""Say what to do when a model server ended instead of serving, from the end of its log."""

import os
import re
from typing import Final

from worker.engines.settings import EngineSettings

_GATED: Final = re.compile(r"gated repo|GatedRepo|access to model .{0,200} is restricted", re.I)
_UNKNOWN: Final = re.compile(
    r"RepositoryNotFound|Repository Not Found|is not a valid model identifier|401 Client Error"
    r"|Invalid (?:user|username|credentials)|is not a local folder",
    re.I,
)
_OFFLINE: Final = re.compile(
    r"couldn't connect to|LocalEntryNotFound|offline mode is enabled|Name or service not known"
    r"|Temporary failure in name resolution|Max retries exceeded|ConnectError",
    re.I,
)
_MEMORY: Final = re.compile(
    r"out of memory|OutOfMemory|Cannot allocate memory|bad_alloc|failed to allocate|MemoryError"
    r"|No available memory for the cache blocks|larger than the available KV cache",
    re.I,
)
_PORT: Final = re.compile(r"address already in use|couldn't bind|Errno 98", re.I)
_REVISION: Final = re.compile(r"RevisionNotFound|Invalid rev id", re.I)
_ARGUMENT: Final = re.compile(r"unrecognized arguments?: .*|error: argument .*")


def is_port_taken(log: str) -> bool:
    """Whether the server ended because its port was in use."""
    return _PORT.search(log) is not None


def needs_a_person(settings: EngineSettings, *, log: str) -> bool:
    """Whether every further start would end as this one did, until somebody changes something."""
    at_the_hub = not settings.is_local_model and (_GATED.search(log) or _UNKNOWN.search(log))
    return bool(at_the_hub or _ARGUMENT.search(log) or _REVISION.search(log))


def advice(settings: EngineSettings, *, log: str, exit_status: int | None) -> str:
    """One or two sentences that name the fix."""
    model = settings.model_or_default
    if match := _ARGUMENT.search(log):
        return f"vLLM does not take these extra arguments ({match[0][:200]}); mend the setting."
    if not settings.is_local_model and (_GATED.search(log) or _UNKNOWN.search(log)):
        return _hub_advice(model, gated=_GATED.search(log) is not None)
    if _REVISION.search(log):
        return f"{model} has no revision {settings.revision!r}; set one that exists, or none."
    # 137 is SIGKILL, which is how the kernel ends a process that takes too much memory.
    if _MEMORY.search(log) or exit_status == 137:
        return (
            "The memory was not enough. Choose a smaller model, a shorter context, fewer requests "
            "at once, or more GPUs (tensor parallel)."
        )
    if is_port_taken(log):
        return f"Port {settings.port} is in use; set another one, or 0 for any free one."
    if not settings.is_local_model and _OFFLINE.search(log):
        return (
            f"Hugging Face cannot be reached to fetch {model}. Check the network, or set the model "
            "to a folder that holds it."
        )
    return "The log's last lines say why."


def _hub_advice(model: str, *, gated: bool) -> str:
    page = f"https://huggingface.co/{model}"
    if not (os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN")):
        return (
            f"{model} needs a Hugging Face token: accept its terms at {page}, make a token with "
            "read access, set HF_TOKEN in the environment of the worker, and start it again."
        )
    if gated:
        return f"Your HF_TOKEN has no access to {model}: accept the terms at {page}."
    return f"Hugging Face knows no model {model} that your HF_TOKEN may read; check its name."
