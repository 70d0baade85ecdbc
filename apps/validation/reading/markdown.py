"""Cut a Markdown text into prose lines, fenced blocks and tables, in order.

markdown-it reads the blocks: fences, lists, quotes, headings and tables with a rule. What models
write between them is often no Markdown (tables without a border, psql's output in the middle of
prose): such paragraphs are read here. Every line ends up somewhere visible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from markdown_it import MarkdownIt
from markdown_it.token import Token

from apps.validation.reading import labels
from apps.validation.results.html import unmarked
from apps.validation.results.loose import table_length
from apps.validation.results.told import points_of

MAX_TEXT = 60_000
MAX_LINES = 3_000

# Indented code, HTML and headings by a rule below are read as the lines that they are, and
# `[Tests]: …` is no reference.
_MARKDOWN = (
    MarkdownIt("commonmark")
    .enable("table")
    .disable(["code", "html_block", "reference", "lheading"])
)
_FENCE = re.compile(r"^([ \t>]{0,12})(`{3,12}|~{3,12})[ \t]*([\w+./#-]{0,30})[^`\n]{0,80}$")
_BLOCKS = re.compile(r"```|~~~|^[ \t]{0,12}(?:>|[-+*][ \t]|\d{1,9}[.)][ \t])|<", re.MULTILINE)
_NESTED = re.compile(r"^[ \t>]{0,40}")
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,80}>")


class Kind(StrEnum):
    PROSE = "prose"
    FENCE = "fence"
    TABLE = "table"
    POINTS = "points"  # the list below a line that announces a result


@dataclass(frozen=True, slots=True)
class Segment:
    """One prose line, fenced block or unfenced table. closed: its fence has an end."""

    kind: Kind
    text: str
    info: str = ""
    closed: bool = True


def clean(text: str) -> tuple[str, bool]:
    """The text with one kind of line end, and whether it had to be cut.

    Nothing else is changed: the SQL that is run is the text that is stored.
    """
    plain = text[: MAX_TEXT + 1].replace("\r\n", "\n").replace("\r", "\n")
    lines = plain.split("\n")
    cut = len(text) > MAX_TEXT or len(lines) > MAX_LINES
    return "\n".join(lines[:MAX_LINES])[:MAX_TEXT], cut


@dataclass(frozen=True, slots=True)
class Text:
    """A clean text cut at its fences: fenced blocks, and between them lines that are in none."""

    parts: tuple[Segment | tuple[str, ...], ...]

    @property
    def fences(self) -> list[Segment]:
        return [part for part in self.parts if isinstance(part, Segment)]

    def segments(self, names: tuple[str, ...] = ()) -> list[Segment]:
        """All segments in order.

        names: of columns that the text's queries give alone: one of them, alone on its line, may
        be the head of a table of one column.
        """
        found: list[Segment] = []
        for part in self.parts:
            found += [part] if isinstance(part, Segment) else _loose(part, names)
        return found


def cut_up(text: str) -> Text:
    """The blocks of a text that `clean` made."""
    if not _BLOCKS.search(text):
        return Text((tuple(text.split("\n")),))
    lines = list(_mended(text.split("\n")))
    tokens: list[Token] = []
    _MARKDOWN.block.parse("\n".join(lines), _MARKDOWN, {}, tokens)
    found: list[Segment | tuple[str, ...]] = []
    loose: list[str] = []
    read = 0
    for token in tokens:
        if token.map is None or token.type not in _LEAVES:
            continue
        start, end = token.map
        loose += [""] * (start > read)
        read = end
        if token.type == "fence":
            found += [_plain(loose), _fenced(token, lines[start:end])]
            loose = []
        else:
            loose += (_unnested(line, token) for line in lines[start:end])
    return Text((*found, _plain(loose)))


def segments(text: str, names: tuple[str, ...] = ()) -> list[Segment]:
    """The segments of a text without fences, in order; see `Text.segments`."""
    return list(_loose(text.split("\n"), names))


_LEAVES = {"fence", "paragraph_open", "heading_open", "hr", "table_open"}


def _mended(lines: list[str]) -> Iterator[str]:
    """The lines with fences that a reader, but not Markdown, sees the end of.

    A block whose lines or end stand further left than its beginning goes on to its end; a fence
    with a name inside a fence: the first was never closed.
    """
    opened: re.Match[str] | None = None
    for line in lines:
        mark = _FENCE.match(line)
        if opened is None:
            opened = mark
            yield line
            continue
        before, ticks, _ = opened.groups()
        if not (mark and mark.group(2)[0] == ticks[0] and len(mark.group(2)) >= len(ticks)):
            yield line if line.startswith(before) else before + line.lstrip(" \t>")
            continue
        yield before + mark.group(2)
        opened = None
        if mark.group(3):
            opened = mark
            yield line


def _fenced(token: Token, lines: list[str]) -> Segment:
    last = lines[-1].strip(" \t>")
    closed = len(lines) > 1 and last.startswith(token.markup) and not last.strip(token.markup[0])
    name = re.match(r"[\w+./#-]{0,30}", token.info.strip())
    body = token.content.removesuffix("\n")
    return Segment(Kind.FENCE, body, name.group().lower() if name else "", closed)


def _unnested(line: str, token: Token) -> str:
    """A line without the marks of the quotes and lists that it stands in."""
    return _NESTED.sub("", line) if token.level else line


def _plain(lines: list[str]) -> tuple[str, ...]:
    """The lines without HTML, its tables with bars."""
    return tuple(_TAG.sub("", line) if "<" in line else line for line in unmarked(lines))


def _loose(lines: Sequence[str], names: tuple[str, ...]) -> Iterator[Segment]:
    """Tables and prose of lines that stand in no fence."""
    index, said = 0, ""
    while index < len(lines):
        length = table_length(lines, index, names, said=said, announces=_announces)
        if length:
            yield Segment(Kind.TABLE, "\n".join(lines[index : index + length]))
            index, said = index + length, ""
            continue
        points = points_of(lines[index:]) if said and announces_list(said) else []
        if points:
            yield Segment(Kind.POINTS, "\n".join(lines[index : index + len(points)]))
            index, said = index + len(points), ""
            continue
        if lines[index].strip():
            said = lines[index].strip()
            yield Segment(Kind.PROSE, said)
        index += 1


def _announces(said: str) -> bool:
    return labels.role_of(said) is labels.Role.EXPECTED


def announces_list(said: str) -> bool:
    """Whether a line says that what stands below it is a result."""
    ends = said.rstrip("*_ ").endswith(":") or len(said.split()) < 8
    return ends and _announces(said)
