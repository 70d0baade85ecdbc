import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from apps.generation.engines import SMALL
from tests.worker.fake_server import FakeServer, says
from worker.client import ModelClient
from worker.engines.errors import EngineError
from worker.engines.server import ModelServer
from worker.engines.settings import EngineSettings
from worker.replies import CompletionFailure, CompletionResult
from worker.requests import CompletionRequest

pytestmark = pytest.mark.timeout(1800)
slow = pytest.mark.slow


def generate(
    server: ModelServer, *, count: int = 1, max_tokens: int = 8, grammar: str = ""
) -> list[object]:
    async def go() -> list[object]:
        async with ModelClient(
            server.base_url, model=server.model_name, api_key=server.api_key, concurrency=4
        ) as client:
            await client.check()
            wanted = [
                CompletionRequest(
                    id=str(n), prompt="SELECT", max_tokens=max_tokens, seed=n, grammar=grammar
                )
                for n in range(count)
            ]
            return [outcome async for outcome in client.complete(wanted)]

    return asyncio.run(go())


def assert_follows_the_grammars_of_the_small_model(server: ModelServer) -> None:
    """With repetitions, classes and alternatives, as prompts/*.gbnf have them."""
    grammar = 'root ::= "[Tests]\\n" row{1,3} "end" | "none"\nrow ::= [0-9]{1,4} "\\n"'
    for outcome in generate(server, count=2, max_tokens=40, grammar=grammar):
        assert isinstance(outcome, CompletionResult), outcome
        (sample,) = outcome.samples
        assert re.fullmatch(r"\[Tests\]\n(\d{1,4}\n){1,3}end|none", sample.text), sample.text
    for text in (SMALL.response_grammar, SMALL.concepts_grammar):
        (outcome,) = generate(server, max_tokens=4, grammar=text)
        assert isinstance(outcome, CompletionResult), outcome


def processes_with(text: str) -> list[int]:
    """Ids of the live processes whose command line has `text` in it."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
            found += [process.pid] * (text in " ".join(process.info["cmdline"] or []))
    return found


def wait_until(condition: Callable[[], bool], *, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def kill_server_process(server: ModelServer) -> None:
    """kill -9 of the process that listens, as the kernel would when memory is short."""
    port = int(server.base_url.rsplit(":", 1)[1])
    killed = 0
    for process in psutil.Process().children(recursive=True):
        listening = [c.laddr.port for c in process.net_connections() if c.status == "LISTEN"]
        if port in listening:
            process.kill()
            killed += 1
    assert killed


def url_settings(fake: FakeServer, folder: Path, **more: str) -> EngineSettings:
    return EngineSettings(
        engine="url", root=folder, var_dir=folder, base_url=fake.url, still_seconds=0.5, **more
    )


def test_a_server_at_an_address_is_used_and_never_stopped(fake: FakeServer, tmp_path: Path) -> None:
    fake.pages["/v1/models"] = says({"data": [{"id": "served/model"}]})
    with ModelServer(url_settings(fake, tmp_path)) as server:
        assert (server.model_name, server.owns_process) == ("served/model", False)
        assert not server.ensure()
    assert server.is_healthy()


def test_an_address_where_nobody_answers_is_named(tmp_path: Path) -> None:
    with FakeServer() as gone:
        pass
    with pytest.raises(EngineError, match=f"No model server answers at {gone.url}"):
        ModelServer(url_settings(gone, tmp_path)).start()


def test_an_address_that_lists_no_model_is_named(fake: FakeServer, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="lists no model"):
        ModelServer(url_settings(fake, tmp_path)).start()


@slow
def test_llama_writes_and_ends_without_a_trace(
    llama_settings: Callable[[], EngineSettings],
) -> None:
    settings = llama_settings()
    said: list[str] = []
    with ModelServer(settings, say=said.append) as server:
        results = generate(server, count=6)
        assert all(isinstance(r, CompletionResult) and r.completion_tokens for r in results)
        (state,) = settings.var_dir.rglob("model-server-*.json")
        assert state.stat().st_mode & 0o077 == 0
        port = int(server.base_url.rsplit(":", 1)[1])
        assert len(processes_with(f"--port {port}")) == 2  # the launcher and the server
    assert processes_with(f"--port {port}") == []
    assert "is ready after" in said[-1]


@slow
def test_llama_refuses_strangers_and_too_long_prompts(
    llama_settings: Callable[[], EngineSettings],
) -> None:
    async def ask(server: ModelServer, key: str) -> object:
        async with ModelClient(server.base_url, model=server.model_name, api_key=key) as client:
            # The client then asks for something harmless, as long as this.
            return await client.complete_one(
                CompletionRequest(id="a", prompt="SELECT a FROM b; " * 500, max_tokens=8)
            )

    with ModelServer(llama_settings()) as server:
        with pytest.raises(EngineError, match="refuses our API key"):
            asyncio.run(ask(server, "wrong"))
        failure = asyncio.run(ask(server, server.api_key))
    assert isinstance(failure, CompletionFailure)
    assert failure.code == "prompt_too_long"


@slow
def test_llama_follows_a_grammar(llama_settings: Callable[[], EngineSettings]) -> None:
    with ModelServer(llama_settings()) as server:
        assert_follows_the_grammars_of_the_small_model(server)


def test_two_workers_share_one_server(llama_settings: Callable[[], EngineSettings]) -> None:
    settings = llama_settings()
    with ModelServer(settings) as first:
        with ModelServer(settings) as second:
            assert second.base_url == first.base_url
            assert not second.owns_process
            assert second.command == first.command and settings.model in second.command
        assert first.is_healthy()
        other = ModelServer(settings)
        other.start()
    # The first worker is gone and took its server along: the other one brings it back.
    assert other.ensure()
    assert isinstance(generate(other)[0], CompletionResult)
    other.stop()


@slow
def test_a_killed_llama_comes_back_and_the_requests_with_it(
    llama_settings: Callable[[], EngineSettings],
) -> None:
    with ModelServer(llama_settings()) as server:
        kill_server_process(server)
        wait_until(lambda: not server.is_healthy())
        assert server.ensure()
        assert isinstance(generate(server)[0], CompletionResult)
        assert not server.ensure()


@slow
def test_a_server_ends_with_the_worker_that_started_it(
    llama_settings: Callable[[], EngineSettings],
) -> None:
    settings = llama_settings()
    script = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from worker.engines.server import ModelServer
        from worker.engines.settings import EngineSettings
        server = ModelServer(EngineSettings(engine="llama", root=Path({str(settings.root)!r}),
            var_dir=Path({str(settings.var_dir)!r}), model={settings.model!r},
            context_length=1024, concurrency=2), say=lambda line: None)
        server.start()
        print(server.base_url, flush=True)
        time.sleep(600)
    """)
    worker = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=settings.root
    )
    assert worker.stdout is not None
    port = worker.stdout.readline().strip().rsplit(":", 1)[1]
    assert len(processes_with(f"--port {port}")) == 2
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    wait_until(lambda: processes_with(f"--port {port}") == [])


