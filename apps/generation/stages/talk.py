"""What models write around an answer: thinking, tokens of their own, an outer fence, a preamble.

All of it is hostile text of any kind: every pattern here is linear.
"""

from __future__ import annotations

import re

from apps.fewshot.validation import fence_states, has_open_fence
from apps.generation.stages.base import ParseFailure

_THINKING = re.compile(r"\s*<(think|thinking|thought|reasoning)>", re.IGNORECASE)
_THOUGHT = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
# With which chat models end a turn or begin the next one; none of them is a word of SQL.
_END_TOKEN = re.compile(
    r"<[|｜](?:im_end|im_start|endoftext|end_of_text|eot_id|eom_id|start_header_id|end|user"
    r"|assistant|system|return|end▁of▁sentence)[|｜]>"
    r"|<(?:end_of_turn|start_of_turn|eos)>|\[/?INST\]"
)
_END_OF_SENTENCE = "</s>"
_TURN = re.compile(r"(?:#{1,4}[ \t]*)?(?:\*\*)?(?:Human|User)(?:\*\*)?:(?:\*\*)?(?:[ \t]|\Z)")
_FENCE_LINE = re.compile(r"[ \t]{0,3}(`{3,}|~{3,})[ \t]*([\w+-]*)[ \t]*")
_TEXT_FENCES = frozenset(("", "text", "txt", "plaintext", "plain"))
_MARKDOWN_FENCES = frozenset(("markdown", "md"))
_ANNOUNCES = re.compile(
    r"(?:sure|certainly|of course|absolutely|okay|ok|great|here(?:'s|’s| is| are)|below"
    r"|the following|this is|based on|using the|given the|let me|i'll|i will|i have)\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\b(?:task|instruction|exercise|challenge|assignment|prompt|request|problem|scenario)s?\b",
    re.IGNORECASE,
)
_MOST_ANNOUNCED = 240


def without_thinking(text: str) -> str | ParseFailure:
    """The text without the thinking at its start, also where only its end is marked (servers that
    put the opening tag into the prompt). Reason: cut_off, where the thinking never ends.
    """
    while opened := _THINKING.match(text):
        closed = _THOUGHT.search(text, opened.end())
        if closed is None:
            return ParseFailure("cut_off", "The text ends within the model's thinking.")
        text = text[closed.end() :]
    closed = _THOUGHT.search(text)
    # A tag that opens later belongs to what was asked for, an HTML column perhaps.
    if closed and "<" + closed[0][2:].lower() not in text[: closed.start()].lower():
        text = text[closed.end() :]
    return text


def without_end_tokens(text: str) -> tuple[str, bool]:
    """The text before the first token with which a model ends its turn; whether there is one."""
    found = _END_TOKEN.search(text)
    end = found.start() if found else len(text)
    sentence = text.find(_END_OF_SENTENCE, 0, end)
    if sentence >= 0 and "<s>" not in text[:sentence]:
        end = sentence
    return text[:end], end < len(text)


def begins_turn(line: str) -> bool:
    """Whether a line is the next turn of a conversation, written as text (`Human: …`)."""
    return _TURN.match(line) is not None


def without_outer_fence(text: str) -> str:
    """The text of an answer that stands in a fence as a whole; any other text as it is.

    A fence named markdown is always such a one. One without a name or of plain text is, where
    fences lie within it: alone it is a part of the answer.
    """
    lines = text.strip().split("\n")
    first = _FENCE_LINE.fullmatch(lines[0])
    if first is None or len(lines) < 2 or lines[-1].strip() != first[1]:
        return text
    name, inner = first[2].lower(), "\n".join(lines[1:-1])
    if has_open_fence(inner):
        return text
    named = any(_is_named_fence(line) for line in lines[1:-1])
    if name in _MARKDOWN_FENCES or (name in _TEXT_FENCES and named):
        return inner.strip("\n")
    return text


def without_plain_fence(text: str) -> str:
    """The text without its fences of plain text around short answers (```` ```text ````)."""
    lines = text.strip().split("\n")
    first = _FENCE_LINE.fullmatch(lines[0])
    if first is None or first[2].lower() not in _TEXT_FENCES | _MARKDOWN_FENCES:
        return text
    inside = [line for line, fenced in fence_states(lines) if fenced]
    closed = len(inside) > 1 and inside[-1].strip() == first[1]
    return "\n".join(inside[1:-1] if closed else inside[1:])


def without_announcement(text: str) -> str:
    """The text without a first paragraph that only announces it ("Here is a task …:")."""
    first, _, rest = text.strip().partition("\n")
    line = first.strip()
    announces = len(line) <= _MOST_ANNOUNCED and line.rstrip("*").endswith((":", "!", "："))
    if not (rest.strip() and announces and _ANNOUNCES.match(line) and _SUBJECT.search(line)):
        return text
    return rest.strip()


def _is_named_fence(line: str) -> bool:
    match = _FENCE_LINE.fullmatch(line)
    return match is not None and bool(match[2])
