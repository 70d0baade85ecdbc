"""Read what a model server answered: a completion, or why there is none.

The text is a model's and the body comes from another program: nothing in it is trusted.
"""

import json
import re
from dataclasses import dataclass
from typing import Final

_TOO_LONG: Final = re.compile(
    r"maximum context length|exceeds the available context|context size|context_length"
    r"|longer than the maximum|maximum model length|max_model_len|exceed_context_size",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CompletionResult:
    """A finished completion.

    `finish_reason` is `stop`, `length` or what else the server says; `stop_reason` the stop string
    that was met, where the server tells it (vLLM does). `seconds`: from sending to the last byte.
    """

    id: str
    text: str
    finish_reason: str
    stop_reason: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class CompletionFailure:
    """Why a request has no completion.

    `code` is one of `timeout`, `unreachable`, `server_error`, `bad_response` (retryable: tried
    again until patience ran out), `prompt_too_long`, `bad_request`, `response_too_large` (final).
    """

    id: str
    code: str
    message: str
    retryable: bool


class BadReply(ValueError):
    """A body with status 200 that is no completion."""


def parse_reply(request_id: str, body: bytes, *, seconds: float) -> CompletionResult:
    """Read an OpenAI `text_completion` or `chat.completion` object; raises `BadReply`."""
    try:
        data = json.loads(body)
        choice = data["choices"][0]
        text = choice["message"]["content"] if "message" in choice else choice["text"]
        usage = data.get("usage") or {}
        counts = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as exc:
        shown = body[:100].decode("utf-8", "replace")
        raise BadReply(f"the answer is no completion ({exc!r}): {shown!r}") from exc
    if not isinstance(text, str):
        raise BadReply(f"the completion's text is {type(text).__name__}, not a string")
    return CompletionResult(
        id=request_id,
        text=storable(text),
        finish_reason=str(choice.get("finish_reason") or "")[:50],
        stop_reason=storable(_stop_reason(choice.get("stop_reason"))),
        prompt_tokens=max(counts[0], 0),
        completion_tokens=max(counts[1], 0),
        seconds=seconds,
    )


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
    return status in (400, 413, 422) and _TOO_LONG.search(message) is not None


def _stop_reason(value: object) -> str:
    return "" if value is None else str(value)[:200]
