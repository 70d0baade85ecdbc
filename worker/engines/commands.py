"""The command line and environment of each engine's server process."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from worker.engines import setup
from worker.engines.errors import EngineSetupError
from worker.engines.settings import EngineSettings

SHUTDOWN_SECONDS = 30
"""How long a server may finish the requests that it has when it is asked to stop."""


@dataclass(frozen=True, slots=True)
class ServerCommand:
    """What to execute, with which additions to the environment (they hold the API key)."""

    arguments: tuple[str, ...]
    environment: dict[str, str] = field(repr=False)


_BATCHED_TOKENS = 8192
# Prompts are read in pieces of so many tokens beside what is being written: more of them at once
# read faster, fewer keep the writing even. vLLM's own default is for a chat's first word.
_GPU_BATCHED_TOKENS = 16_384
_GPU_MEMORY = 0.92
# llama.cpp's threads wait for each other some hundred times a token. Where something else wants
# the processor too, one that waits by spinning takes it from the one that it waits for.
_SPINS = "0"
_CPU_SERVER = Path(__file__).with_name("vllm_cpu_server.py")


def build_command(settings: EngineSettings, *, port: int, api_key: str) -> ServerCommand:
    """The server process for these settings; raises `EngineSetupError` where it cannot be."""
    engine = settings.engine
    if engine == "url":
        raise EngineSetupError("A server at an address of its own is not started by Winnow.")
    if not setup.is_installed(engine, root=settings.root):
        raise EngineSetupError(
            f"The environment of the engine {engine} is not installed. "
            f"Run `.venv/bin/python -m worker.engines.setup {engine}`."
        )
    if settings.is_local_model and not Path(settings.model_or_default).exists():
        raise EngineSetupError(
            f"There is no model at {settings.model_or_default}. "
            f"Run `.venv/bin/python -m worker.engines.setup {engine}` for the default one, "
            "or set the model to a path or name that exists."
        )
    python = str(setup.python_of(engine, root=settings.root))
    build = _llama if engine == "llama" else _vllm
    return build(settings, python, port, api_key)


def _llama(settings: EngineSettings, python: str, port: int, api_key: str) -> ServerCommand:
    script = Path(__file__).with_name("llama_server.py")
    arguments = (
        *(python, str(script), "--model", settings.model_or_default),
        *("--served-model-name", settings.served_name, "--port", str(port)),
        *("--parallel", str(settings.concurrency_or_default)),
        *("--context-length", str(settings.context_or_default), "--threads", str(_cores())),
        *("--slots-folder", str(settings.var_dir / "cache" / f"slots-{settings.digest}")),
    )
    environment = {"WINNOW_ENGINE_KEY": api_key, "GOMP_SPINCOUNT": _SPINS}
    return ServerCommand(arguments, environment)


def _vllm(settings: EngineSettings, python: str, port: int, api_key: str) -> ServerCommand:
    on_cpu = settings.engine == "vllm-cpu"
    # `vllm serve` looks for a distribution named vllm, which the CPU build is not.
    # -P: what lies beside our script is not what vLLM imports by such names.
    server = ["-P", str(_CPU_SERVER)] if on_cpu else ["-m", "vllm.entrypoints.openai.api_server"]
    arguments = [python, *server, "--model", settings.model_or_default]
    arguments += ["--served-model-name", settings.served_name]
    arguments += ["--host", "127.0.0.1", "--port", str(port)]
    arguments += ["--max-num-seqs", str(settings.concurrency_or_default)]
    arguments += ["--shutdown-timeout", str(SHUTDOWN_SECONDS), "--enable-prefix-caching"]
    # bfloat16 is three times slower than float32 on a CPU, and captured graphs take minutes.
    arguments += ["--dtype", settings.dtype or ("float32" if on_cpu else "auto")]
    arguments += ["--enable-prompt-tokens-details"]
    if on_cpu:
        arguments += ["--enforce-eager", *_whole_prompts(settings)]
        arguments += ["--kv-cache-memory-bytes", str(_cache_bytes())]
    else:
        arguments += ["--max-num-batched-tokens", str(_GPU_BATCHED_TOKENS)]
        arguments += ["--gpu-memory-utilization", str(_GPU_MEMORY)]
    if settings.revision and not settings.is_local_model:
        arguments += ["--revision", settings.revision, "--tokenizer-revision", settings.revision]
    if settings.tensor_parallel > 1:
        arguments += ["--tensor-parallel-size", str(settings.tensor_parallel)]
    if settings.context_or_default:
        arguments += ["--max-model-len", str(settings.context_or_default)]
    # Of an argument that is given twice vLLM takes the last: every default can be overridden.
    return ServerCommand(
        (*arguments, *settings.extra_args), _vllm_environment(settings, api_key, on_cpu=on_cpu)
    )


def _whole_prompts(settings: EngineSettings) -> list[str]:
    """A prompt that is read in pieces ends the CPU build when its request has a sampling seed (it
    rewinds the generator, which a CPU's cannot): every prompt is read at once.
    """
    budget = max(settings.context_or_default, _BATCHED_TOKENS)
    return ["--no-enable-chunked-prefill", "--max-num-batched-tokens", str(budget)]


def _vllm_environment(settings: EngineSettings, api_key: str, *, on_cpu: bool) -> dict[str, str]:
    environment = {
        "VLLM_API_KEY": api_key,
        "VLLM_NO_USAGE_STATS": "1",
        # What it keeps of a model's class spares the next start a second import of everything.
        "VLLM_CACHE_ROOT": os.environ.get("VLLM_CACHE_ROOT")
        or str(settings.var_dir / "cache" / "vllm"),
        "VLLM_CONFIG_ROOT": str(settings.var_dir / "cache" / "vllm-config"),
    }
    if settings.devices:
        environment["CUDA_VISIBLE_DEVICES"] = settings.devices
    if settings.is_local_model:
        environment["HF_HUB_OFFLINE"] = "1"
    if on_cpu:
        environment |= {
            # The default binding leaves one of two cores idle.
            "VLLM_CPU_OMP_THREADS_BIND": "nobind",
            "OMP_NUM_THREADS": str(_cores()),
            "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        }
    return environment


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _cache_bytes() -> int:
    """At most 4 GiB, at most a quarter of the memory: the weights need room beside it."""
    return max(1, min(4, psutil.virtual_memory().total // 4 // 2**30)) * 2**30
