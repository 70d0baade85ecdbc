"""S→C: a seed's SQL in, the concepts that it shows out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from apps.fewshot.values import Example
from apps.generation.plain import plain_text
from apps.generation.stages.base import NO_OPTIONS, About, Mode, ParseFailure, Prompt, StageOptions
from apps.generation.stages.completions import finished_text, without_heading
from apps.generation.stages.composing import compose
from apps.generation.stages.talk import without_plain_fence

STOP = ("\n## Example ", "\n### ")
MAX_CHARS = 2_000
MAX_CONCEPTS = 10
MAX_CONCEPT_CHARS = 60
MAX_CONCEPT_WORDS = 8

_ENDS_AT = re.compile(r"#{1,6} ")
_ITEM = re.compile(
    r"(\s*)(?:[-*+•–◦▪‣●○·]|\(?[0-9]{1,2}(?:[.):]|[ \t][-–])|\(?[a-j][.)]|[IVX]{1,4}[.)]"
    r"|[Cc]oncept[ \t]+[0-9]{1,2}(?:[:.)]|[ \t][-–]))\s+"
    # A box to tick, a key of YAML.
    r"(?:\[[ xX✓]\][ \t]+)?(?:(?:name|concept|title)[ \t]*:[ \t]+)?(.*)"
)
_INLINE_ITEM = re.compile(r"(?:\A|[ \t])(?:[•◦▪●]|[0-9]{1,2}[.)]|[a-j]\))[ \t]+")
_TAG = re.compile(r"</?(?:concepts?|ul|ol|li|item)>", re.IGNORECASE)
_CELLS = re.compile(r"\s*\|[^|\n]{1,200}\|.{0,200}")
_LEAD = re.compile(
    r"(?:(?:sure|certainly|of course|okay|absolutely)[!.,:][ \t]*)?"
    r"(?:(?:answer|output|result|here you go|here they are)[ \t]*:[ \t]*)?"
    r"(?:(?!concept[ \t]+[0-9])[^\n:\[{|,]{0,60}\bconcepts?\b[^\n:\[{,]{0,60}"
    r"(?:[:=](?:\*\*)?|\b(?:include|are)\b(?!:))[ \t]*)?",
    re.IGNORECASE,
)
_JSON_FENCE = re.compile(r"\A```(?:json)?[ \t]*\n|\n```[ \t]*\Z")
_COMMA = re.compile(r"[,;、，；](?![^()]{0,400}\))|[ \t][|•·][ \t]")
# What divides where nothing else does: "insert / update, where clause" are two.
_RARER = re.compile(r"[ \t](?:/|\+|>|->|→|=>)[ \t]")
# With which a list says that there is more.
_AND_SO_ON = frozenset(("etc", "and more", "and so on", "among others"))
# Before the last of a list; "AND operator" is a concept itself.
_AND = re.compile(r"\A\s*and\s+(?!or\b|operator|condition|clause|keyword|logic|with\b)")
# Arrows, ticks and pictures in place of a bullet.
_PICTURES = re.compile(
    r"\A(?:[0-9]\ufe0f?\u20e3|[\u2190-\u27bf\u2900-\u2bff\ufe0f\U0001f000-\U0001faff\s]){1,8}"
)
_DESCRIPTION = re.compile(r"(?:\*\*)?:\s.*|\s[-–—]\s.*")
_SAYS_MORE = re.compile(r"[,.:;\n]|.{40}")
_PROSE = re.compile(
    r"(?:this|it|we|you|here|there|i|in this|the (?:query|code|snippet|statement|sql))\b"
)


@dataclass(frozen=True, slots=True)
class _Row:
    code: str


def build(
    code: str,
    *,
    system: str,
    examples: tuple[Example, ...],
    options: StageOptions = NO_OPTIONS,
    about: About | None = None,
) -> Prompt:
    """The prompt that asks for the concepts of one SQL statement."""
    row = _Row(code.strip())
    return compose(
        Mode.S_C, row, system=system, examples=examples, options=options, stop=STOP, about=about
    )


def parse(
    text: str,
    *,
    finish_reason: str | None,
    stop_reason: object = None,
    options: StageOptions = NO_OPTIONS,
) -> tuple[str, ...] | ParseFailure:
    """1 to 10 concepts, lower case, each once; from a comma list, bullets, numbers or JSON.

    Reasons: empty, too_long, cut_off, too_many, vacuous (nothing with a letter), not_concepts.
    """
    answer = finished_text(
        _without_lone_fence(text),
        finish_reason=finish_reason,
        stop_reason=stop_reason,
        response_prefix=options.response_prefix,
        ends_at=_ENDS_AT.match,
    )
    if isinstance(answer, ParseFailure):
        return answer
    listing = without_heading(without_plain_fence(answer, any_name=True), "concepts")
    if len(listing) > MAX_CHARS:
        return ParseFailure("not_concepts", f"A text of {len(listing):,} characters, no list.")
    raw = _items(listing)
    if not raw:
        return ParseFailure("empty", "There is a heading and no concept below it.")
    raw[1:] = [*raw[1:-1], *(_AND.sub("", last, count=1) for last in raw[1:][-1:])]
    concepts = tuple(dict.fromkeys(filter(None, map(_normalised, raw))))
    return _problem(concepts) or concepts


def _without_lone_fence(text: str) -> str:
    """Concepts need no code: a fence at the end of them opens nothing."""
    before = text.rstrip().removesuffix("```")
    return text if "```" in before else before


def _problem(concepts: tuple[str, ...]) -> ParseFailure | None:
    if not concepts:
        return ParseFailure("vacuous", "No concept has a letter.")
    prose = next(filter(_is_prose, concepts), None)
    if prose is not None:
        return ParseFailure("not_concepts", f"This is no concept: {prose[:MAX_CONCEPT_CHARS]}")
    if len(concepts) > MAX_CONCEPTS:
        return ParseFailure(
            "too_many", f"{len(concepts)} concepts, at most {MAX_CONCEPTS} are kept."
        )
    return None


def _items(text: str) -> list[str]:
    """The items of a list where the text has one, else the lines of its first paragraph."""
    text = _fenced(text)
    if (from_json := _json_items(text)) is not None:
        return from_json
    text = _TAG.sub(",", text).strip()
    text = text[_LEAD.match(text).end() :]  # type: ignore[union-attr]  # it matches nothing too
    lines = [line for line in text.split("\n") if line.strip()]
    listed = _listed(lines)
    if listed:
        return [part for item in listed for part in _COMMA.split(_DESCRIPTION.sub("", item))]
    text = text[1:-1] if text.startswith("(") and text.find(")") == len(text) - 1 else text
    return _of_paragraphs([part for part in re.split(r"\n\s*\n", text) if part.strip()])


def _of_paragraphs(paragraphs: list[str]) -> list[str]:
    """The items of a text that is no list: a paragraph each, or all of the first one."""
    if len(paragraphs) > 1 and paragraphs[0].rstrip().endswith(":"):
        del paragraphs[0]
    short = list(takewhile(lambda part: not _SAYS_MORE.search(part), paragraphs))
    if len(short) > 1:
        return short
    items = _COMMA.split(paragraphs[0].replace("\n", ",")) if paragraphs else []
    return _RARER.split(items[0]) if len(items) == 1 else items


def _fenced(text: str) -> str:
    """What stands in the first fence below an announcement; else the text as it is."""
    before, opened, rest = text.partition("\n```")
    if not opened or not before.rstrip().rstrip("*").endswith(":"):
        return text
    return rest.partition("\n")[2].partition("\n```")[0]


def _listed(lines: list[str]) -> list[str]:
    """The items of lines that are a list, of a table's first column, or of one line with marks."""
    if listed := _top_level([match for line in lines if (match := _ITEM.fullmatch(line))]):
        parts = _INLINE_ITEM.split(listed[0]) if len(listed) == 1 else []
        return parts if len(parts) > 1 else listed
    if len(lines) > 2 and all(map(_CELLS.fullmatch, lines)):
        rows = [line.strip().strip("|").partition("|")[0] for line in lines]
        return rows[2:] if not rows[1].strip(" :-") else rows
    return []


