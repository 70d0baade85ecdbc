"""Which engine and model are named, and how much is asked, when nobody says otherwise."""

from pytest_django import Settings

from apps.generation import engines
from apps.generation.management.commands.generate import Command, _spec
from worker.engines import setup


def options(*words: str) -> dict[str, object]:
    return vars(Command().create_parser("manage.py", "generate").parse_args(list(words)))


def test_a_cpu_is_asked_for_little_and_a_gpu_for_what_the_method_says() -> None:
    small = _spec(options("--engine", "llama"))
    assert (small.responses, small.response_stop) == (2, ("\n[Tests]",))
    assert small.max_tokens["i_r"] == 400
    large = _spec(options("--engine", "vllm"))
    assert (large.responses, large.response_stop, large.max_tokens["s_c"]) == (10, (), 1536)


def test_another_model_on_a_cpu_may_write_its_tests_and_what_is_asked_for_counts() -> None:
    other = _spec(options("--engine", "llama", "--model", "/a.gguf", "--responses", "5"))
    assert (other.responses, other.response_stop) == (5, ())
    assert _spec(options("--engine", "llama", "--response-stop", "")).response_stop == ()


def test_the_settings_model_goes_with_the_settings_engine_only(settings: Settings) -> None:
    settings.WINNOW_ENGINE, settings.WINNOW_MODEL = "llama", "/my.gguf"
    assert engines.default_choice().model == "/my.gguf"
    assert engines.default_choice("vllm").model == "bigcode/starcoder2-15b"


def test_environments_are_looked_for_where_they_are_made() -> None:
    assert engines.ENVIRONMENTS == setup.ENVIRONMENTS and engines.STAMP == setup._STAMP
    assert setup._wanted_stamp("llama", setup.ROOT).startswith("llama ")
