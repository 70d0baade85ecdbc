"""The splitter's way through a statement: one match from its beginning to what needs a decision.

Where the token stream of `apps.sql.tokens` would take one step per token, a whole ordinary
statement is consumed by one match here. It stops in front of the delimiter, a dollar quote, a
quote that does not close, a nested comment. All repeats are possessive, and every possessive group
ends with an alternative that fails (`apps.sql.lexical` says why).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from apps.sql import lexical
from apps.sql.dialects import Dialect, Syntax
from apps.sql.splitting.gaps import SPACES as WHITE

# A quote after a letter or digit (`it's`), or a literal that begins by ending a statement, hints
# that the quotes are out of step. In a file whose quotes do not close, such literals are left to
# the recovery when they span lines.
SOUND_START = rb"(?<![0-9A-Za-z]%s)(?![\s)]*+;)"
SOUND_END = rb"(?![0-9A-Za-z_])"

BLOCK_WORDS = rb"BEGIN|CASE|END"
# Statements that hold no delimiter outside of quotes, and with which no client's command begins.
_PLAIN = (
    rb"(?i:SELECT|INSERT|UPDATE|DELETE|REPLACE(?!\s++(?:MACRO|PROCEDURE|FUNCTION|TRIGGER)\b)"
    rb"|MERGE|COMMENT|GRANT|REVOKE|DROP"
    rb"|(?:CREATE|ALTER)\s++(?:UNIQUE\s++|(?!))?+"
    rb"(?:TABLE|INDEX|VIEW|SEQUENCE|OPERATOR|CAST|DOMAIN|EXTENSION))\b"
)
# T-SQL's, of which `batches.may_be_plain` has to tell whether they are one statement.
_PLAIN_BATCH = (
    rb"(?!(?i:IF|WHILE|BEGIN|END|ELSE|GO)\b)(?!(?i:(?:CREATE|ALTER)\s+(?:OR\s+ALTER\s+)?"
    rb"(?:PROC|PROCEDURE|FUNCTION|TRIGGER)\b))[A-Za-z]++"
)


@dataclass(frozen=True, slots=True)
class Patterns:
    """`body` runs from inside a statement to the next decision; `block` also stops at BEGIN,
    CASE, END. `plain` is white space, an ordinary statement (group 1) and its semicolon
    (or separator). `separator` is matched where it stands first on its line, `separator_line`
    searched.
    """

    plain: re.Pattern[bytes] | None
    body: re.Pattern[bytes]
    block: re.Pattern[bytes]
    separator: re.Pattern[bytes] | None
    separator_line: re.Pattern[bytes] | None


@lru_cache(maxsize=128)
def patterns_for(syntax: Syntax, delimiter: bytes, *, recovering: bool = False) -> Patterns:
    """Compile the patterns; an empty `delimiter` means that only a separator line ends a
    statement. `recovering`: look for literals that are out of step.
    """
    separator = _separator(syntax)
    special = _specials(syntax, delimiter)
    parts = _parts(syntax, delimiter, separator, recovering)
    body = rb"(?:[^" + special + rb"]++|" + b"|".join(parts) + rb"|(?!))*+"
    word = rb"(?!(?i:" + BLOCK_WORDS + rb")\b)[A-Za-z_\x80-\xff][\w\x80-\xff]*+"
    rest = rb"[^A-Za-z_\x80-\xff" + special + rb"]++"
    block = rb"(?:" + word + rb"|" + rest + rb"|" + b"|".join(parts) + rb"|(?!))*+"
    is_tsql = syntax.dialect is Dialect.TSQL
    head = _PLAIN_BATCH if is_tsql else _PLAIN
    after = rb"(?:;|[\r\n]" + separator + rb")" if is_tsql else rb";"
    is_plain = delimiter == b";" and not (is_tsql and recovering)
    plain = WHITE + rb"(" + head + body + rb")" + after
    return Patterns(
        re.compile(plain, re.DOTALL) if is_plain else None,
        re.compile(body, re.DOTALL),
        re.compile(block, re.DOTALL),
        re.compile(separator) if separator else None,
        re.compile(rb"[\r\n]" + separator) if separator else None,
    )


def _separator(syntax: Syntax) -> bytes:
    """A separator alone on its line, from the line's first character; GO may carry a count."""
    names = []
    if b"GO" in syntax.line_separators:
        names.append(rb"[Gg][Oo](?:[ \t]++\d++|(?!))?+[ \t]*+;?+[ \t]*+(?:--[^\r\n]*+|(?!))?+")
    if b"/" in syntax.line_separators:
        names.append(rb"/[ \t]*+")
    return rb"[ \t]*+(?:" + b"|".join(names) + rb")(?:\r\n?|\n|\Z)" if names else b""


def _specials(syntax: Syntax, delimiter: bytes) -> bytes:
    chars = b"'\"/" + b"-" + delimiter[:1]
    chars += b"`" if syntax.backtick else b""
    chars += b"[" if syntax.bracket else b""
    chars += b"#" if syntax.hash_comment else b""
    chars += b"$" if syntax.dollar_quote else b""
    chars += b"\\" if syntax.client in ("psql", "mysql", "any") else b""
    chars += b"\r\n" if syntax.line_separators else b""
    return b"".join(re.escape(bytes([c])) for c in sorted(set(chars)))


