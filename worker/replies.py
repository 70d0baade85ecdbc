"""Read what a model server answered: a completion, or why there is none.

The text is a model's and the body comes from another program: nothing in it is trusted.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

_TOO_LONG: Final = re.compile(
    r"maximum context length|exceeds the available context|context size|context_length"
    r"|longer than the maximum|maximum model length|max_model_len|exceed_context_size"
    r"|model's context length|maximum input length|input is too long|too many input tokens",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One text that was sampled. `index`: its place among the request's samples.

    `finish_reason` is `stop`, `length` or what else the server says; `stop_reason` the stop string
    that was met, where the server tells it (vLLM does).
    """

    index: int
    text: str
    finish_reason: str
    stop_reason: str


@dataclass(frozen=True, slots=True)
class CompletionResult:
    """An answer: at least one sample, at most as many as were asked for, each with its own index.

    Tokens are those of the whole answer; `cached_tokens` of the prompt's had been read before,
    None where the server does not say. `seconds`: from sending to the last byte.
    """

    id: str
    samples: tuple[Sample, ...]
    prompt_tokens: int
    cached_tokens: int | None
    completion_tokens: int
    seconds: float

    @property
    def text(self) -> str:
        """The first sample's text."""
        return self.samples[0].text

    @property
    def finish_reason(self) -> str:
        return self.samples[0].finish_reason

    @property
    def stop_reason(self) -> str:
        return self.samples[0].stop_reason


@dataclass(frozen=True, slots=True)
class CompletionFailure:
    """Why a request has no completion.

    `code` is one of `timeout`, `unreachable`, `busy`, `server_error`, `bad_response` (tried again
    until patience ran out; then final where the server answers other prompts),
    `prompt_too_long`, `bad_request`, `response_too_large` (final). `status` is HTTP's, 0 without
    one; `retry_after` seconds that the server asked to wait.
    """

    id: str
    code: str
    message: str
    retryable: bool
    status: int = 0
    retry_after: float = 0.0


class BadReply(ValueError):
    """A body with status 200 that is no completion."""


def parse_reply(
    request_id: str, body: bytes, *, seconds: float, samples: int = 1
) -> CompletionResult:
    """Read an OpenAI `text_completion` or `chat.completion` object; raises `BadReply`.

    What a reasoning model thought is kept in front of the text, as other models write it. A choice
    without a text, or with an index that was not asked for, is left out.
    """
    try:
        data = json.loads(body)
        choices = data["choices"][:samples]
        texts = [_text_of(choice) for choice in choices]
        usage = data.get("usage") or {}
        counts = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
        cached = _cached_tokens(data, usage)
        read = {
            index: Sample(
                index=index,
                text=storable(text),
                finish_reason=str(choice.get("finish_reason") or "")[:50],
                stop_reason=storable(_stop_reason(choice.get("stop_reason"))),
            )
            for choice, text in zip(choices, texts, strict=True)
            if isinstance(text, str) and 0 <= (index := int(choice.get("index") or 0)) < samples
        }
        first = choices[0]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as exc:
        shown = body[:100].decode("utf-8", "replace")
        raise BadReply(f"the answer is no completion ({exc!r}): {shown!r}") from exc
    if not read:
        raise BadReply(_no_text(first))
    return CompletionResult(
        id=request_id,
        samples=tuple(read[index] for index in sorted(read)),
        prompt_tokens=max(counts[0], 0),
        cached_tokens=cached,
        completion_tokens=max(counts[1], 0),
        seconds=seconds,
    )


def _text_of(choice: dict[str, Any]) -> object:
    return _with_thinking(choice["message"]) if "message" in choice else choice["text"]


def _cached_tokens(data: dict[str, Any], usage: dict[str, Any]) -> int | None:
    """Tokens of the prompt that the server had read before: OpenAI's and vLLM's
    `prompt_tokens_details` (vLLM: with --enable-prompt-tokens-details), llama.cpp's `timings`.
    """
    details = usage.get("prompt_tokens_details")
    if isinstance(details, dict) and details.get("cached_tokens") is not None:
        return max(int(details["cached_tokens"]), 0)
    timings = data.get("timings")
    if isinstance(timings, dict) and timings.get("cache_n") is not None:
        return max(int(timings["cache_n"]), 0)
    return None


def _with_thinking(message: dict[str, object]) -> object:
    """The content of a chat message, behind `<think>` where the server gives thinking apart."""
    content = message["content"]
    thought = message.get("reasoning_content") or message.get("reasoning")
    if not isinstance(thought, str):
        return content
    if not isinstance(content, str) or not content:
        return f"<think>\n{thought}"
    return f"<think>\n{thought}\n</think>\n{content}"


def _no_text(choice: dict[str, object]) -> str:
    """Why an answer has no text, in the server's own words where it has any."""
    message = choice.get("message")
    said = message.get("refusal") if isinstance(message, dict) else None
    reason = said or f"finish_reason {choice.get('finish_reason')}"
    return storable(f"the answer has no text: {reason}")


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot store: NUL and lone surrogates become U+FFFD."""
    cleaned = text.replace("\x00", "\ufffd")
    return cleaned.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def error_message(body: bytes) -> str:
    """The message inside an error body, `{"error": {"message": …}}` or any other text."""
    text = body[:10_000].decode("utf-8", "replace")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return text.strip()
    error = data.get("error", data) if isinstance(data, dict) else data
    if isinstance(error, dict):
        return str(error.get("message") or error)
    return str(error)


def is_prompt_too_long(status: int, message: str) -> bool:
    """Whether the refusal says that prompt and completion do not fit into the model's context."""
    return status in (400, 413, 422) and _TOO_LONG.search(message[:4000]) is not None


def _stop_reason(value: object) -> str:
    return "" if value is None else str(value)[:200]
