"""Which engine and model a new recipe names when nobody says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

# What a recipe calls the model that an engine serves by default.
DEFAULT_MODELS = {
    "vllm": "bigcode/starcoder2-15b",
    "vllm-cpu": "gemma-3-270m",
    "llama": "gemma-3-270m-q4_k_m",
    "url": "",
}
GPU_DEVICES = (Path("/dev/nvidia0"), Path("/dev/kfd"))


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine with the model (and its revision) that it is to serve."""

    engine: str
    model: str
    revision: str = ""


def default_engine() -> str:
    """WINNOW_ENGINE, else `url` where WINNOW_MODEL_URL is set, else vLLM where a GPU is seen, else
    the light one."""
    if settings.WINNOW_ENGINE:
        return str(settings.WINNOW_ENGINE)
    if settings.WINNOW_MODEL_URL:
        return "url"
    return "vllm" if any(device.exists() for device in GPU_DEVICES) else "llama"


def default_choice(engine: str = "") -> EngineChoice:
    """The engine (by default this installation's) with the model of the settings or its own."""
    engine = engine or default_engine()
    model = settings.WINNOW_MODEL or DEFAULT_MODELS[engine]
    return EngineChoice(engine, model, settings.WINNOW_MODEL_REVISION)