def _parts(syntax: Syntax, delimiter: bytes, separator: bytes, recovering: bool) -> list[bytes]:
    parts = _quoted(syntax, recovering) + _comments(syntax, separator)
    if syntax.bracket:
        parts += [lexical.as_bytes(lexical.bracket(syntax)), rb"\["]
    if syntax.backtick:
        parts.append(rb"`[^`\n]*+`")
    if syntax.dollar_quote:
        parts.append(rb"\$(?![$A-Za-z_\x80-\xff])")
    if separator:
        parts.append(rb"[\r\n](?!" + separator + rb")")
    if len(delimiter) > 1 or delimiter in (b"/", b"$", b"-", b"#", b"\\"):
        guard = rb"(?!" + re.escape(delimiter) + rb")"
        parts = [guard + rb"(?:" + part + rb")" for part in parts]
        if delimiter[:1] not in b"'\"`[\n$\\#-/":
            parts.append(guard + re.escape(delimiter[:1]))
        elif delimiter[:1] == b"$" and not syntax.dollar_quote:
            parts.append(guard + rb"\$")
        elif delimiter[:1] == b"\\" and syntax.client not in ("psql", "mysql", "any"):
            parts.append(guard + rb"\\")
    return parts


def _quoted(syntax: Syntax, recovering: bool) -> list[bytes]:
    parts = []
    if syntax.triple_quote:
        parts += [
            rb'"""(?:[^"\\]++|\\.|"(?!"")|(?!))*+"""',
            rb"'''(?:[^'\\]++|\\.|'(?!'')|(?!))*+'''",
        ]
    if syntax.escape_prefix:
        parts.append(rb"'(?<=[^0-9A-Za-z_][eE]')[^'\\]*+(?:\\.[^'\\]*+|(?!))*+'")
    literal = _literal(b"'", syntax.backslash, recovering)
    if syntax.q_quote:  # q'[…]' is left to the splitter
        word = rb"[0-9A-Za-z_$#\x80-\xff]"
        plain = rb"(?<!(?<!" + word + rb")[qQ])(?<!(?<!" + word + rb")[nN][qQ])"
        literal = [plain + part for part in literal]
    parts += literal
    parts += _literal(b'"', syntax.backslash and syntax.double_quote_is_text, recovering)
    return parts


def _literal(quote: bytes, backslash: bool, recovering: bool) -> list[bytes]:
    """The literal; in recovery one on one line, then on several where nothing looks broken."""
    start = SOUND_START % quote
    if not backslash:
        loop = rb"(?:[^%s\n]++|%s|(?!))*+" % (quote, quote * 2)
        many = rb"(?:[^%s]++|%s|(?!))*+" % (quote, quote * 2)
    else:
        loop = rb"[^%s\\\n]*+(?:\\.[^%s\\\n]*+|(?!))*+" % (quote, quote)
        many = rb"[^%s\\]*+(?:\\.[^%s\\]*+|(?!))*+" % (quote, quote)
    if not recovering:
        return [quote + many + quote]
    return [quote + loop + quote, quote + start + many + quote + SOUND_END]


def _comments(syntax: Syntax, separator: bytes, *, whole: bool = False) -> list[bytes]:
    parts = [lexical.as_bytes(one) for one in lexical.line_comments(syntax)]
    dash = rb"-(?!-(?:\s|\Z))" if syntax.executable_comment else rb"-(?!-)"
    # A separator behind a comment is one as well, when the comment stands first on its line.
    tail = rb"(?!" + separator + rb")" if separator else b""
    inside = (
        rb"(?:[^*/]++|\*(?!/)|/(?!\*)|(?!))*+" if syntax.nested else rb"(?:[^*]++|\*(?!/)|(?!))*+"
    )
    slash = rb"(?:/(?![*/])|(?<=:)//)" if syntax.slash_comment else rb"/(?!\*)"
    close = rb"(?:\*/|\Z)" if whole else rb"\*/"
    return [*parts, dash, rb"/\*" + inside + close + tail, slash]


def quotes_close(content: bytes, syntax: Syntax) -> bool:
    """Whether the literals of a file close when all of it is read as SQL.

    Dollar and q quotes are passed as words: a file that they put out of step is looked at twice.
    """
    found = _whole(syntax).match(content)
    return found is not None and found.end() == len(content)


@lru_cache(maxsize=32)
def _whole(syntax: Syntax) -> re.Pattern[bytes]:
    special = _specials(syntax, b"").replace(b"\\\r", b"").replace(b"\\\n", b"")
    quoted = _quoted(syntax, recovering=False)
    parts = [*quoted, *_comments(syntax, b"", whole=True)]
    parts += [lexical.as_bytes(one) for one in lexical.odd_names(syntax)]
    parts.append(rb"[^'\"]")
    return re.compile(rb"(?:[^" + special + rb"]++|" + b"|".join(parts) + rb"|(?!))*+", re.DOTALL)
