"""Which server a worker keeps: the one that the recipe names, one at a time."""

import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from apps.generation.engines import DEFAULT_MODELS
from apps.generation.models import Recipe
from tests.builders import make_recipe
from worker import model_server
from worker.engines.errors import EngineError
from worker.engines.settings import EngineSettings


class FakeServer:
    """Remembers what was started and stopped; the real one is tested in test_server.py."""

    events: list[str] = []

    def __init__(self, settings: EngineSettings, **_: object) -> None:
        self.settings = settings

    def start(self) -> None:
        self.events.append(f"start {self.settings.model}")

    def stop(self) -> None:
        self.events.append(f"stop {self.settings.model}")

    def ensure(self) -> bool:
        return False


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> model_server._Keeper:
    FakeServer.events = []
    monkeypatch.setattr(model_server, "ModelServer", FakeServer)
    return model_server._Keeper()


def settings(model: str) -> EngineSettings:
    return EngineSettings(engine="llama", root=Path("/"), var_dir=Path("/tmp"), model=model)


def recipe(engine: str, model: str) -> Recipe:
    return Recipe(engine=engine, model=model)


@pytest.mark.django_db
@pytest.mark.parametrize("engine", ["vllm", "vllm-cpu", "llama"])
def test_a_recipe_calls_the_default_model_what_the_engine_calls_it(engine: str) -> None:
    saved = make_recipe(engine=engine, model=DEFAULT_MODELS[engine])
    (made,) = model_server.engine_settings(saved)
    assert made.model == "" and made.served_name == DEFAULT_MODELS[engine]


def test_another_model_is_served_as_the_recipe_names_it() -> None:
    (made,) = model_server.engine_settings(recipe("vllm", "other/model"))
    assert made.model_or_default == "other/model"


def test_an_engine_that_this_worker_does_not_know_is_refused() -> None:
    with pytest.raises(EngineError, match="unknown here"):
        model_server.engine_settings(SimpleNamespace(pk=1, engine="magic", model="x"))  # type: ignore[arg-type]


def test_units_of_the_same_recipe_share_a_server(keeper: model_server._Keeper) -> None:
    assert keeper.take([settings("a")]) == keeper.take([settings("a")])
    assert FakeServer.events == ["start a"]


def test_another_recipe_waits_until_nobody_uses_the_present_server(
    keeper: model_server._Keeper,
) -> None:
    keeper.take([settings("a")])
    other = threading.Thread(target=keeper.take, args=([settings("b")],), daemon=True)
    other.start()
    time.sleep(0.2)
    assert FakeServer.events == ["start a"]
    keeper.leave()
    other.join(timeout=60)
    assert FakeServer.events == ["start a", "stop a", "start b"]


def test_several_servers_get_gpus_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.WINNOW_SERVERS", 2)
    monkeypatch.setattr("django.conf.settings.WINNOW_TENSOR_PARALLEL", 2)
    made = model_server.engine_settings(recipe("vllm", "other/model"))
    assert [each.devices for each in made] == ["0,1", "2,3"]
    assert len({each.digest for each in made}) == 2, "each has a state of its own"


def test_several_addresses_are_several_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.WINNOW_MODEL_URL", "http://a:1, http://b:2")
    made = model_server.engine_settings(recipe("url", "m"))
    assert [each.base_url for each in made] == ["http://a:1", "http://b:2"]


def test_where_one_of_several_servers_cannot_start_none_is_left(
    keeper: model_server._Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(self: FakeServer) -> None:
        if self.settings.model == "b":
            raise EngineError("no memory")
        self.events.append(f"start {self.settings.model}")

    monkeypatch.setattr(FakeServer, "start", start)
    with pytest.raises(EngineError, match="no memory"):
        keeper.take([settings("a"), settings("b")])
    assert FakeServer.events == ["start a", "stop a", "stop b"]


@pytest.mark.parametrize(
    ("has", "wanted", "does"),
    [
        (8192, 8192, True),
        (8192, 4096, True),
        (4096, 8192, False),
        (0, 8192, True),
        (8192, 0, False),
    ],
)
def test_a_server_with_more_room_does_for_a_recipe_that_needs_less(
    has: int, wanted: int, does: bool
) -> None:
    made, other = (
        EngineSettings(engine="vllm", root=Path("/"), var_dir=Path("/tmp"), context_length=room)
        for room in (has, wanted)
    )
    assert model_server.does_for(made, other) is does


def test_recipes_of_an_installation_from_before_keep_their_small_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.conf.settings.VAR_DIR", tmp_path)
    before = recipe("llama", "gemma-3-270m-q4_k_m")
    (made,) = model_server.engine_settings(before)
    assert made.model == before.model
    kept = tmp_path / "models" / "gemma-3-270m-q4_k_m.gguf"
    kept.parent.mkdir()
    kept.touch()
    (made,) = model_server.engine_settings(before)
    assert made.model == str(kept) and made.served_name == before.model
