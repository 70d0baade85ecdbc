"""SQL as HTML with coloured words (static/css/code.css), by our own tokens: less than half of the
time that Pygments takes, and the quotes of each dialect are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from apps.sql.dialects import Dialect
from apps.sql.tokens import Kind, body_of, tokens

# Beyond this many characters SQL is shown without colours: a browser lays out every span.
MOST_COLOURED = 50_000
# Code between dollar quotes is coloured as code, within it once more.
_DEEPEST = 2
# Classes as Pygments names them, which colours the other languages.
_KEYWORD, _FUNCTION = "k", "nf"
_CLASSES = {Kind.LITERAL: "s", Kind.NUMBER: "m", Kind.COMMENT: "c", Kind.SEPARATOR: "k"}
_SYMBOLS = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_WORD, _LITERAL, _SYMBOL = Kind.WORD, Kind.LITERAL, Kind.SYMBOL
_WORDS_OF_SQL = """
add after all alter always and any array as asc auto_increment autoincrement before begin between
bigint bigserial binary bit blob bool boolean both by bytea call cascade case cast char character
check close coalesce collate column comment commit concurrently conflict constraint create cross
cube current_date current_time current_timestamp cursor database date datetime datetime2
deallocate dec decimal declare default deferrable deferred definer delete delimiter desc describe
distinct do domain double drop duplicate each else elseif elsif end engine enum escape except
exception exec execute exists exit explain extension false fetch filter first float following for
foreign from full function generated glob global go grant group grouping groups handler having
hstore identity if ignore ilike immediate immutable in index inner inout insert instead int int2
int4 int8 integer intersect interval into invoker is isnull iterate join json jsonb key language
last lateral leading leave left like limit local localtime localtimestamp loop match materialized
mediumint merge minus modify money natural nchar next no not nothing notnull null nulls number
numeric nvarchar nvarchar2 of off offset on only open or order ordinality out outer over
partition perform plpgsql policy pragma preceding precision primary procedure qualify raise range
read real recursive references refresh regexp reindex release rename repeat replace restrict
return returning returns revoke right rlike role rollback rollup row rows savepoint schema
security select sequence serial set sets signal similar smallint smallserial some stable start
statement strict table tablespace temp temporary text then time timestamp timestamptz tinyint to
top trailing transaction trigger true truncate unbounded union unique unlogged unsigned until
update use using uuid vacuum values varchar varchar2 varying view volatile when where while
window with within without xml zone
"""
_KEYWORDS = frozenset(_WORDS_OF_SQL.split())


def coloured(text: str, dialect: Dialect = Dialect.UNKNOWN) -> str:
    """The text as HTML, escaped, its tokens in spans; linear in its size, as it is beyond 50,000
    characters.
    """
    if len(text) > MOST_COLOURED:
        return escape(text, quote=False)
    return "".join(_pieces(text, dialect, _DEEPEST))


def _pieces(text: str, dialect: Dialect, deep: int) -> Iterator[str]:
    """White space, then a token, and so on."""
    at, keywords, classes = 0, _KEYWORDS, _CLASSES
    for kind, start, end in tokens(text, dialect):
        piece = text[start:end]
        if start > at:
            yield text[at:start]
        at = end
        if kind is _SYMBOL:
            yield _SYMBOLS.get(piece, piece) if len(piece) == 1 else escape(piece, quote=False)
        elif kind is _WORD:
            yield _word(piece, text[end : end + 1], keywords)
        elif kind is _LITERAL and deep and piece[0] == "$" and "\n" in piece:
            yield from _body(text, start, end, dialect, deep)
        elif kind in classes:
            yield f'<span class="{classes[kind]}">{escape(piece, quote=False)}</span>'
        else:
            yield escape(piece, quote=False)
    yield escape(text[at:], quote=False)


def _word(word: str, behind: str, keywords: frozenset[str]) -> str:
    if word.lower() in keywords:
        return f'<span class="{_KEYWORD}">{word}</span>'
    return f'<span class="{_FUNCTION}">{word}</span>' if behind == "(" else word


def _body(text: str, start: int, end: int, dialect: Dialect, deep: int) -> Iterator[str]:
    """A routine's body: the dollar quotes as literals, what is between them as code."""
    inner, after = body_of(text, start, end)
    yield f'<span class="s">{text[start:inner]}</span>'
    yield from _pieces(text[inner:after], dialect, deep - 1)
    yield f'<span class="s">{text[after:end]}</span>'
