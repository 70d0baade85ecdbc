"""Texts of a model as HTML that is safe to show: Markdown, SQL, and places marked in them.

Three walls stand one behind the other: markdown-it writes no HTML of the text itself (HTML, links
and images stay visible as they were written, nothing is loaded from anywhere), nh3 lets through
only the tags below with nothing but a class, and the page's policy allows no inline script. A plain
text (apps.review.plain) goes by neither of the first two: it is escaped as it is put together.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape, unescape
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name

from apps.core.coloured import coloured
from apps.review.plain import plain_html
from apps.sql.dialects import Dialect

MAX_MARKDOWN = 30_000
MAX_HIGHLIGHTED = 20_000
# Pieces of one place: more than anybody looks for, less than what makes a page slow.
MAX_MARKED = 300
_SQL = {
    "sql": Dialect.UNKNOWN,
    **dict.fromkeys(("postgres", "postgresql", "plpgsql", "pgsql"), Dialect.POSTGRES),
    **{dialect.value: dialect for dialect in Dialect if dialect},
}
_OTHERS = {"python", "py", "java", "javascript", "js", "php", "bash", "json", "c", "csharp", "go"}
_TAGS = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "em", "strong", "s", "blockquote", "mark"),
    *("ul", "ol", "li", "pre", "code", "div", "span"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_CLASSED = {tag: {"class"} for tag in ("div", "span", "code")}
_SECTION = re.compile(r"^\[(Reasoning|Implementation|Explanation|Tests)\][ \t]*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_TAG = re.compile(r"(<[^>]*>)")
# Letters of scripts that are written from top to bottom: Mongolian, Phags-pa.
_VERTICAL = re.compile("[\u1820-\u18aa\ua840-\ua873]")
# What Markdown takes out of a text: between these a piece of the source is found in the result.
_SYNTAX = re.compile(r"[`*#>|~\[\]\\\n]+")
_FORMATTER: HtmlFormatter[str] = HtmlFormatter(nowrap=True)


def markdown(text: str, places: Sequence[tuple[int, int]] = ()) -> SafeString:
    """A text as HTML; places: (start, end) in characters of the text, marked as far as shown.

    What is beyond 30,000 characters is left out and said so. A text in a script that runs from top
    to bottom stands in `div.vertical`.
    """
    plain = plain_html(text, _shown_plainly) if not places and len(text) <= MAX_MARKDOWN else None
    if plain is not None:
        return mark_safe(plain)  # noqa: S308  escaped, and nothing of it is the text's own HTML
    shown = _with_headings(text[:MAX_MARKDOWN])
    html = nh3.clean(_parser().render(shown), tags=_TAGS, attributes=_CLASSED, link_rel=None)
    html = _marked(html, text, places) if places else html
    if len(text) > MAX_MARKDOWN:
        html += f"<p><em>… {len(text) - MAX_MARKDOWN:,} more characters are not shown.</em></p>"
    if is_vertical(shown):
        html = f'<div class="vertical">{html}</div>'
    return mark_safe(html)  # noqa: S308  cleaned above


def is_vertical(text: str) -> bool:
    """Whether most letters outside of fenced code are of a script that runs from top to bottom."""
    if not _VERTICAL.search(text):
        return False
    prose = "".join(text.split("```")[::2])
    return 2 * len(_VERTICAL.findall(prose)) > sum(map(str.isalpha, prose))


def sql(text: str) -> SafeString:
    """SQL with highlighting classes, without the <pre> around it."""
    return mark_safe(coloured(text))  # noqa: S308  it escapes


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.disable(["link", "image", "autolink", "html_inline", "html_block", "reference"])
    for name, rule in (
        ("fence", _fence),
        ("code_block", _fence),
        ("heading_open", _heading),
        ("heading_close", _heading),
    ):
        parser.add_render_rule(name, rule)
    return parser


def _fence(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:  # noqa: ARG001
    token = tokens[index]
    language = (token.info or "").split(maxsplit=1)[0] if (token.info or "").strip() else ""
    name = f'<span class="language">{escape(language[:30])}</span>' if language else ""
    code = _highlighted(token.content, language.lower())
    return f'<div class="highlight">{name}<pre>{code}</pre></div>\n'


def _heading(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:  # noqa: ARG001
    # The page's own headings end at level 2.
    level = min(int(tokens[index].tag[1]) + 2, 6)
    return f"<h{level}>" if tokens[index].nesting == 1 else f"</h{level}>\n"


def _highlighted(code: str, language: str) -> str:
    if language in _SQL:
        return coloured(code, _SQL[language])
    if len(code) > MAX_HIGHLIGHTED or language not in _OTHERS:
        return escape(code, quote=False)
    return highlight(code, _lexer(language), _FORMATTER)


def _shown_plainly(code: str, language: str) -> str | None:
    return None if language in _OTHERS else _highlighted(code, language)


@lru_cache(maxsize=len(_OTHERS) + 1)
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


def _with_headings(text: str) -> str:
    """The sections of a response ([Reasoning], …) as headings, outside of fenced code."""
    lines, fence = [], ""
    for line in text.split("\n"):
        opened = _FENCE.match(line)
        if opened and fence in ("", opened.group(1)):
            fence = "" if fence else opened.group(1)
        section = None if fence else _SECTION.match(line)
        lines.append(f"\n# \\[{section.group(1)}\\]\n" if section else line)
    return "\n".join(lines)


def _marked(html: str, text: str, places: Sequence[tuple[int, int]]) -> str:
    """The HTML with what lies in places of the text in <mark>, piece by piece, where it is found.

    Markdown moves nothing, so the n-th time that a place's first piece stands in the text is the
    n-th time that it stands in the result, and its other pieces follow.
    """
    parts = _TAG.split(html)
    texts = [unescape(part) if index % 2 == 0 else "" for index, part in enumerate(parts)]
    whole = "".join(texts)
    found = sorted(spot for start, end in places for spot in _found(whole, text, start, end))
    if not found:
        return html
    position, built, spots = 0, [], deque(found)
    for index, part in enumerate(parts):
        built.append(part if index % 2 else _cut(texts[index], position, spots))
        position += len(texts[index])
    return "".join(built)


def _found(whole: str, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    pieces = [bare for piece in _SYNTAX.split(text[start:end]) if (bare := piece.strip())]
    if not pieces:
        return
    first = text.index(pieces[0], start)
    at = max(_nth(whole, pieces[0], text.count(pieces[0], 0, first)), 0)
    for bare in pieces[:MAX_MARKED]:
        place = whole.find(bare, at)
        if place >= 0:
            at = place + len(bare)
            yield place, at


def _nth(whole: str, piece: str, number: int) -> int:
    place = whole.find(piece)
    for _ in range(number):
        place = whole.find(piece, place + len(piece)) if place >= 0 else place
    return place


def _cut(text: str, position: int, spots: deque[tuple[int, int]]) -> str:
    """One text of the result, which begins at position; spots that end in it are used up."""
    done, built, end = 0, [], position + len(text)
    while spots and spots[0][0] < end:
        first, last = spots[0]
        left, right = max(first - position, done), min(last - position, len(text))
        if left < right:
            built += [escape(text[done:left], quote=False), "<mark>"]
            built += [escape(text[left:right], quote=False), "</mark>"]
            done = right
        if last > end:
            break
        spots.popleft()
    return "".join([*built, escape(text[done:], quote=False)])
