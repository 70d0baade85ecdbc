"""What a reasoning model thinks before its answer, in the markup of many models, and the tokens and
tags that it opens an answer with. All of it is hostile text: every pattern here is linear.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from apps.fewshot.validation import open_fence
from apps.generation.stages.base import ParseFailure

# `<think>`, `<seed:think>`, `<ant_thinking>`, `<internal_monologue>`, …
_NAME = (
    r"(?:[a-z]{1,20}[:_])?"
    r"(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad|analysis|monologue|cot"
    r"|chain_of_thoughts?|plan(?:ning)?|brainstorm(?:ing)?|deliberation|rationale)"
    r"(?:_(?:process|content|block|text|steps))?"
)


class _Marks(NamedTuple):
    """How thinking begins and ends. is_safe: its end means thinking also where nobody sees the
    beginning (servers that put that into the prompt). is_sure: its beginning does where nobody
    sees the end.
    """

    begins: re.Pattern[str]
    ends: re.Pattern[str]
    is_safe: bool = True
    is_sure: bool = True


def _marks(begins: str, ends: str, *, is_safe: bool = True, is_sure: bool = True) -> _Marks:
    begin, end = re.compile(begins, re.IGNORECASE), re.compile(ends, re.IGNORECASE)
    return _Marks(begin, end, is_safe, is_sure)


_MARKUP = r"(?:#{1,4}[ \t]+|\*\*)?"
_MARKS: Final = (
    _marks(
        rf"(?:\*\*)?(?:<|&lt;)({_NAME})(?:[ \t][^<>\n]{{0,200}})?(?:(?<!/)>|&gt;)(?:\*\*)?",
        rf"(?:\*\*)?(?:<|&lt;)/({_NAME})(?:>|&gt;)(?:\*\*)?",
    ),
    _marks(rf"`{{3,4}}({_NAME})[ \t]*\n", r"\n`{3,4}[ \t]*(?=\n|\Z)", is_safe=False),
    _marks(
        rf"<[|｜](?:start_|begin[_▁]of[_▁])?({_NAME})[|｜]>",
        rf"<[|｜](?:/|end_|end[_▁]of[_▁])({_NAME})[|｜]>",
    ),
    _marks(rf"<[|｜]({_NAME})[_▁](?:start|begin)[|｜]>", rf"<[|｜]({_NAME})[_▁](?:end|stop)[|｜]>"),
    _marks(r"\[(think(?:ing)?|thoughts?)\]", r"\[/(think(?:ing)?|thoughts?)\]"),
    _marks(r"◁(think)▷", r"◁/(think)▷"),
    _marks(r"<(unused94)>", r"<unused95>"),
    _marks(r"<\|channel>(thought|analysis)", r"<channel\|>", is_safe=False),
    _marks(r"<(details)[ \t]+type=\"?reasoning[^<>\n]{0,200}>", r"</details>", is_safe=False),
    _marks(
        r"<(details)[^<>\n]{0,200}>\s{0,9}<summary>[^<>\n]{0,80}(?:think|thought)[^<>\n]{0,80}"
        r"</summary>",
        r"</details>",
        is_safe=False,
    ),
    # As a heading, up to one of what was asked for.
    _marks(
        rf"{_MARKUP}(think(?:ing)?|thoughts?)(?:[ \t]+process)?(?:\*\*)?:(?:\*\*)?(?=\s)",
        rf"\n{_MARKUP}(?:final[ \t]+(?:answer|output|response|instruction)|answer|output"
        r"|instruction|task|concepts|response)(?:\*\*)?:(?:\*\*)?(?=\s)",
        is_safe=False,
        is_sure=False,
    ),
    _marks(r"\*{0,2}(thought) for [^\n]{0,40}(?=\n)", r"\n", is_safe=False),
    _marks(r"<\|im_start\|>(think(?:ing)?|thought)\n", r"<\|im_end\|>", is_safe=False),
    # gpt-oss: https://cookbook.openai.com/articles/openai-harmony
    _marks(
        r"(?:<\|start\|>assistant)?<\|channel\|>(analysis|commentary)[^<>\n]{0,200}<\|message\|>",
        r"<\|end\|>",
        is_safe=False,
    ),
)
# The same where a server has left the tokens out: the names of channels stand alone.
_BARE = ("analysis", "assistantfinal")
_OPENING = re.compile(
    rf"\s*(?:<{_NAME}[ \t]{{0,4}}/>|"
    r"<[|｜](?:im_start|start|start_header_id|header_start|start_of_role|channel|message|assistant"
    r"|model|end_header_id|header_end|end_of_role|begin_of_solution|begin_of_answer"
    r"|start_response|begin_of_text|startoftext|begin▁of▁sentence|im_sep"
    r"|reserved_special_token_[0-9]{1,4})[|｜]>"
    r"(?:(?:assistant|model|final|answer)(?=\s|<|\Z))?"
    r"|<start_of_turn>(?:model|assistant)?|<(?:s|bos)>|\[/?INST\]"
    r"|(?:#{1,4}[ \t]*)?(?:\*\*)?Assistant(?:\*\*)?:(?:\*\*)?(?=\s)"
    r")",
    re.IGNORECASE,
)
_INNER = re.compile(r"[ \t]{0,4}<(think(?:ing)?|thoughts?)>", re.IGNORECASE)
_INNER_ENDS = re.compile(r"</(?:think(?:ing)?|thoughts?)>", re.IGNORECASE)
_WRAPPED = re.compile(
    r"\s*<(final_answer|answer|final|response|output|result|instruction|task|question|problem"
    r"|solution)>",
    re.IGNORECASE,
)


def without_thinking(text: str) -> str | ParseFailure:
    """The text without the thinking at its start, also where only its end is marked, and without
    the tokens that open the answer. Reason: cut_off, where the thinking never ends.
    """
    start, marks = 0, _begun(text, 0)
    while marks:
        closed = marks[0].ends.search(text, marks[1])
        if closed is None and not marks[0].is_sure:
            break
        if closed is None:
            return ParseFailure("cut_off", "The text ends within the model's thinking.")
        start = closed.end()
        marks = _begun(text, start)
    start = max(start, _only_ended(text, start))
    if text.startswith(_BARE[0], start) and _BARE[1] in text:
        start = text.index(_BARE[1]) + len(_BARE[1])
    return without_opening(text, start)


def without_opening(text: str, start: int = 0) -> str:
    """The text from `start` on without tokens that open an answer."""
    while opened := _OPENING.match(text, start):
        start = opened.end()
    return text[start:]


def without_inner_thinking(text: str) -> str:
    """The text without thinking that begins on a line of its own further down, outside code; with
    what stands before it where it never ends.
    """
    if not any(map(_INNER.match, text.split("\n"))):
        return text
    kept: list[str] = []
    is_within, fences = False, ""
    for line in text.split("\n"):
        is_within = is_within or (not fences and _INNER.match(line) is not None)
        if is_within:
            closed = _INNER_ENDS.search(line)
            is_within = closed is None
            line = line[closed.end() :] if closed else ""
            if not line.strip():
                continue
        fences = open_fence(line, fences)
        kept.append(line)
    return "\n".join(kept)


def without_wrapping(text: str) -> str:
    """The text of an answer that stands in a tag as a whole (`<answer>…</answer>`)."""
    opened = _WRAPPED.match(text)
    if opened is None:
        return text
    closed = text.lower().rfind(f"</{opened[1].lower()}>")
    return text[opened.end() : closed if closed >= 0 else len(text)].strip("\n")


def _begun(text: str, start: int) -> tuple[_Marks, int] | None:
    """The marks of the thinking that begins here, and where it does."""
    while start < len(text) and text[start].isspace():
        start += 1
    found = ((marks, marks.begins.match(text, start)) for marks in _MARKS)
    return next(((marks, opened.end()) for marks, opened in found if opened), None)


def _only_ended(text: str, start: int) -> int:
    """The place behind the end of a thinking without a beginning, `start` where there is none."""
    for marks in _MARKS:
        closed = marks.ends.search(text, start) if marks.is_safe else None
        # A tag that opens later belongs to what was asked for, an HTML column perhaps.
        if closed and not _opens(closed, text[start : closed.start()]):
            return closed.end()
    return start


def _opens(closed: re.Match[str], before: str) -> bool:
    name = (closed[1] if closed.re.groups else "unused94").lower()
    return any(f"{sign}{name}" in before.lower() for sign in "<;|｜[◁_▁")
