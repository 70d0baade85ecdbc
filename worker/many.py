"""Many requests at once, each answer as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
)
from typing import TypeVar

_Request = TypeVar("_Request")
_Outcome = TypeVar("_Outcome")


async def each_answered(
    requests: AsyncIterable[_Request] | Iterable[_Request],
    ask: Callable[[_Request], Awaitable[_Outcome]],
    *,
    at_once: int,
) -> AsyncGenerator[_Outcome, None]:
    """What `ask` gives for each request, as it is ready. Requests are drawn only when there is
    room, so an endless stream is fine; what `ask` or their source raises is raised here.
    """
    source = _aiter(requests)
    drawing = asyncio.Lock()
    done: asyncio.Queue[tuple[_Outcome] | BaseException | None] = asyncio.Queue(maxsize=at_once)

    async def work() -> None:
        try:
            while True:
                async with drawing:
                    request = await anext(source, None)
                if request is None:
                    break
                await done.put((await ask(request),))
        except Exception as exc:  # noqa: BLE001 - handed to the consumer, which raises it
            await done.put(exc)
        await done.put(None)

    tasks = [asyncio.create_task(work()) for _ in range(at_once)]
    try:
        working = len(tasks)
        while working:
            item = await done.get()
            if item is None:
                working -= 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield item[0]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _aiter(
    requests: AsyncIterable[_Request] | Iterable[_Request],
) -> AsyncIterator[_Request]:
    if isinstance(requests, AsyncIterable):
        async for request in requests:
            yield request
    else:
        for request in requests:
            yield request
