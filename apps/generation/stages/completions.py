"""Where a completion ends, and whether it ended of itself. The text is hostile: any text at all.

A model that is not stopped goes on to an example of its own. What lies before that is complete,
whatever the finish reason says. What was stopped within a heading or a code block is not.
"""

from __future__ import annotations

import re

from apps.fewshot.validation import fence_states, has_open_fence
from apps.generation.stages.base import ParseFailure

MAX_COMPLETION = 60_000

_NEXT_EXAMPLE = re.compile(
    r"^## Example [0-9]+[ \t]*\n\s*### (?:Snippet|Property|Instruction)\b", re.MULTILINE
)
_LAST_HEADING = re.compile(r"^## Example [0-9]*\s*\Z", re.MULTILINE)
_OWN_HEADING = re.compile(r"^## Example [0-9]+[ \t]*$", re.MULTILINE)
_BARE_HEADING = re.compile(r"#+[ \t]*\Z")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_FINISHED = ("stop", "", None)


def finished_text(
    text: str,
    *,
    finish_reason: str | None,
    stop_reason: object = None,
    response_prefix: str = "",
    ends_at: re.Pattern[str] | None = None,
) -> str | ParseFailure:
    """The model's answer, response prefix included, without what follows it; else the reason.

    ends_at: a line outside code blocks at which the answer is over.
    Reasons: empty, too_long, cut_off.
    """
    if len(text) > MAX_COMPLETION:
        return ParseFailure("too_long", f"The completion has {len(text):,} characters.")
    written, ended = _without_what_follows(_clean(text), ends_at)
    if not written.strip():
        return ParseFailure("empty", "The model wrote nothing.")
    answer = (response_prefix + written).strip()
    if not ended and finish_reason not in _FINISHED:
        return ParseFailure("cut_off", f"The server ended the text early: {finish_reason}.")
    if has_open_fence(answer):
        return ParseFailure("cut_off", "The text ends within a code block.")
    if _BARE_HEADING.match(answer.rsplit("\n", 1)[-1]):
        return ParseFailure("cut_off", "The text ends within a heading.")
    if "## Example" in str(stop_reason or "") and _OWN_HEADING.search(answer):
        return ParseFailure("cut_off", "A stop string has cut the text at a heading of its own.")
    return answer


def without_heading(text: str, *names: str) -> str:
    """The text without a first line that only repeats what was asked for (`### Concepts`)."""
    pattern = rf"\s*(?:#+[ \t]*|\[|\*\*)?(?:{'|'.join(names)})[\]:*]*[ \t]*(?:\n|\Z)"
    return re.sub(rf"\A{pattern}", "", text, flags=re.IGNORECASE).strip()


def _without_what_follows(text: str, ends_at: re.Pattern[str] | None) -> tuple[str, bool]:
    """The text up to the next example or the line `ends_at`, and whether there was one."""
    following = _NEXT_EXAMPLE.search(text)
    if following:
        text = text[: following.start()]
    kept: list[str] = []
    for line, inside in fence_states(text.split("\n")):
        if ends_at and not inside and any(kept) and ends_at.match(line):
            return "\n".join(kept), True
        kept.append(line)
    return _LAST_HEADING.sub("", text), following is not None


def _clean(text: str) -> str:
    """Line ends as \\n, and without characters that PostgreSQL cannot store or nobody can see."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
