"""Tokens are counted by the model server that a worker on this machine keeps."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from apps.generation.servers_here import name_served, servers_here
from apps.generation.tokens import count_tokens
from tests.generation.tokenizer_file import write_tokenizer
from tests.worker.fake_server import FakeServer, says
from worker.engines.server import ModelServer
from worker.engines.settings import EngineSettings
from worker.engines.state import ServerState, StateFile


@pytest.fixture
def fake(settings: Any) -> Iterator[FakeServer]:
    """A server that counts words, and says that it serves "tiny"."""
    with FakeServer() as server:
        server.pages["/v1/models"] = says({"data": [{"id": "tiny"}]})
        server.always = lambda handler: says(
            {"tokens": handler.question["content"].split()}  # type: ignore[attr-defined]
        )(handler)
        yield server
    shutil.rmtree(Path(settings.VAR_DIR, "engines"), ignore_errors=True)


def started(var: Path, fake: FakeServer, *, ago: float = 0.0, name: str = "a") -> StateFile:
    """What a worker keeps of a server that it has started, so many seconds before this process
    began.
    """
    (var / "engines").mkdir(exist_ok=True)
    file = StateFile(var / "engines" / f"model-server-{name}.json")
    state = ServerState.of(pid=os.getpid(), port=int(fake.url.rpartition(":")[2]), api_key="k")
    file.write(replace(state, started=state.started - ago))
    return file


def test_its_own_server_counts_for_a_model_that_a_worker_serves(
    fake: FakeServer, settings: Any
) -> None:
    started(Path(settings.VAR_DIR), fake)
    found = count_tokens(["SELECT 1", "a b c"], engine="llama", model="tiny")
    assert (found.counts, found.is_exact) == ((2, 3), True)
    assert found.how == "counted by the model server of this machine"
    assert fake.keys == ["Bearer k"] * 2
    assert count_tokens(["a b"], engine="vllm", model="/models/tiny.gguf").counts == (2,)


def test_a_server_of_another_model_counts_nothing(fake: FakeServer, settings: Any) -> None:
    started(Path(settings.VAR_DIR), fake)
    found = count_tokens(["x" * 35], engine="llama", model="other")
    assert not found.is_exact and found.counts == (10,) and not fake.asked


def test_one_that_does_not_answer_as_asked_is_passed_over(fake: FakeServer, settings: Any) -> None:
    started(Path(settings.VAR_DIR), fake, name="a")
    with FakeServer() as other:
        other.pages["/v1/models"] = says({"data": [{"id": "tiny"}]})
        other.always = says({"tokens": None})
        started(Path(settings.VAR_DIR), other, name="0")
        assert count_tokens(["a b"], engine="llama", model="tiny").counts == (2,)


def test_a_process_that_has_ended_or_a_torn_file_is_no_server(
    fake: FakeServer, settings: Any
) -> None:
    var = Path(settings.VAR_DIR)
    file = started(var, fake)
    # The number is another process's by now.
    started(var, fake, ago=10)
    assert list(servers_here()) == []
    file.path.write_text("{")
    assert list(servers_here()) == []
    assert not count_tokens(["a"], engine="llama", model="tiny").is_exact


def test_a_tokenizer_file_of_the_small_model_counts(settings: Any) -> None:
    folder = Path(settings.VAR_DIR, "models", "small")
    folder.mkdir(parents=True)
    write_tokenizer(folder)
    found = count_tokens(["SELECT 1 1"], engine="vllm-cpu", model="small")
    shutil.rmtree(folder)
    assert found.counts == (3,) and found.is_exact


@pytest.mark.parametrize("model", ["gemma-3-270m-q4_k_m-ascii", "/x/y.gguf", "./z", "big/code"])
def test_models_are_called_as_servers_that_workers_start_call_them(model: str) -> None:
    kept = EngineSettings(engine="llama", root=Path(), var_dir=Path(), model=model)
    assert name_served(model) == kept.served_name
    assert ModelServer(kept).model_name == kept.served_name
