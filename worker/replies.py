"""Read what a model server answered: a completion, or why there is none.

The text is a model's and the body comes from another program: nothing in it is trusted.
"""

import json
from dataclasses import dataclass, replace
from typing import Any, Final

from worker import streams
from worker.refusals import storable, told_error

_MOST_TOKENS: Final = 100_000_000
"""Whatever a server counts: more than fits into the column would stop its unit."""

_ECHO: Final = 200
"""Nobody writes a prompt of so many characters by chance."""


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

    def without(self, prompt: str) -> "CompletionResult":
        """The same where a server says the prompt once more before what the model wrote."""
        if len(prompt) < _ECHO or not all(each.text.startswith(prompt) for each in self.samples):
            return self
        own = (replace(each, text=each.text[len(prompt) :]) for each in self.samples)
        return replace(self, samples=tuple(own))


@dataclass(frozen=True, slots=True)
class CompletionFailure:
    """Why a request has no completion.

    `code` is one of `timeout`, `unreachable`, `busy`, `server_error`, `bad_response` (tried again
    until patience ran out; then final where the server answers other prompts),
    `prompt_too_long`, `bad_request`, `response_too_large` (final). `status` is HTTP's, 0 without
    one; `retry_after` seconds that the server asked to wait. `is_dropped`: the server had taken
    the request and hung up.
    """

    id: str
    code: str
    message: str
    retryable: bool
    status: int = 0
    retry_after: float = 0.0
    is_dropped: bool = False


class BadReply(ValueError):
    """A body with status 200 that is no completion."""


def parse_reply(
    request_id: str, body: bytes, *, seconds: float, samples: int = 1
) -> CompletionResult:
    """Read an OpenAI `text_completion` or `chat.completion` object, or a stream of its pieces;
    raises `BadReply`.

    What a reasoning model thought is kept in front of the text, as other models write it. A choice
    without a text, or with an index that was not asked for, is left out; where the server gives
    none, or several the same, choices are numbered as they stand. Counts that are none are 0.
    """
    try:
        data = streams.put_together(body) if streams.is_stream(body) else _loaded(body)
        choices = list(data["choices"])
        read = _samples(choices, samples)
        first = choices[0]
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as exc:
        shown = told_error(body)[1] or repr(body[:100].decode("utf-8", "replace"))
        raise BadReply(f"the answer is no completion ({exc!r}): {shown}") from exc
    if not read:
        raise BadReply(_no_text(first))
    usage = data.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return CompletionResult(
        id=request_id,
        samples=tuple(read[index] for index in sorted(read)),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        cached_tokens=_cached_tokens(data, usage),
        completion_tokens=_count(usage.get("completion_tokens")),
        seconds=seconds,
    )


def _loaded(body: bytes) -> dict[str, Any]:
    """The JSON of a body. A character that a server has cut in two costs that character only."""
    try:
        data = json.loads(body)
    except UnicodeDecodeError:
        data = json.loads(body.decode("utf-8", "replace"))
    if not isinstance(data, dict):
        raise TypeError(f"a {type(data).__name__}")
    return data


def _samples(choices: list[Any], samples: int) -> dict[int, Sample]:
    """The texts by their index, of at most so many samples."""
    found: dict[int, Sample] = {}
    for choice, index in zip(choices, _indices(choices), strict=True):
        text = _text_of(choice) if index is not None else None
        if index is None or not isinstance(text, str) or not 0 <= index < samples:
            continue
        found[index] = Sample(
            index=index,
            text=storable(text),
            finish_reason=storable(_reason(choice.get("finish_reason"))[:50]),
            stop_reason=storable(_stop_reason(choice.get("stop_reason"))),
        )
    return found


def _indices(choices: list[Any]) -> list[int | None]:
    """The index of each choice; None where it is none."""
    told = [choice.get("index") if isinstance(choice, dict) else None for choice in choices]
    numbers = [index for index in told if index is not None]
    if len(numbers) < len(told) or len(set(map(str, numbers))) < len(numbers):
        return list(range(len(choices)))
    return [_whole(index) for index in numbers]


def _whole(value: object) -> int | None:
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return int(str(value)) if str(value).isdecimal() and len(str(value)) < 10 else None


def _text_of(choice: object) -> object:
    """A choice's text, whichever field has it; None where there is none, or an error beside it:
    what was written until then is not the answer.
    """
    if not isinstance(choice, dict) or choice.get("error"):
        return None
    for name in ("message", "delta"):
        if isinstance(choice.get(name), dict):
            return _with_thinking(choice[name])
    text = choice.get("text")
    return choice.get("message") if text is None else text


def _reason(value: object) -> str:
    """A finish reason; some servers give an object with its `type`."""
    if isinstance(value, dict):
        value = value.get("type") or value.get("reason")
    return str(value or "")


def _count(value: Any) -> int:
    """A count of tokens, within what the column holds; 0 for anything that is none."""
    try:
        return min(max(int(value or 0), 0), _MOST_TOKENS)
    except (ValueError, TypeError, OverflowError):
        return 0


def _cached_tokens(data: dict[str, Any], usage: dict[str, Any]) -> int | None:
    """Tokens of the prompt that the server had read before: OpenAI's and vLLM's
    `prompt_tokens_details` (vLLM: with --enable-prompt-tokens-details), llama.cpp's `timings`.
    """
    details = usage.get("prompt_tokens_details")
    if isinstance(details, dict) and details.get("cached_tokens") is not None:
        return _count(details["cached_tokens"])
    timings = data.get("timings")
    if isinstance(timings, dict) and timings.get("cache_n") is not None:
        return _count(timings["cache_n"])
    return None


def _with_thinking(message: dict[str, Any]) -> object:
    """The content of a chat message, behind `<think>` where the server gives thinking apart: in a
    field of its own, or as a part of the content.
    """
    content, parts = message.get("content"), []
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict)]
        content = "".join(_part(part, "text") for part in parts)
    fields = (message.get(name) for name in ("reasoning_content", "reasoning", "thinking"))
    thought = next((each for each in fields if isinstance(each, str) and each), "")
    thought = thought or "".join(_part(part, "thinking") for part in parts)
    if not thought:
        return content
    if not isinstance(content, str) or not content:
        return f"<think>\n{thought}"
    return f"<think>\n{thought}\n</think>\n{content}"


def _part(part: dict[str, Any], kind: str) -> str:
    """The text of one part of a content; Mistral's thinking is a list of such parts itself."""
    inner = part.get(kind)
    if isinstance(inner, list):
        return "".join(_part(each, "text") for each in inner if isinstance(each, dict))
    return inner if isinstance(inner, str) else ""


def _no_text(choice: object) -> str:
    """Why an answer has no text, in the server's own words where it has any."""
    if not isinstance(choice, dict):
        return "the answer has no text"
    message, error = choice.get("message"), choice.get("error")
    said = message.get("refusal") if isinstance(message, dict) else None
    said = said or (error.get("message") if isinstance(error, dict) else error)
    reason = said or f"finish_reason {choice.get('finish_reason')}"
    return storable(f"the answer has no text: {reason}"[:500])


def _stop_reason(value: object) -> str:
    return "" if value is None else str(value)[:200]
