"""The regular expressions of the lexer, one set per dialect and delimiter.

All repeats are possessive: no expression here can backtrack into more than linear time, and none
keeps
memory per repetition. A whole ordinary statement is consumed by one match; the match stops in
front of
what needs a decision (the delimiter, a dollar quote, a quote that looks broken, a nested comment).

Before Python 3.11.5 a possessive group went on behind where its last, failed repetition had got
(python/cpython issue 106052). A last alternative that always fails, `|(?!)`, takes it back to where
that repetition began; every possessive group here has one, and tests/test_patterns.py sees to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from apps.sql.dialects import SYNTAX, Dialect, Syntax
from apps.sql.splitting.batches import LINE_VERBS

# A quote after a letter or digit (`it's`), or a literal that begins by ending a statement, hints
# that
# the quotes are out of step. Such literals, when they span lines, are left to the recovery.
_SOUND_START = rb"(?<![0-9A-Za-z]%s)(?![\s)]*+;)"
_SOUND_END = rb"(?![0-9A-Za-z_])"

BLOCK_WORDS = rb"BEGIN|CASE|END"


@dataclass(frozen=True, slots=True)
class Patterns:
    """`body` runs from inside a statement to the next decision; `block` also stops at BEGIN,
    CASE, END.
    """

    body: re.Pattern[bytes]
    block: re.Pattern[bytes]
    separator: re.Pattern[bytes] | None


@lru_cache(maxsize=64)
def patterns_for(dialect: Dialect, delimiter: bytes) -> Patterns:
    """Compile the patterns; an empty `delimiter` means that only a separator line ends a
    statement.
    """
    syntax = SYNTAX[dialect]
    separator = _separator(syntax)
    special = _specials(syntax, delimiter)
    parts = _parts(syntax, delimiter, separator)
    body = rb"(?:[^" + special + rb"]++|" + b"|".join(parts) + rb"|(?!))*+"
    word = rb"(?!(?i:" + BLOCK_WORDS + rb")\b)[A-Za-z_\x80-\xff][\w\x80-\xff]*+"
    rest = rb"[^A-Za-z_\x80-\xff" + special + rb"]++"
    block = rb"(?:" + word + rb"|" + rest + rb"|" + b"|".join(parts) + rb"|(?!))*+"
    line = re.compile(rb"(?m)^" + separator) if separator else None
    return Patterns(re.compile(body, re.DOTALL), re.compile(block, re.DOTALL), line)


def _separator(syntax: Syntax) -> bytes:
    """A separator alone on its line, from the line's first character; GO may carry a count."""
    names = []
    if b"GO" in syntax.line_separators:
        names.append(rb"[Gg][Oo](?:[ \t]++\d++|(?!))?+[ \t]*+;?+[ \t]*+(?:--[^\n]*+|(?!))?+")
    if b"/" in syntax.line_separators:
        names.append(rb"/[ \t]*+")
    return rb"[ \t]*+(?:" + b"|".join(names) + rb")\r?(?:\n|\Z)" if names else b""


def _specials(syntax: Syntax, delimiter: bytes) -> bytes:
    chars = b"'\"/" + b"-" + delimiter[:1]
    chars += b"`" if syntax.backtick else b""
    chars += b"[" if syntax.bracket else b""
    chars += b"#" if syntax.hash_comment else b""
    chars += b"$" if syntax.dollar_quote else b""
    chars += b"\\" if syntax.client in ("psql", "any") else b""
    chars += b"\n" if syntax.line_separators else b""
    return b"".join(re.escape(bytes([c])) for c in sorted(set(chars)))


def _parts(syntax: Syntax, delimiter: bytes, separator: bytes) -> list[bytes]:
    parts = _quoted(syntax) + _comments(syntax)
    if syntax.bracket:
        parts += [rb"\[[^\]\n]{0,128}+\]", rb"\["]
    if syntax.backtick:
        parts.append(rb"`[^`\n]*+`")
    if syntax.dollar_quote:
        parts.append(rb"\$(?![$A-Za-z_\x80-\xff])")
    if separator:
        verbs = rb"|" + LINE_VERBS if syntax.dialect is Dialect.TSQL and delimiter else b""
        parts.append(rb"\n(?!" + separator + verbs + rb")")
    if len(delimiter) > 1 or delimiter in (b"/", b"$", b"-", b"#", b"\\"):
        guard = rb"(?!" + re.escape(delimiter) + rb")"
        parts = [guard + rb"(?:" + part + rb")" for part in parts]
        if delimiter[:1] not in b"'\"`[\n$\\#-/":
            parts.append(guard + re.escape(delimiter[:1]))
        elif delimiter[:1] == b"$" and not syntax.dollar_quote:
            parts.append(guard + rb"\$")
        elif delimiter[:1] == b"\\" and syntax.client not in ("psql", "any"):
            parts.append(guard + rb"\\")
    return parts


def _quoted(syntax: Syntax) -> list[bytes]:
    parts = []
    if syntax.escape_prefix:
        parts.append(rb"'(?<=[^0-9A-Za-z_][eE]')[^'\\]*+(?:\\.[^'\\]*+|(?!))*+'")
    literal = _literal(b"'", syntax.backslash)
    if syntax.q_quote:  # q'[…]' is left to the splitter
        literal = [rb"(?<![^0-9A-Za-z_][qQ])" + part for part in literal]
    parts += literal
    parts += _literal(b'"', syntax.backslash and syntax.double_quote_is_text)
    return parts


def _literal(quote: bytes, backslash: bool) -> list[bytes]:
    """The literal on one line, then the literal on several lines where nothing looks broken."""
    start = _SOUND_START % quote
    if not backslash:
        doubled = quote + quote
        one_line = quote + rb"(?:[^" + quote + rb"\n]++|" + doubled + rb"|(?!))*+" + quote
        lines = (
            quote
            + start
            + rb"(?:[^"
            + quote
            + rb"]++|"
            + doubled
            + rb"|(?!))*+"
            + quote
            + _SOUND_END
        )
        return [one_line, lines]
    plain = rb"[^" + quote + rb"\\\n]*+"
    one_line = quote + plain + rb"(?:\\." + plain + rb"|(?!))*+" + quote
    plain = rb"[^" + quote + rb"\\]*+"
    lines = quote + start + plain + rb"(?:\\." + plain + rb"|(?!))*+" + quote + _SOUND_END
    return [one_line, lines]


def _comments(syntax: Syntax) -> list[bytes]:
    if syntax.dialect is Dialect.MYSQL:  # `5--3` is arithmetic there
        parts = [rb"--(?:(?=[\s])[^\n]*+|\Z)", rb"-(?!-(?:\s|\Z))"]
    else:
        parts = [rb"--[^\n]*+", rb"-(?!-)"]
    if syntax.hash_comment:
        parts.append(rb"#[^\n]*+")
    if syntax.nested:
        parts.append(rb"/\*(?:[^*/]++|\*(?!/)|/(?!\*)|(?!))*+\*/")
    else:
        parts.append(rb"/\*(?:[^*]++|\*(?!/)|(?!))*+\*/")
    parts.append(rb"/(?!\*)")
    return parts
