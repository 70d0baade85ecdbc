"""Where a completion ends, and whether it ended of itself. The text is hostile: any text at all.

A model that is not stopped goes on to an example of its own. What lies before that is complete,
whatever the finish reason says. What was stopped within a heading or a code block is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from apps.fewshot.validation import fence_states, has_open_fence
from apps.generation.plain import plain_text
from apps.generation.stages.base import ParseFailure
from apps.generation.stages.fences import with_usual_fences, without_dangling_fence
from apps.generation.stages.talk import (
    begins_turn,
    without_announcement,
    without_end_tokens,
    without_outer_fence,
)
from apps.generation.stages.thinking import (
    without_inner_thinking,
    without_thinking,
    without_wrapping,
)

MAX_COMPLETION = 60_000

_NEXT_EXAMPLE = re.compile(
    r"^## Example [0-9]+[ \t]*\n\s*### (?:Snippet|Tables|Property|Instruction)\b", re.MULTILINE
)
_LAST_HEADING = re.compile(r"^## Example [0-9]*\s*\Z", re.MULTILINE)
_OWN_HEADING = re.compile(r"^## Example [0-9]+[ \t]*$", re.MULTILINE)
_BARE_HEADING = re.compile(r"#+[ \t]*\Z")
# What servers say of a text that ended of itself, beside OpenAI's "stop".
_FINISHED = frozenset(
    ("stop", "", "none", "null", "eos", "eos_token", "eos_found", "end", "end_turn", "end_of_turn")
    + ("stop_sequence", "stop_str", "stop_token", "complete", "completed", "finished", "done")
    + ("normal",)
)


def finished_text(
    text: str,
    *,
    finish_reason: str | None,
    stop_reason: object = None,
    response_prefix: str = "",
    ends_at: Callable[[str], object] = lambda _: False,
    ends_after_code_at: Callable[[str], object] = lambda _: False,
) -> str | ParseFailure:
    """The model's answer, response prefix included, without its thinking, without what follows it
    and out of a fence around the whole of it; else the reason.

    ends_at: says of a line outside code blocks whether the answer is over there;
    ends_after_code_at: the same of a line below the first code block.
    Reasons: empty, too_long, cut_off.
    """
    thought_of = without_thinking(text)
    if isinstance(thought_of, ParseFailure):
        return thought_of
    if len(thought_of) > MAX_COMPLETION:
        return ParseFailure("too_long", f"The completion has {len(thought_of):,} characters.")
    own = with_usual_fences(without_inner_thinking(plain_text(thought_of)))
    written, ended = _without_what_follows(own, ends_at, ends_after_code_at)
    if not written.strip():
        return ParseFailure("empty", "The model wrote nothing.")
    answer = _begun(response_prefix, without_wrapping(written)).strip()
    for _ in range(2):
        answer = without_outer_fence(answer).strip()
    if not ended and not _is_finished(finish_reason):
        return ParseFailure("cut_off", f"The server ended the text early: {finish_reason}.")
    answer = answer if stop_reason else without_dangling_fence(answer)
    if has_open_fence(answer):
        return ParseFailure("cut_off", "The text ends within a code block.")
    if _BARE_HEADING.match(answer.rsplit("\n", 1)[-1]):
        return ParseFailure("cut_off", "The text ends within a heading.")
    if "## Example" in str(stop_reason or "") and _OWN_HEADING.search(answer):
        return ParseFailure("cut_off", "A stop string has cut the text at a heading of its own.")
    return answer


def _begun(prefix: str, written: str) -> str:
    """The answer with the prefix that it was begun with; a server that begins it anew says that
    itself, behind talk perhaps.
    """
    own = prefix.strip()
    if not own or written.lstrip().startswith(own):
        return written if own else prefix + written
    announced = without_announcement(written)
    return announced if announced.startswith(own) else prefix + written


def _is_finished(reason: str | None) -> bool:
    told = (reason or "").strip().lower().removeprefix("finish_reason_")
    return told.removeprefix("finishreason.") in _FINISHED


def without_heading(text: str, *names: str) -> str:
    """The text without a heading that only repeats what was asked for: a first line of its own
    (`### Concepts`), or words with a colon before the text (`Task: …`).
    """
    name = rf"(?:{'|'.join(names)})"
    pattern = rf"\s*(?:#+[ \t]*|\[|\*\*)?{name}(?:[\]:*]*[ \t]*(?:\n|\Z)|(?:\*\*)?:(?:\*\*)?[ \t]+)"
    return re.sub(rf"\A{pattern}", "", text, flags=re.IGNORECASE).strip()


def _without_what_follows(
    text: str, ends_at: Callable[[str], object], ends_after_code_at: Callable[[str], object]
) -> tuple[str, bool]:
    """The text up to the end of the turn, the next example, the next turn or the line that
    `ends_at` names, or the other one behind code, and whether there was one.
    """
    text, ended = without_end_tokens(text)
    following = _NEXT_EXAMPLE.search(text)
    if following:
        text = text[: following.start()]
    kept: list[str] = []
    has_begun = has_code = False
    for line, inside in fence_states(text.split("\n")):
        if not inside and has_begun and _is_over(line, kept[-1], ends_at):
            return "\n".join(kept), True
        if not inside and has_code and ends_after_code_at(line):
            return "\n".join(kept), True
        kept.append(line)
        has_begun, has_code = has_begun or bool(line), has_code or inside
    return _LAST_HEADING.sub("", text), ended or following is not None


def _is_over(line: str, before: str, ends_at: Callable[[str], object]) -> bool:
    if ends_at(line):
        return True
    return not before.strip() and begins_turn(line)
