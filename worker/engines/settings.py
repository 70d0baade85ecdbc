"""What decides how a model is served."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args

from worker.engines.errors import EngineSetupError
from worker.engines.urls import api_base
from worker.requests import Interface

Engine = Literal["vllm", "vllm-cpu", "llama", "url"]

DEFAULT_GPU_MODEL: Final = "bigcode/starcoder2-15b"

# llama.cpp reads a shared few-shot prefix once for every slot: few slots beat many.
_CONCURRENCY: Final[dict[Engine, int]] = {"vllm": 256, "vllm-cpu": 64, "llama": 4, "url": 64}
_CONTEXT: Final[dict[Engine, int]] = {"vllm": 0, "vllm-cpu": 8192, "llama": 8192, "url": 0}
# So long a start may do nothing at all; the first one of vLLM downloads some 30 GB, which writes
# to the disk. Of a server elsewhere nothing is seen: it has so long to answer.
_STILL_SECONDS: Final[dict[Engine, float]] = {
    "vllm": 900.0,
    "vllm-cpu": 300.0,
    "llama": 300.0,
    "url": 60.0,
}


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """One model on one engine.

    `root` is the checkout (environments `.venv-llama`, `.venv-vllm` lie there), `var_dir` where
    logs, states and models go. `model` is a folder, a GGUF file (llama) or a Hugging Face name;
    empty means the engine's default. `port` 0 takes a free one. `context_length` 0 leaves it to
    the model, `concurrency` 0 and `still_seconds` 0 mean the engine's default. `base_url` and
    `api_key` are for the engine `url`: a server that somebody else runs. `interface`: which
    endpoint is asked, "auto" finds it out. `devices`: the GPUs that it gets, as
    CUDA_VISIBLE_DEVICES names them; empty for all.
    """

    engine: Engine
    root: Path
    var_dir: Path
    model: str = ""
    revision: str = ""
    dtype: str = ""
    tensor_parallel: int = 1
    devices: str = ""
    extra_args: tuple[str, ...] = ()
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    interface: str = Interface.AUTO
    port: int = 0
    context_length: int = 0
    concurrency: int = 0
    still_seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.engine not in get_args(Engine):
            known = ", ".join(get_args(Engine))
            raise EngineSetupError(f"Unknown engine {self.engine!r}; choose one of {known}.")
        if self.engine == "url" and not self.base_url:
            raise EngineSetupError("The engine 'url' needs the address of a running model server.")
        if self.engine == "url":
            try:
                api_base(self.base_url)
            except ValueError as error:
                raise EngineSetupError(str(error)) from error
        if self.interface not in list(Interface):
            known = ", ".join(Interface)
            raise EngineSetupError(f"Unknown interface {self.interface!r}; choose one of {known}.")
        if self.engine == "llama" and self.extra_args:
            raise EngineSetupError("Extra arguments are for vLLM; the llama engine takes none.")
        if not 0 <= self.port <= 65535:
            raise EngineSetupError(
                f"Port {self.port} does not exist; choose 0 (any free one) to 65535."
            )

    @property
    def model_or_default(self) -> str:
        """The model to load: the one asked for, else the engine's own."""
        if self.model or self.engine == "url":
            return self.model
        models = self.var_dir / "models"
        defaults: dict[Engine, str] = {
            "vllm": DEFAULT_GPU_MODEL,
            "vllm-cpu": str(models / "gemma-3-270m"),
            "llama": str(models / "gemma-3-270m-q4_k_m-ascii.gguf"),
        }
        return defaults[self.engine]

    @property
    def is_local_model(self) -> bool:
        """Whether the model is a path on this machine rather than a Hugging Face name."""
        return self.model_or_default.startswith(("/", "./", "../")) or (
            Path(self.model_or_default).exists()
        )

    @property
    def served_name(self) -> str:
        """The name under which the server answers: short, and without this machine's paths."""
        name = self.model_or_default
        return Path(name).name.removesuffix(".gguf") if self.is_local_model else name

    @property
    def concurrency_or_default(self) -> int:
        """How many requests are in flight at once."""
        return self.concurrency or _CONCURRENCY[self.engine]

    @property
    def context_or_default(self) -> int:
        """Tokens of prompt and completion together; 0 leaves it to the model."""
        return self.context_length or _CONTEXT[self.engine]

    @property
    def still_seconds_or_default(self) -> float:
        """How long a start may do nothing before it counts as failed."""
        return self.still_seconds or _STILL_SECONDS[self.engine]

    @property
    def digest(self) -> str:
        """Sixteen hex digits that are equal for equal settings; names the state file."""
        text = json.dumps(asdict(self), default=str, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
