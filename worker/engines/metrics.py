"""Read a model server's `/metrics` page (Prometheus text format, version 0.0.4)."""

import re
from dataclasses import dataclass
from typing import Final

_LINE: Final = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{.*\})?\s+(?P<value>\S+)", re.MULTILINE)

_PROMPT: Final = ("vllm:prompt_tokens_total", "llamacpp:prompt_tokens_total")
_COMPLETION: Final = ("vllm:generation_tokens_total", "llamacpp:tokens_predicted_total")
_RUNNING: Final = ("vllm:num_requests_running", "llamacpp:requests_processing")
_WAITING: Final = ("vllm:num_requests_waiting", "llamacpp:requests_deferred")
# llama.cpp counts tokens when a request ends, its steps as they come.
_STEPS: Final = ("llamacpp:n_decode_total",)
_PREEMPTED: Final = ("vllm:num_preemptions_total",)
_CACHE_USE: Final = ("vllm:kv_cache_usage_perc", "llamacpp:kv_cache_usage_ratio")
_CACHED: Final = ("vllm:prefix_cache_hits_total", "llamacpp:prompt_tokens_cached_total")


@dataclass(frozen=True, slots=True)
class ServerMetrics:
    """The load of a server; token counts run from the server's start.

    `tokens_per_second` counts completion tokens since the sample before, None for the first sample.
    """

    prompt_tokens: int
    cached_prompt_tokens: int
    completion_tokens: int
    running: int
    waiting: int
    tokens_per_second: float | None


@dataclass(frozen=True, slots=True)
class MetricsSample:
    """Counters at one moment (`at` in seconds of a monotonic clock). `preempted`: sequences that
    lost their place since the server's start; `cache_use`: the share of the KV cache in use.
    `counts_requests`: whether the page says how many run, or `running` is 0 for want of it.
    """

    at: float
    prompt_tokens: int
    cached_prompt_tokens: int
    completion_tokens: int
    running: int
    waiting: int
    steps: int = 0
    preempted: int = 0
    cache_use: float = 0.0
    is_vllm: bool = False
    counts_requests: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether the server says that it has no request."""
        return self.counts_requests and not self.running and not self.waiting

    @property
    def work(self) -> int:
        """What grows for as long as the server reads or writes."""
        return self.prompt_tokens + self.completion_tokens + self.steps

    def since(self, before: "MetricsSample | None") -> ServerMetrics:
        """These counters with the rate since `before`; a restarted server starts a new count."""
        rate = None
        if before is not None and self.at > before.at:
            tokens = self.completion_tokens - before.completion_tokens
            rate = (tokens if tokens >= 0 else self.completion_tokens) / (self.at - before.at)
        return ServerMetrics(
            self.prompt_tokens,
            self.cached_prompt_tokens,
            self.completion_tokens,
            self.running,
            self.waiting,
            rate,
        )


def read_metrics(text: str, *, at: float) -> MetricsSample:
    """Add up the series that we know, over all their labels; unknown series are left alone."""
    totals: dict[str, float] = {}
    for match in _LINE.finditer(text):
        try:
            value = float(match["value"])
        except ValueError:
            continue
        totals[match["name"]] = totals.get(match["name"], 0.0) + value

    def total(names: tuple[str, ...]) -> int:
        value = sum(totals.get(name, 0.0) for name in names)
        return int(value) if value == value and abs(value) < 1e18 else 0

    return MetricsSample(
        at=at,
        prompt_tokens=total(_PROMPT),
        cached_prompt_tokens=total(_CACHED),
        completion_tokens=total(_COMPLETION),
        running=total(_RUNNING),
        waiting=total(_WAITING),
        steps=total(_STEPS),
        preempted=total(_PREEMPTED),
        cache_use=min(max(sum(totals.get(name, 0.0) for name in _CACHE_USE), 0.0), 1.0),
        is_vllm=any(name.startswith("vllm:") for name in totals),
        counts_requests=not totals.keys().isdisjoint(_RUNNING),
    )
