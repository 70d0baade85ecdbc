"""Which engine and model a new recipe names when nobody says otherwise, and how much it asks."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from django.conf import settings

from apps.generation.stages.properties import Style, Task

# What a recipe calls the model that an engine serves by default.
DEFAULT_MODELS = {
    "vllm": "bigcode/starcoder2-15b",
    "vllm-cpu": "gemma-3-270m",
    "llama": "gemma-3-270m-q4_k_m-ascii",
    "url": "",
}
# Tokens that prompt and answer may have together, where WINNOW_CONTEXT says nothing; what is
# missing has what its model has. The same as in worker.engines.settings.
CONTEXTS = {"vllm-cpu": 8192, "llama": 8192}
DEVICES = Path("/dev")
GPU_DEVICES = ("nvidia[0-9]*", "kfd")
# Under WSL2 a GPU of any make is /dev/dxg; NVIDIA's own tool knows, and lies beside its libraries.
WSL_PROGRAMS = "/usr/lib/wsl/lib"


# Where worker.engines.setup makes each engine's environment; its stamp begins with the engine.
ENVIRONMENTS = {"vllm": ".venv-vllm", "vllm-cpu": ".venv-vllm", "llama": ".venv-llama"}
STAMP = "winnow-stamp"
ON_A_CPU = ("vllm-cpu", "llama")


@dataclass(frozen=True, slots=True)
class Size:
    """How much a recipe asks unless somebody says otherwise, with the names of RecipeSpec; the
    defaults are those of self-OSS-instruct (StarCoder2-Instruct).
    """

    responses: int = 10
    arrangements: int = 32
    temperature: float = 0.7
    frequency_penalty: float = 0.0
    response_stop: tuple[str, ...] = ()
    response_grammar: str = ""
    concepts_grammar: str = ""
    tasks: tuple[str, ...] = tuple(Task)
    styles: tuple[str, ...] = tuple(Style)
    examples: dict[str, int] = field(
        default_factory=lambda: {"s_c": 8, "c_i": 8, "s_i": 8, "i_r": 1}
    )
    max_tokens: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("s_c", "c_i", "s_i", "i_r"), 1536)
    )

    def grammar(self, *, tokens: int, stop: tuple[str, ...], prefix: str) -> str:
        """The grammar where nothing else says how a response begins, how it ends and that it is
        shorter than the grammar lets it be.
        """
        is_usual = stop == self.response_stop and not prefix and tokens >= self.max_tokens["i_r"]
        return self.response_grammar if is_usual else ""

    def grammar_of_concepts(self, *, tokens: int) -> str:
        """The grammar where it ends before the tokens do."""
        return self.concepts_grammar if tokens >= self.max_tokens["s_c"] else ""


# A laptop's processor reads some hundred tokens a second and writes fifty: few answers, and short
# ones, and of prompts with one beginning, read once. The small model begins its sections anew
# without end, and says the same concepts again and again, so grammars lead it through them;
# benchmarks.small_model measures what it writes.
SMALL = Size(
    responses=2,
    arrangements=1,
    temperature=0.3,
    response_grammar=Path(settings.BASE_DIR, "prompts", "short-response.gbnf").read_text(),
    concepts_grammar=Path(settings.BASE_DIR, "prompts", "short-concepts.gbnf").read_text(),
    tasks=(Task.WRITE,),
    styles=(Style.IMPERATIVE,),
    examples={"s_c": 4, "c_i": 4, "i_r": 2, "s_i": 4},
    max_tokens={"s_c": 64, "c_i": 160, "i_r": 400, "s_i": 160},
)
# The demo with another model: as few answers, as long as it writes them.
FEW = replace(
    Size(), responses=SMALL.responses, arrangements=SMALL.arrangements, examples=SMALL.examples,
    tasks=SMALL.tasks, styles=SMALL.styles,
)  # fmt: skip
SMALL_SEEDS = 12
# Few-shot sets: the usual one, and one whose examples are a fifth as long.
FEWSHOT, SMALL_FEWSHOT = "self-ossinstruct", "short"


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
    return "vllm" if sees_gpu() else "llama"


@cache
def sees_gpu() -> bool:
    """Whether this machine has a GPU that vLLM may use; a container may have any number of them."""
    if any(any(DEVICES.glob(name)) for name in GPU_DEVICES):
        return True
    path = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{WSL_PROGRAMS}"
    program = shutil.which("nvidia-smi", path=path)
    if program is None:
        return False
    try:
        done = subprocess.run(
            [program, "-L"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "GPU " in done.stdout


def usual_size(engine: str, model: str) -> Size:
    """What suits an engine: little on a CPU, and the small model's own ways for the small model."""
    if engine not in ON_A_CPU:
        return Size()
    if not is_small(engine, model):
        return Size(responses=SMALL.responses, arrangements=SMALL.arrangements)
    return SMALL


def is_small(engine: str, model: str) -> bool:
    """Whether it is the small model of the first run."""
    return engine in ON_A_CPU and model == DEFAULT_MODELS[engine]


def usual_fewshot(engine: str, model: str) -> str:
    """The name of the few-shot set that suits a model."""
    return SMALL_FEWSHOT if is_small(engine, model) else FEWSHOT


def usual_seeds(engine: str, otherwise: int) -> int:
    """How many seeds a run takes: minutes of work on a CPU, `otherwise` elsewhere."""
    return SMALL_SEEDS if engine in ON_A_CPU else otherwise


def context_of(engine: str) -> int:
    """Tokens that prompt and answer may have together; 0 where only the server knows."""
    return int(settings.WINNOW_CONTEXT or CONTEXTS.get(engine, 0))


def missing(engine: str) -> str:
    """What this machine lacks for an engine and the command that mends it; "" for nothing. A
    worker on another machine may have it all the same.
    """
    if engine == "url":
        return "" if settings.WINNOW_MODEL_URL else "set WINNOW_MODEL_URL"
    stamp = Path(settings.BASE_DIR, ENVIRONMENTS[engine], STAMP)
    if stamp.is_file() and stamp.read_text().startswith(f"{engine} "):
        return ""
    return f"python -m worker.engines.setup {engine}"


def default_choice(engine: str = "") -> EngineChoice:
    """The engine (by default this installation's) with the model of the settings or its own."""
    engine = engine or default_engine()
    if engine != default_engine():  # the settings' model is that of the settings' engine
        return EngineChoice(engine, DEFAULT_MODELS[engine])
    model = settings.WINNOW_MODEL or DEFAULT_MODELS[engine]
    return EngineChoice(engine, model, settings.WINNOW_MODEL_REVISION)
