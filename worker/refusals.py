"""What a server says when it does not answer, in the many shapes in which servers say it.

All of it is another program's text: read in part only, and kept as PostgreSQL can store it.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any, Final

NO_SUCH_PAGE: Final = frozenset({404, 405, 410, 501})
NO_LIST: Final = NO_SUCH_PAGE | {400, 403}
_MOST_BYTES: Final = 100_000
_MOST_HTML: Final = 20_000
_DEEPEST: Final = 5
_TOO_LONG: Final = re.compile(
    r"maximum context length|exceeds the available context|context size|context_length"
    r"|longer than the maximum|maximum model length|max_model_len|exceed_context_size"
    r"|model's context length|maximum input length|input is too long|too many (?:input )?tokens"
    r"|prompt (?:is )?too long|prompt length|context window|context limit|max_seq_len"
    r"|maximum allowed (?:input )?length|maximum sequence length|input length should be"
    r"|reduce (?:the length of|your prompt)|tokens? \+ `?max_(?:new_)?tokens"
    r"|token count exceeds|tokens? limit"
    r"|n_ctx|num_ctx|max_position_embeddings|超长|超过.{0,20}(?:长度|限制)"
    r"|context length|message too long|string too long|total number of tokens"
    r"|\b(?:prompt|inputs?|sequence)\b[^\n]{0,60}\b(?:exceeds?|too long|too large|longer than"
    r"|must have less than)\b",
    re.IGNORECASE,
)
# "Use 'max_completion_tokens' instead."
_OTHER_LIMIT: Final = re.compile(
    r"(?:unsupported|not supported|unknown|unrecognized|deprecated|instead).{0,200}"
    r"max_completion_tokens|max_completion_tokens.{0,80}instead",
    re.IGNORECASE | re.DOTALL,
)
# OpenAI's insufficient_quota and what others say with its status, 429: waiting mends none of them.
_NO_MONEY: Final = re.compile(
    r"insufficient[_ ](?:quota|balance|credits?|funds)|exceeded your current quota"
    r"|credit balance is too low|out of credits|billing|recharge|top up|余额不足|欠费",
    re.IGNORECASE,
)
_SAYS_WHEN: Final = re.compile(
    r"\b(?:retry|try again|reset)\b|per (?:minute|second|hour|day)|[tr]p[md]\b", re.IGNORECASE
)
# The first of these that says something: a more telling one first.
_SAYING: Final = (
    *("message", "detail", "details", "msg", "error_description", "error_message", "error_msg"),
    *("errors", "error", "status_msg", "base_resp", "reason", "title", "description"),
)


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot store: NUL and lone surrogates become U+FFFD."""
    cleaned = text.replace("\x00", "\ufffd")
    return cleaned.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def error_message(body: bytes) -> str:
    """The words inside an error body: JSON of any of the usual shapes, the first event of a stream,
    the text of an HTML page, or any other text.
    """
    text = body[:_MOST_BYTES].decode("utf-8", "replace").strip()
    data = _data(text)
    if data is not None:
        return storable(_words(data) or text)
    return storable(_page_text(text[:_MOST_HTML]) if text.startswith("<") else text)


def told_error(body: bytes) -> tuple[int, str]:
    """The status (0 where there is none) and words of an error that came with status 200; (0, "")
    for a body that is none.
    """
    data = _data(body[:_MOST_BYTES].decode("utf-8", "replace").strip())
    if not isinstance(data, dict) or data.get("choices"):
        return 0, ""
    error = data.get("error")
    code = error.get("code") if isinstance(error, dict) else data.get("code")
    is_status = str(code).isdecimal() and len(str(code)) == 3 and 400 <= int(str(code)) < 600
    return int(str(code)) if is_status else 0, storable(_words(data))


def refusal(status: int, message: str, *, api: str, model: str, is_listed: bool) -> str:
    """What a person can do about a server that refuses everything, with its own words. is_listed:
    whether its list of models has ours.
    """
    said = storable(message.removeprefix(f"HTTP {status}: ")[:500])
    words = f"(HTTP {status}: {said})" if said else f"(HTTP {status})"
    where = f"The model server at {api}"
    if status == 401:
        return f"{where} refuses our API key {words}. Set the key that the server was started with."
    if 300 <= status < 400:
        return f"{where} sends us on {words}. Set the address to where its interface is."
    if status in NO_SUCH_PAGE and not is_listed:
        return (
            f"{where} does not know the model {model!r}, or has no such page {words}. "
            f"Set the name that {api}/models lists, or another address."
        )
    if status in NO_SUCH_PAGE:
        return (
            f"{where} serves {model!r} and has no endpoint that we ask {words}. Set "
            "WINNOW_MODEL_INTERFACE to completions or chat, whichever it has."
        )
    is_long = "max_tokens" in said or "max_completion_tokens" in said
    if is_long or is_prompt_too_long(status, said):
        return f"{where} refuses every request {words}. Lower the recipe's --max-tokens."
    return f"{where} refuses every request {words}."


def is_prompt_too_long(status: int, message: str) -> bool:
    """Whether the refusal says that prompt and completion do not fit into the model's context."""
    return status in (400, 413, 422) and _TOO_LONG.search(message[:4000]) is not None


def wants_other_limit(status: int, message: str) -> bool:
    """Whether the refusal asks for `max_completion_tokens` in place of `max_tokens`."""
    return status in (400, 422) and _OTHER_LIMIT.search(message[:4000]) is not None


def is_without_money(status: int, message: str, *, retry_after: float) -> bool:
    """Whether a server that says it is too busy means an account that is used up."""
    if status != 429 or retry_after or _SAYS_WHEN.search(message[:4000]):
        return False
    return _NO_MONEY.search(message[:4000]) is not None


def _data(text: str) -> Any:
    """The JSON of a body or of its first server-sent event; None where there is none."""
    if text.startswith(("data:", "event:", ":", "id:", "retry:")):
        lines = (line.partition(":")[2] for line in text.splitlines() if line.startswith("data:"))
        text = next(lines, "")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _words(said: Any, depth: int = 0) -> str:
    """What a person can read of it; "" for nothing."""
    if isinstance(said, str):
        return said.strip()
    if depth > _DEEPEST:
        return ""
    if isinstance(said, list):
        return "; ".join(filter(None, (_words(each, depth + 1) for each in said[:3])))
    if not isinstance(said, dict):
        return ""
    error = said.get("error")
    first = _words(error, depth + 1) if isinstance(error, (dict, list)) else ""
    words = first or next(filter(None, (_words(said.get(k), depth + 1) for k in _SAYING)), "")
    return _with_place(words, said) or (str(said) if said and not depth else "")


def _with_place(words: str, said: dict[str, Any]) -> str:
    """The words with the parameter that they are about (FastAPI's `loc`), or with what the server
    behind a gateway said itself (`metadata.raw`).
    """
    place, behind = said.get("loc"), said.get("metadata")
    if words and isinstance(place, list):
        return f"{'.'.join(map(str, place[:5]))}: {words}"
    raw = behind.get("raw") if isinstance(behind, dict) else None
    return f"{words}: {raw}" if words and isinstance(raw, str) else words


class _Text(HTMLParser):
    """The text of a page without its scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _page_text(page: str) -> str:
    parser = _Text()
    parser.feed(page)
    return " ".join(" ".join(parser.parts).split()) or page
