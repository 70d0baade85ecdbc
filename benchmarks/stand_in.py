"""A model server that only pretends: vLLM's HTTP interface before a simulated H100.

    python -m benchmarks.stand_in [--slots 256] [--scale 4] [--tokens 500000]

Prints its port. Real: HTTP, the requests, the sizes of prompts and texts. Simulated: time, which
runs `scale` times as fast as the wall's, and what a 15B model does on an H100 (80 GB) under vLLM:

- `slots` sequences are worked on at once, further ones wait in the order of their coming;
- one token for each of b sequences takes 9.5 ms + 0.07 ms × b (30 GB of weights are read at 3.35
  TB/s, and each sequence's own cache), 9,300 tokens/s at 256;
- a prompt is read at 16,000 tokens/s (2 × 15e9 operations a token at half of 990 TFLOPS), during
  which nothing is written; what the prefix cache has is not read;
- the prefix cache has blocks of 16 tokens (4 characters each), the least recently used go first,
  with room for what the running sequences leave of `tokens`;
- lengths are lognormal: concepts 40 tokens (median, sigma 0.4), instructions 100 (0.5), responses
  320 (0.6), at most max_tokens; a quarter as many slots have a quarter of the speed.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import itertools
import json
import math
import random
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

BLOCK, TOKEN_CHARS = 16, 4
FULL_SLOTS = 256
STEP, STEP_EACH, READ_PER_SECOND = 0.0095, 0.00007, 16_000.0
LENGTHS = {"Concepts": (40, 0.4), "Instruction": (100, 0.5), "Response": (320, 0.6)}
SQL = "```sql\nSELECT count(*) FROM shops WHERE amount > 5;\n```\n"
WORDS = "It counts the rows of the shops that sold more than five, as was asked for. "


@dataclass(slots=True)
class Sequence:
    """One sequence: tokens to read and to write; told by `done`."""

    prompt: str
    tokens: int
    done: asyncio.Future[int]
    place: int = 0


@dataclass
class Figures:
    """Sums since the start, in simulated seconds and tokens."""

    busy: float = 0.0
    first: float = -1.0
    last: float = 0.0
    requests: int = 0
    answered: int = 0
    prompt: int = 0
    cached: int = 0
    output: int = 0
    waited_empty: float = 0.0
    most_running: int = 0


@dataclass
class Engine:
    """The simulated GPU: all running sequences get on together by one token a step."""

    slots: int
    scale: float
    tokens: int
    figures: Figures = field(default_factory=Figures)

    def __post_init__(self) -> None:
        self._waiting: deque[Sequence] = deque()
        self._running: list[tuple[float, int, Sequence]] = []
        self._numbers = itertools.count()
        self._cache: OrderedDict[int, None] = OrderedDict()
        self._written = self._reading = 0.0
        self._own_blocks = 0
        self._at = self._now()
        self._timer: asyncio.TimerHandle | None = None

    def _now(self) -> float:
        return time.monotonic() * self.scale

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def add(self, sequence: Sequence) -> None:
        self._advance()
        if self.figures.first < 0:
            self.figures.first = self._at
        self._waiting.append(sequence)
        self._schedule()

    def _step(self) -> float:
        """Seconds that a token of every sequence takes."""
        return STEP + STEP_EACH * len(self._running) * FULL_SLOTS / self.slots

    def _advance(self) -> None:
        """Go on to the present: one finished sequence after the other."""
        now = self._now()
        while self._running:
            end = self._at + self._reading + (self._running[0][0] - self._written) * self._step()
            self._pass(min(end, now))
            if end > now:
                break
            self._finish(heapq.heappop(self._running)[2])
            self._admit()
        self._at = now

    def _pass(self, until: float) -> None:
        spent = until - self._at
        read = min(self._reading, spent)
        self._reading -= read
        self._written += (spent - read) / self._step()
        self.figures.busy += spent * len(self._running)
        if not self._waiting:
            self.figures.waited_empty += spent
        self._at = until

    def _finish(self, sequence: Sequence) -> None:
        self._own_blocks -= sequence.tokens // BLOCK + 1
        self.figures.output += sequence.tokens
        self.figures.last = self._at
        if not sequence.done.done():
            sequence.done.set_result(sequence.place)

    def _admit(self) -> None:
        while self._waiting and len(self._running) < self.slots:
            sequence = self._waiting.popleft()
            total = math.ceil(len(sequence.prompt) / TOKEN_CHARS)
            cached = self._read(sequence.prompt)
            sequence.place = cached
            self._reading += (total - cached) / (READ_PER_SECOND * self.slots / FULL_SLOTS)
            self._own_blocks += sequence.tokens // BLOCK + 1
            end = self._written + sequence.tokens
            heapq.heappush(self._running, (end, next(self._numbers), sequence))
            self.figures.most_running = max(self.figures.most_running, len(self._running))

    def _read(self, prompt: str) -> int:
        """Tokens of the prompt that are in the cache; the whole of it is there from now on."""
        size, key, hits, is_hit = BLOCK * TOKEN_CHARS, 0, 0, True
        for start in range(0, len(prompt) - size, size):
            key = hash((key, prompt[start : start + size]))
            is_hit = is_hit and key in self._cache
            hits += is_hit
            self._cache[key] = None
            self._cache.move_to_end(key)
        room = max(self.tokens // BLOCK - self._own_blocks, 1)
        while len(self._cache) > room:
            self._cache.popitem(last=False)
        return hits * BLOCK

    def _schedule(self) -> None:
        self._admit()
        if self._timer:
            self._timer.cancel()
        if self._running:
            left = self._reading + (self._running[0][0] - self._written) * self._step()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(left, 0.0) / self.scale, self._wake)

    def _wake(self) -> None:
        self._advance()
        self._schedule()


class Server:
    """The pages of a vLLM server that Winnow asks."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine = engine
        self._draw = random.Random(seed)
        self._numbers = itertools.count(1)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests, one after the other."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *headers = head.decode("latin-1").split("\r\n")
                size = next(
                    (int(h.split(":")[1]) for h in headers if h.lower().startswith("content-len")),
                    0,
                )
                body = await reader.readexactly(size)
                answer = await self._answer(line.split()[1], body)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer))
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, body: bytes) -> bytes:
        match path:
            case "/v1/completions":
                return json.dumps(await self._complete(json.loads(body))).encode()
            case "/v1/models":
                return json.dumps({"data": [{"id": "stand-in", "owned_by": "vllm"}]}).encode()
            case "/metrics":
                return self._metrics().encode()
            case "/figures":
                return json.dumps(vars(self.engine.figures)).encode()
        return b"{}"

    async def _complete(self, asked: dict[str, Any]) -> dict[str, Any]:
        prompt, count = asked["prompt"], asked.get("n", 1)
        loop = asyncio.get_running_loop()
        sequences = [
            Sequence(prompt, self._length(prompt, asked["max_tokens"]), loop.create_future())
            for _ in range(count)
        ]
        for sequence in sequences:
            self.engine.add(sequence)
        places = [await sequence.done for sequence in sequences]
        total = math.ceil(len(prompt) / TOKEN_CHARS)
        figures = self.engine.figures
        figures.requests += 1
        figures.answered += asked["max_tokens"] > 1
        figures.prompt += total
        figures.cached += places[0]
        return {
            "choices": [
                {
                    "index": index,
                    "text": self._text(prompt, sequence.tokens),
                    "finish_reason": "stop",
                    "stop_reason": None,
                }
                for index, sequence in enumerate(sequences)
            ],
            "usage": {
                "prompt_tokens": total,
                "completion_tokens": sum(sequence.tokens for sequence in sequences),
                "prompt_tokens_details": {"cached_tokens": places[0]},
            },
        }

    def _length(self, prompt: str, most: int) -> int:
        median, sigma = LENGTHS[_stage(prompt)]
        return min(max(round(self._draw.lognormvariate(math.log(median), sigma)), 8), most)

    def _text(self, prompt: str, tokens: int) -> str:
        number, size = next(self._numbers), tokens * TOKEN_CHARS
        match _stage(prompt):
            case "Concepts":
                return f"counting rows, filtering by amount, shop {number}"
            case "Instruction":
                return f"Write query {number}: " + (WORDS * (size // len(WORDS) + 1))[:size]
        return SQL + (WORDS * (size // len(WORDS) + 1))[: max(size - len(SQL), 0)]

    def _metrics(self) -> str:
        figures = self.engine.figures
        return (
            f"vllm:num_requests_running {self.engine.running}\n"
            f"vllm:num_requests_waiting {self.engine.waiting}\n"
            f"vllm:prompt_tokens_total {figures.prompt}\n"
            f"vllm:generation_tokens_total {figures.output}\n"
            f"vllm:prefix_cache_hits_total {figures.cached}\n"
            "vllm:num_preemptions_total 0\n"
        )


def _stage(prompt: str) -> str:
    return next((name for name in LENGTHS if prompt.rstrip().endswith(f"### {name}")), "Response")


async def _serve(options: argparse.Namespace) -> None:
    engine = Engine(options.slots, options.scale, options.tokens * options.slots // FULL_SLOTS)
    server = Server(engine, options.seed)
    listening = await asyncio.start_server(
        server.serve, "127.0.0.1", options.port, limit=2**20, backlog=4096
    )
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--slots", type=int, default=FULL_SLOTS)
    parser.add_argument("--scale", type=float, default=4.0)
    parser.add_argument("--tokens", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
