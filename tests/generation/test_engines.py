"""Which engine and model are named, and how much is asked, when nobody says otherwise."""

from pathlib import Path

import pytest
from pytest_django import Settings

from apps.generation import engines
from apps.generation.management.commands.generate import Command, _spec
from worker.engines import setup


def options(*words: str) -> dict[str, object]:
    return vars(Command().create_parser("manage.py", "generate").parse_args(list(words)))


def test_a_cpu_is_asked_for_little_and_a_gpu_for_what_the_method_says() -> None:
    small = _spec(options("--engine", "llama"))
    assert (small.responses, small.response_stop, small.max_tokens["i_r"]) == (2, (), 400)
    assert small.response_grammar.startswith("# What a response of the small model looks like")
    assert small.concepts_grammar.startswith("# What the small model names as concepts")
    other = _spec(options("--engine", "vllm-cpu"))
    assert other.response_grammar == small.response_grammar
    assert (other.concepts_grammar, other.response_stop) == (small.concepts_grammar, ())
    large = _spec(options("--engine", "vllm"))
    assert (large.responses, large.response_stop, large.max_tokens["s_c"]) == (10, (), 1536)
    assert (small.arrangements, large.arrangements) == (1, 32)


def test_another_model_on_a_cpu_may_write_its_tests_and_what_is_asked_for_counts() -> None:
    other = _spec(options("--engine", "llama", "--model", "/a.gguf", "--responses", "5"))
    assert (other.responses, other.response_stop) == (5, ())
    assert other.response_grammar == ""


@pytest.mark.parametrize(
    "words", [("--response-stop", "x"), ("--response-prefix", "x"), ("--max-tokens", "96")]
)
def test_who_says_how_responses_begin_or_end_gets_no_grammar(words: tuple[str, str]) -> None:
    assert _spec(options("--engine", "llama", *words)).response_grammar == ""


def test_concepts_are_led_where_the_grammar_ends_before_the_tokens_do() -> None:
    assert _spec(options("--engine", "llama", "--max-tokens", "96")).concepts_grammar
    assert not _spec(options("--engine", "llama", "--max-tokens", "48")).concepts_grammar
    assert not _spec(options("--engine", "llama", "--model", "/a.gguf")).concepts_grammar


def test_the_small_model_is_shown_the_short_examples() -> None:
    assert engines.usual_fewshot("llama", "gemma-3-270m-q4_k_m-ascii") == "short"
    assert engines.usual_fewshot("llama", "/a.gguf") == "self-ossinstruct"
    assert engines.usual_fewshot("vllm", "bigcode/starcoder2-15b") == "self-ossinstruct"


def test_the_settings_model_goes_with_the_settings_engine_only(settings: Settings) -> None:
    settings.WINNOW_ENGINE, settings.WINNOW_MODEL = "llama", "/my.gguf"
    assert engines.default_choice().model == "/my.gguf"
    assert engines.default_choice("vllm").model == "bigcode/starcoder2-15b"


@pytest.mark.parametrize(
    ("device", "said", "seen"),
    [("nvidia3", "", True), ("kfd", "", True), ("nvidiactl", "", False), ("dxg", "", False),
     ("dxg", "GPU 0: RTX (UUID: 1)", True), ("null", "", False)],
)  # fmt: skip
def test_a_gpu_is_seen_by_its_device_or_by_nvidias_own_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, said: str, seen: bool
) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / device).touch()
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\necho '{said}'\n")
    tool.chmod(0o755)
    monkeypatch.setattr(engines, "DEVICES", tmp_path / "dev")
    monkeypatch.setattr(engines, "WSL_PROGRAMS", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    engines.sees_gpu.cache_clear()
    try:
        assert engines.sees_gpu() is seen
    finally:
        engines.sees_gpu.cache_clear()


def test_environments_are_looked_for_where_they_are_made() -> None:
    assert engines.ENVIRONMENTS == setup.ENVIRONMENTS and engines.STAMP == setup._STAMP
    assert setup._wanted_stamp("llama", setup.ROOT).startswith("llama ")
