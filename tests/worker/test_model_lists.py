"""Lists of models as all kinds of servers give them."""

from __future__ import annotations

import asyncio

import pytest

from tests.worker.fake_server import FakeServer, says
from worker import saying
from worker.client import ModelClient
from worker.engines.errors import EngineSetupError


def check(fake: FakeServer, model: str = "m") -> None:
    async def go() -> None:
        async with ModelClient(fake.url, model=model) as client:
            await client.check()

    asyncio.run(go())


@pytest.mark.parametrize(
    "shown",
    [
        {"data": [{"id": "other"}, {"id": "m"}]},
        [{"id": "m"}],
        ["other", "m"],
        {"models": [{"name": "m"}]},
        {"models": ["m"]},
        {"data": [{"model": "m"}]},
        {"data": [{"id": "models/m"}]},
        {"data": [{"id": "m:latest"}]},
        {"object": "list", "data": [{"id": "m", "owned_by": None}, None, 7]},
    ],
)
def test_a_model_is_found_in_a_list_of_any_shape(fake: FakeServer, shown: object) -> None:
    fake.always = says({"error": "nothing is to be asked"}, status=500)
    fake.pages["/v1/models"] = says(shown)
    check(fake)
    assert not fake.asked


def test_a_provider_behind_the_name_belongs_to_a_router(fake: FakeServer) -> None:
    fake.pages["/v1/models"] = says({"data": [{"id": "org/m"}]})
    check(fake, "org/m:fast")
    with pytest.raises(EngineSetupError, match="does not serve the model 'org/n:fast'"):
        check(fake, "org/n:fast")


@pytest.mark.parametrize(
    "shown",
    [
        {"data": []},
        {"object": "list", "data": None},
        {"data": [{"id": "other"}], "has_more": True},
        {"models": [{"name": "other"}], "nextPageToken": "x"},
    ],
)
def test_a_list_that_names_nothing_or_goes_on_says_nothing_of_a_model(
    fake: FakeServer, shown: object
) -> None:
    fake.pages["/v1/models"] = says(shown)
    check(fake)


@pytest.mark.parametrize("page", [b"<html>Welcome</html>", b"ok", b'{"status": "ok"}', b"", b"[7]"])
def test_a_server_that_answers_prompts_needs_no_list(fake: FakeServer, page: bytes) -> None:
    fake.pages["/v1/models"] = says(page)
    check(fake)
    fake.always = says({"error": {"message": "no"}}, status=403)
    with pytest.raises(EngineSetupError, match="no OpenAI-compatible list of models"):
        check(fake)


def test_what_stands_in_place_of_a_list_is_told(fake: FakeServer) -> None:
    fake.pages["/v1/models"] = fake.always = says({"error": {"message": "token has expired"}})
    with pytest.raises(EngineSetupError, match="it says: token has expired"):
        check(fake)


def test_who_owns_the_models_is_known_whatever_the_shape() -> None:
    told = saying.listed(b'[{"id": "m", "owned_by": "vllm"}]')
    assert told.owners == {"vllm"} and told.has("m") and not told.has("n")


def test_messages_name_no_password_of_an_address_and_no_key(fake: FakeServer) -> None:
    host = fake.url.removeprefix("http://")
    fake.always = fake.pages["/v1/models"] = says({"error": "no"}, status=401)

    async def go(key: str) -> None:
        async with ModelClient(f"http://me:secret@{host}/v1", model="m", api_key=key) as client:
            await client.check()

    with pytest.raises(EngineSetupError, match="refuses our API key") as told:
        asyncio.run(go("k-123\n"))
    assert "secret" not in str(told.value) and host in str(told.value)
    with pytest.raises(EngineSetupError, match="characters that no key has") as told:
        asyncio.run(go("k-\n123"))
    assert "123" not in str(told.value)
