"""What models write around an answer: tokens of their own, an outer fence, talk before and after.

All of it is hostile text of any kind: every pattern here is linear.
"""

from __future__ import annotations

import re

from apps.fewshot.validation import fence_states, has_open_fence

# With which chat models end a turn or begin the next one; none of them is a word of SQL.
_END_TOKEN = re.compile(
    r"<[|｜]/?[^\W\d][\w▁ ]{0,40}[|｜]>"
    r"|<(?:end_of_turn|start_of_turn|end_of_utterance|eos|bos|eot|pad|endoftext|file_sep|repo_name"
    r"|fim_prefix|fim_middle|fim_suffix|fim_pad)>"
    r"|</(?:final_answer|answer)>|\[/?INST\]|\[EO[ST]\]|<</?SYS>>|\[end of text\]|<unk>"
    r"|<(?:END|STOP)>|<[|｜][a-z_▁]{1,40}[|｜]?\Z"
    # As the last word, or before a next turn: elsewhere it is HTML.
    r"|<s>(?=\s{0,20}(?:\Z|\[INST\]|<s>))",
    re.IGNORECASE,
)
_QUOTES = frozenset("`'\"")
_END_OF_SENTENCE = "</s>"
_TURN = re.compile(
    r"(?:#{1,4}[ \t]*)?(?:\*\*)?(?:Human|User|HUMAN|USER|Assistant)(?:\*\*)?:(?:\*\*)?(?:[ \t]|\Z)"
    # A template's role whose tokens the server has left out.
    r"|assistant[ \t]*\Z"
)
_FENCE_LINE = re.compile(r"[ \t]{0,3}(`{3,}|~{3,})[ \t]*([\w+-]*)(?:[ \t][^`\n]{0,200})?")
_TEXT_FENCES = frozenset(("", "text", "txt", "plaintext", "plain"))
_WRAPPING_FENCES = _TEXT_FENCES | {"html", "output", "response", "answer"}
_MARKDOWN_FENCES = frozenset(("markdown", "md", "mdx", "gfm"))
AGREES = (
    r"(?:sure(?:[ \t]+thing)?|certainly|of course|absolutely|okay|ok|great(?:[ \t]+question)?|yes"
    r"|alright|understood"
    r"|got it|no problem)"
)
_ANNOUNCES = re.compile(
    rf"(?:{AGREES}|here(?:'s|’s| is| are)|below|the following|this is|based on|using the|given the"
    r"|let me|let(?:'s|’s)|i'll|i will|i have|i(?:'|’)(?:d|ve)|i would|i can|happy to|glad to"
    r"|using th(?:ese|is) (?:concepts?|propert(?:y|ies)|snippet)|as (?:requested|asked)"
    r"|the (?:instruction|task) is(?=:))\b",
    re.IGNORECASE,
)
# A sentence that says so only where it is certain to be none of the task.
_SAYS_SO = re.compile(
    rf"(?:{AGREES}|here(?:'s|’s| is)|below is|let(?:'s|’s)|let me|i'll|i will|i can"
    r"|i(?:'|’)d|i would|happy to|glad to|i(?: have|(?:'|’)ve) (?:created|written|made)"
    r"[^`0-9.]{0,80} (?:task|instruction|exercise|challenge))\b[^`0-9.]{0,200}\.",
    re.IGNORECASE,
)
_AGREED = re.compile(
    rf"(?:{AGREES}[!.,:]*[ \t]*)?"
    r"(?:here(?:'s|’s| is| you go| it is| we go)\b[^`.\n]{0,40})?[!.:]*",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\b(?:task|instruction|exercise|challenge|assignment|prompt|request|problem|scenario|question"
    r"|response|answer|solution)s?\b",
    re.IGNORECASE,
)
_GOODBYE = (
    r"(?:please[ \t]+)?(?:let me know|i hope|hope (?:this|that)|feel free|would you like"
    r"|do you want|if you (?:need any|have any|would like|want me|(?:'|’)d like)|good luck"
    r"|happy (?:coding|querying))"
)
# What was asked for, said once more.
_AGAIN = (
    r"[(*_]{0,3}(?:note: )?th(?:is|e) (?:task|instruction|exercise|question) (?:tests|covers"
    r"|combines|incorporates|demonstrates|is based on|aims to|uses the concepts?)"
    r"|[(*_]{0,3}(?:(?:sql )?concepts?(?: used| covered| tested)?|difficulty(?: level)?|category)"
    r"[*_]{0,2}:"
)
_FAREWELL = re.compile(rf"{_GOODBYE}|{_AGAIN}", re.IGNORECASE)
_LAST_WORDS = re.compile(_GOODBYE, re.IGNORECASE)
_NOTHING = re.compile(
    r"(?:-{3,}|\*{3,}|_{3,}|</?details>|#{1,6} end"
    r"|(?:#{1,6} )?end of (?:the )?(?:instruction|task|text))?\.?",
    re.IGNORECASE,
)
# A word of consent that goes on in the same line.
_CONSENT = re.compile(
    r"(?:sure(?:[ \t]+thing)?|certainly|of course|absolutely|understood|got it|no problem)[!.]"
    r"[ \t]+(?=[A-Z`*\"])",
    re.IGNORECASE,
)
MOST_ANNOUNCED = 240
_SHORT = 60


def without_end_tokens(text: str) -> tuple[str, bool]:
    """The text before the first token with which a model ends its turn; whether there is one.
    A token in quotes is what the text is about.
    """
    end = next((m.start() for m in _END_TOKEN.finditer(text) if not _is_quoted(text, m)), len(text))
    sentence = text.find(_END_OF_SENTENCE, 0, end)
    if sentence >= 0 and "<s>" not in text[:sentence]:
        end = sentence
    return text[:end], end < len(text)


def _is_quoted(text: str, token: re.Match[str]) -> bool:
    before, after = text[max(token.start() - 1, 0) : token.start()], text[token.end() :][:1]
    return before in _QUOTES and before == after


def begins_turn(line: str) -> bool:
    """Whether a line is the next turn of a conversation, written as text (`Human: …`)."""
    return _TURN.match(line) is not None


def without_outer_fence(text: str) -> str:
    """The text of an answer that stands in a fence as a whole; any other text as it is. A line
    that announces it and talk below it belong to the wrapping.

    A fence named markdown is always such a one, also where it is not closed and all within it is.
    One of plain text is, where named fences lie within it and nothing lies around it: alone it is a
    part of the answer.
    """
    lines = text.strip().split("\n")
    start = next((n for n, line in enumerate(lines[:4]) if _FENCE_LINE.fullmatch(line)), None)
    first = _FENCE_LINE.fullmatch(lines[start]) if start is not None else None
    if start is None or first is None or not _is_talk(lines[:start]):
        return text
    is_markdown = first[2].lower() in _MARKDOWN_FENCES
    last = _closing(lines, start, first[1], may_go_on=is_markdown)
    inner = lines[start + 1 : last]
    fences = [line for line in inner if _FENCE_LINE.fullmatch(line)]
    named = any(map(_is_named_fence, fences))
    if not inner or has_open_fence("\n".join(inner)):
        return text
    # Below an announcement a longer fence only: one of three may be the first of several blocks.
    is_around = start == 0 or len(first[1]) > len("```")
    is_wrapping = named and is_around and first[2].lower() in _WRAPPING_FENCES
    # Whatever it is called: only without it all blocks within are closed.
    is_too_many = (
        start == 0 and has_open_fence(text) and bool(fences and _is_named_fence(fences[0]))
    )
    if is_markdown and (named or last is not None):
        return "\n".join(inner).strip("\n")
    return "\n".join(inner).strip("\n") if last and (is_wrapping or is_too_many) else text


def _closing(lines: list[str], start: int, marks: str, *, may_go_on: bool) -> int | None:
    """The line that closes the fence around the whole; None where there is none."""
    for place in range(len(lines) - 1, start, -1):
        if lines[place].strip() == marks:
            inner = "\n".join(lines[start + 1 : place])
            return None if has_open_fence(inner) else place
        if not may_go_on or len(lines) - place > 4 or not _is_talk(lines[place:]):
            return None
    return None


def _is_talk(lines: list[str]) -> bool:
    """Whether lines around an answer are too few to be a part of it, and no section."""
    is_section = any(
        line.lstrip().startswith(("#", "[", "|", "-", "*", "'", '"'))
        and not line.lstrip().lower().startswith("**note")
        for line in lines
    )
    return not is_section and len("".join(lines)) <= MOST_ANNOUNCED


def without_plain_fence(text: str, *, any_name: bool = False) -> str:
    """The text without its fences of plain text around short answers (```` ```text ````); any_name:
    whatever they are called, where no answer is code.
    """
    lines = text.strip().split("\n")
    first = _FENCE_LINE.fullmatch(lines[0])
    if first is None:
        return text
    if not any_name and first[2].lower() not in _TEXT_FENCES | _MARKDOWN_FENCES:
        return text
    inside = [line for line, fenced in fence_states(lines) if fenced]
    closed = len(inside) > 1 and inside[-1].strip() == first[1]
    return "\n".join(inside[1:-1] if closed else inside[1:])


def without_announcement(text: str) -> str:
    """The text without first paragraphs that only announce it ("Sure!", "Here is a task …:")."""
    for _ in range(2):
        first, _, rest = text.strip().partition("\n")
        if not rest.strip() or not _is_announcement(first.strip(), is_alone=rest.startswith("\n")):
            break
        text = without_rules(rest)
    return without_consent(text)


def without_consent(text: str) -> str:
    """The text without a word of consent before its first sentence."""
    consent = _CONSENT.match(text)
    return text[consent.end() :] if consent else text


def without_rules(text: str) -> str:
    """The text without lines above it that only divide."""
    lines = text.strip().split("\n")
    while len(lines) > 1 and _NOTHING.fullmatch(lines[0].strip()):
        del lines[0]
    return "\n".join(lines)


def _is_announcement(line: str, *, is_alone: bool) -> bool:
    if not line or len(line) > MOST_ANNOUNCED:
        return False
    if len(line) <= _SHORT and _AGREED.fullmatch(line):
        return True
    if not _SUBJECT.search(line):
        return False
    ends = line.rstrip("*").endswith((":", "!", "："))
    return bool(_ANNOUNCES.match(line)) if ends else is_alone and bool(_SAYS_SO.fullmatch(line))


def without_farewell(text: str) -> str:
    """The text without what only ends it: rules, an empty fold, "Let me know …"."""
    lines = text.rstrip().split("\n")
    while lines:
        bare = _NOTHING.fullmatch(lines[-1].strip())
        if not bare and not (len(lines[-1]) <= MOST_ANNOUNCED and _FAREWELL.match(lines[-1])):
            break
        lines.pop()
    return "\n".join(lines)


def without_last_words(text: str) -> str:
    """A whole response without what only ends it. A rule belongs to a table, where no blank line is
    before it.
    """
    lines = text.rstrip().split("\n")
    while len(lines) > 1:
        last, is_apart = lines[-1].strip(), not lines[-2].strip()
        is_bare = not last or (is_apart and _NOTHING.fullmatch(last))
        if not is_bare and not (len(last) <= MOST_ANNOUNCED and _LAST_WORDS.match(last)):
            break
        lines.pop()
    return "\n".join(lines)


def _is_named_fence(line: str) -> bool:
    match = _FENCE_LINE.fullmatch(line)
    return match is not None and bool(match[2])