@slow
def test_a_taken_port_is_named(llama_settings: Callable[[], EngineSettings]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EngineError, match=f"Port {port} for the model server is in use"):
            ModelServer(replace(llama_settings(), port=port)).start()


@slow
def test_a_broken_model_file_ends_with_the_log(
    llama_settings: Callable[[], EngineSettings], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"not a model")
    with pytest.raises(EngineError, match=r"(?s)broken\.gguf ended at its start.*Last lines of"):
        ModelServer(replace(llama_settings(), model=str(broken))).start()


@slow
def test_vllm_serves_a_starcoder2(tiny_vllm_server: ModelServer) -> None:
    tiny_vllm_server.ensure()
    results = generate(tiny_vllm_server, count=20)
    assert len(results) == 20
    assert all(isinstance(r, CompletionResult) and r.completion_tokens == 8 for r in results)
    # The second of its two processes is a fork: what is spawned has a helper, and imports all anew.
    state = tiny_vllm_server._started()
    commands = [" ".join(each.cmdline()) for each in state.members()]
    assert len(commands) == 3 and "multiprocessing" not in "".join(commands), commands


@slow
def test_vllm_follows_a_grammar(tiny_vllm_server: ModelServer) -> None:
    tiny_vllm_server.ensure()
    assert_follows_the_grammars_of_the_small_model(tiny_vllm_server)


@slow
def test_vllm_tells_its_load(tiny_vllm_server: ModelServer) -> None:
    async def look() -> int:
        async with ModelClient(tiny_vllm_server.base_url, model="any") as client:
            metrics = await client.metrics()
            assert metrics is not None
            return metrics.completion_tokens

    tiny_vllm_server.ensure()
    generate(tiny_vllm_server)
    assert asyncio.run(look()) > 0


@slow
def test_vllm_refuses_what_does_not_fit(tiny_vllm_server: ModelServer) -> None:
    async def ask(model: str) -> object:
        async with ModelClient(
            tiny_vllm_server.base_url, model=model, api_key=tiny_vllm_server.api_key
        ) as client:
            return await client.complete_one(
                CompletionRequest(id="a", prompt="SELECT x " * 5000, max_tokens=8)
            )

    tiny_vllm_server.ensure()
    failure = asyncio.run(ask(tiny_vllm_server.model_name))
    assert isinstance(failure, CompletionFailure)
    assert failure.code == "prompt_too_long", failure
    with pytest.raises(EngineError, match="does not know the model 'nope'"):
        asyncio.run(ask("nope"))


@slow
def test_a_vllm_killed_in_the_middle_comes_back_and_nothing_is_left_over(
    tiny_vllm_server: ModelServer,
) -> None:
    tiny_vllm_server.ensure()
    before = tiny_vllm_server.base_url.rsplit(":", 1)[1]

    async def killed_in_the_middle() -> list[object]:
        async with ModelClient(
            tiny_vllm_server.base_url,
            model=tiny_vllm_server.model_name,
            api_key=tiny_vllm_server.api_key,
            patience=1.0,
        ) as client:
            wanted = [
                CompletionRequest(id=str(n), prompt="SELECT", max_tokens=1500) for n in range(4)
            ]
            stream = asyncio.create_task(_collect(client, wanted))
            while not (load := await client.metrics()) or load.running < len(wanted):
                await asyncio.sleep(0.02)
            kill_server_process(tiny_vllm_server)
            return await stream

    # The new server has the old one's port, so that its clients find it.
    old = set(processes_with(f"--port {before}"))
    outcomes = asyncio.run(killed_in_the_middle())
    failed = [outcome for outcome in outcomes if isinstance(outcome, CompletionFailure)]
    assert failed and all(failure.retryable for failure in failed), outcomes
    # Its own end a text may have met before; none that the kill cut off counts as an answer.
    answered = [outcome for outcome in outcomes if isinstance(outcome, CompletionResult)]
    assert len(failed) + len(answered) == 4
    assert {each.samples[0].finish_reason for each in answered} <= {"stop", "length"}
    assert tiny_vllm_server.ensure()
    assert not old & set(processes_with(f"--port {before}"))
    assert isinstance(generate(tiny_vllm_server)[0], CompletionResult)


async def _collect(client: ModelClient, wanted: list[CompletionRequest]) -> list[object]:
    return [outcome async for outcome in client.complete(wanted)]
