"""Answers that come as a stream though none was asked for: server-sent events, put together.

https://html.spec.whatwg.org/multipage/server-sent-events.html, as far as model servers use it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

_BEGINNINGS: Final = (b"data:", b"event:", b"id:", b"retry:", b":")
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_TEXTS: Final = ("content", "reasoning_content", "reasoning", "thinking")


class CutStreamError(ValueError):
    """The stream ended before it said that it was over."""


def is_stream(body: bytes) -> bool:
    """Whether a body is a stream of events."""
    return body[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_BEGINNINGS)


def put_together(body: bytes) -> dict[str, Any]:
    """One answer of all events: the pieces of each choice's text in their order, the last finish
    reason and the last counts. Raises ValueError for what is no such stream, CutStreamError for
    one without its end.
    """
    choices: dict[int, dict[str, Any]] = {}
    whole: dict[str, Any] = {"choices": []}
    is_over = False
    for event in _events(body):
        if event is None:
            is_over = True
            break
        if event.get("error") and not event.get("choices"):
            raise ValueError(f"the stream ended with an error: {json.dumps(event['error'])[:300]}")
        whole |= {name: event[name] for name in ("usage", "timings") if event.get(name)}
        for piece in event.get("choices") or ():
            _add(choices.setdefault(int(piece.get("index") or 0), {}), piece)
    if not is_over and not all(each.get("finish_reason") for each in choices.values()):
        raise CutStreamError("the stream was cut off")
    whole["choices"] = [{"index": index} | choices[index] for index in sorted(choices)]
    return whole


def _events(body: bytes) -> Iterator[dict[str, Any] | None]:
    """The object of each event; None for the one that says that the stream is over."""
    for line in _LINE_END.split(body.decode("utf-8-sig", "replace")):
        name, _, value = line.partition(":")
        if name.strip() != "data":
            continue
        if value.strip() == "[DONE]":
            yield None
            return
        event = json.loads(value)
        if isinstance(event, dict):
            yield event


def _add(choice: dict[str, Any], piece: dict[str, Any]) -> None:
    """A piece of a choice: `text` of a completion, `delta` (or a whole `message`) of a chat."""
    for name in ("finish_reason", "stop_reason", "error"):
        if piece.get(name) is not None:
            choice[name] = piece[name]
    if isinstance(piece.get("text"), str):
        choice["text"] = choice.get("text", "") + piece["text"]
    said = piece.get("delta") or piece.get("message")
    if isinstance(said, dict):
        message = choice.setdefault("message", {})
        for name in _TEXTS:
            if isinstance(said.get(name), str):
                message[name] = message.get(name, "") + said[name]