def _top_level(items: Sequence[re.Match[str]]) -> list[str]:
    """The texts of items, without those of lists below them."""
    depths = [len(item[1]) for item in items]
    # The first has lost its blanks where all of them have some.
    is_nested = depths.count(min(depths, default=0)) > 1
    return [
        item[2]
        for item, depth in zip(items, depths, strict=True)
        if not is_nested or depth < min(depths) + 2
    ]


def _json_items(text: str) -> list[str] | None:
    """The texts of a JSON array, or of the one that an object has; None where it is neither.
    Called with a text of at most MAX_CHARS.
    """
    inner = _JSON_FENCE.sub("", text.strip())
    if not inner.startswith(("[", "{")):
        return None
    try:
        value, _ = json.JSONDecoder().raw_decode(inner)
    except (ValueError, RecursionError):
        return None
    for _ in range(2):
        if isinstance(value, dict):
            value = _listed_in(value)
    if isinstance(value, str):
        return _COMMA.split(value)
    texts = [_text_of(each) for each in value] if isinstance(value, list) else [None]
    found = [each for each in texts if each is not None]
    return found if len(found) == len(texts) else None


def _listed_in(value: dict[str, Any]) -> object:
    """What an object has of a list: an array, texts by their numbers, or the first text."""
    if "concepts" in value:
        return value["concepts"]
    array = next((each for each in value.values() if isinstance(each, (list, dict))), None)
    if array is not None:
        return array
    texts = [each for each in value.values() if isinstance(each, str)]
    return texts if len(texts) > 1 else next(iter(texts), None)


def _text_of(item: object) -> str | None:
    """A text, or the first text of an object (`{"concept": "left join"}`)."""
    if isinstance(item, dict):
        item = next((each for each in item.values() if isinstance(each, str)), None)
    return item if isinstance(item, str) else None


def _normalised(item: str) -> str:
    """The concept in lower case without its markup; "" where no letter is left."""
    concept = (
        _PICTURES.sub("", " ".join(plain_text(item).split())).strip(" .:;*_`'\"[]{}|#").lower()
    )
    return concept if any(map(str.isalpha, concept)) and concept not in _AND_SO_ON else ""


def _is_prose(concept: str) -> bool:
    too_long = len(concept) > MAX_CONCEPT_CHARS or len(concept.split()) > MAX_CONCEPT_WORDS
    return too_long or bool(_PROSE.match(concept))
