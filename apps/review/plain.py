"""Texts of paragraphs, sections, headings, flat lists and fenced code alone, as most of a model's
are: their HTML without the parser and the cleaner, which together take several times as long.

Nothing is guessed: a text with any other mark in it, or with a character that HTML or Markdown
treats in a way of its own, is none of these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape

# What may stand in `code`: seen characters but & < > `.
_SEEN = r"""[!-%'-;=?-_a-~]"""
_CODE = f"`({_SEEN}(?:[ ]|{_SEEN}|(?!))*+(?<! ))`(?!`)"
_WORDS = r"""[A-Za-z0-9 ,.;:'"()?%/=+-]"""
# What ends with a mark is bold before a space alone.
_BOLD = (
    rf"\*\*(?=[A-Za-z0-9])({_WORDS}*+)"
    r"(?:(?<=[A-Za-z0-9])\*\*(?!\*)|(?<=:)\*\*(?=[ \n]|\Z))"
)
_INSIDE = re.compile(f"{_CODE}|{_BOLD}")
_FURTHER = rf"(?:{_WORDS}|{_CODE}|{_BOLD}|(?!))*+(?<! )"
_LINE = rf"(?:[A-Za-z]|{_CODE}|{_BOLD}){_FURTHER}"
_PARAGRAPH = re.compile(rf"{_LINE}(?:\n{_LINE}|(?!))*+(?=\n|\Z)")
_HEADING = re.compile(rf"(?P<marks>\#{{1,6}})[ ](?P<text>(?:[0-9]|{_LINE}){_FURTHER})(?=\n|\Z)")
# Of lines alone, with nothing after them that could belong to the last one.
_END = r"(?=\n*\Z|\n\n++(?![ \n]|[*+-][ ]|[0-9]))"
_LISTS = {
    "ul": re.compile(rf"(?P<mark>[*+-])[ ]{_LINE}(?:\n(?P=mark)[ ]{_LINE}|(?!))*+{_END}"),
    "ol": re.compile(rf"1[.][ ]{_LINE}(?:\n[0-9]{{1,9}}[.][ ]{_LINE}|(?!))*+{_END}"),
}
_SECTION = re.compile(r"\[(Reasoning|Implementation|Explanation|Tests)\](?=\n|\Z)")
_OPENS = re.compile(r"```([A-Za-z0-9+#_-]{0,30})\n")
# Controls, no-break spaces and halves of characters come out otherwise than they went in.
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\xa0\ud800-\udfff\ufffe\uffff]")

# Makes HTML of code and the name of its language; None: it takes the long way.
Coloured = Callable[[str, str], "str | None"]


def plain_html(text: str, coloured: Coloured) -> str | None:
    """The HTML of such a text, None of any other; linear in its size."""
    pieces = []
    for piece in _pieces(text, coloured):
        if piece is None:
            return None
        pieces.append(piece)
    return "".join(pieces)


def _pieces(text: str, coloured: Coloured) -> Iterator[str | None]:
    """One after the other; None where something else begins."""
    at = 0
    html: str | None
    while at < len(text):
        if text[at] == "\n":
            at += 1
        elif found := _PARAGRAPH.match(text, at):
            at = found.end()
            yield f"<p>{_marked(found[0])}</p>\n"
        elif found := _SECTION.match(text, at):
            at = found.end()
            yield f"<h3>{found[0]}</h3>\n"
        elif found := _HEADING.match(text, at):
            at = found.end()
            # The page's own headings end at level 2.
            level = min(len(found["marks"]) + 2, 6)
            yield f"<h{level}>{_marked(found['text'])}</h{level}>\n"
        elif listed := _list(text, at):
            html, at = listed
            yield html
        elif found := _OPENS.match(text, at):
            html, at = _fenced(text, found.end(), found[1], coloured)
            yield html
        else:
            yield None
            return


def _marked(text: str) -> str:
    return _INSIDE.sub(_mark, text)


def _mark(found: re.Match[str]) -> str:
    return f"<code>{found[1]}</code>" if found[1] else f"<strong>{found[2]}</strong>"


def _list(text: str, at: int) -> tuple[str, int] | None:
    """A list's HTML and where it ends."""
    for tag, form in _LISTS.items():
        found = form.match(text, at)
        if found:
            items = (line.partition(" ")[2] for line in found[0].split("\n"))
            lines = "".join(f"<li>{_marked(item)}</li>\n" for item in items)
            return f"<{tag}>\n{lines}</{tag}>\n", found.end()
    return None


def _fenced(text: str, begin: int, language: str, coloured: Coloured) -> tuple[str | None, int]:
    """A fence's HTML and where it ends. begin: of what stands in it."""
    last = text.find("\n```", begin - 1)
    end = last + 4
    code = text[begin : last + 1]
    if last < 0 or text[end : end + 1] not in ("", "\n") or "```" in code or code[:1] == "\n":
        return None, end
    html = None if _ODD.search(code) else coloured(code, language.lower())
    if html is None:
        return None, end
    name = f'<span class="language">{escape(language)}</span>' if language else ""
    return f'<div class="highlight">{name}<pre>{html}</pre></div>\n', end
