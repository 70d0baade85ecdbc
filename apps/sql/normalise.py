"""One statement, taken apart once for everything that compares statements.

The literals are cut out first, so that white space, case and comments are folded outside of them
only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from apps.sql.dialects import SYNTAX, Dialect, Syntax

# The first character stands before everything else, so that the engine leaps to the next one; the
# group is a literal without it.
_COMMENTS = rb"(?<=-)-[^\n]*+|(?<=/)\*(?!!)(?:[^*]++|\*(?!/)|(?!))*+\*/"
_QUOTED = rb"(?<=')[^']*+'|(?<=\")[^\"]*+\""
_ESCAPED = rb"(?<=')[^'\\]*+(?:\\.[^'\\]*+|(?!))*+'|(?<=\")[^\"\\]*+(?:\\.[^\"\\]*+|(?!))*+\""
_DOLLAR = rb"(?<=\$)\$(?:[^$]++|\$(?!\$)|(?!))*+\$\$"


def _parts(syntax: Syntax) -> re.Pattern[bytes]:
    """What is cut out of a statement: literals, as group 1, and comments."""
    quoted = _ESCAPED if syntax.backslash else _QUOTED
    has_dollars = syntax.dollar_quote or not syntax.backslash
    literals = quoted + rb"|" + _DOLLAR if has_dollars else quoted
    comments = rb"(?<=#)[^\n]*+|" + _COMMENTS if syntax.hash_comment else _COMMENTS
    marks = b"'\"" + b"#" * syntax.hash_comment + b"$" * has_dollars
    return re.compile(rb"[" + marks + rb"/-](?:(" + literals + rb")|" + comments + rb")", re.DOTALL)


_PARTS = {dialect: _parts(syntax) for dialect, syntax in SYNTAX.items()}
_TOKEN = re.compile(rb"[\w$@\x80-\xff]+(?:\.\d+)?|[^\s\w$@\x80-\xff]")
# Begins with a digit, so that the engine leaps from digit to digit; looks back for the space.
_NUMBERS = re.compile(rb"[0-9](?<= [0-9])(?:(?<=0)x[0-9a-f]+|[\d.]*(?:e\d+)?)(?= )")
_NUMBER = rb"(?<![\w$@.\x80-\xff'\"`])\d++(?:\.\d++|(?!))?+(?![\w.$@\x80-\xff])"
_ROUGH = re.compile(rb"'[^'\\]*+'(?!')|" + _NUMBER)
_ESCAPED_ROUGH = re.compile(rb"'[^'\\]*+(?:\\.[^'\\]*+|(?!))*+'(?!')|" + _NUMBER, re.DOTALL)
# A literal on one line ends at its second quote in every dialect that is asked for it, one on
# several lines where the splitter (splitting/bulk.py) finds nothing broken about it; and code
# without any of the marks below cannot mean something else around another literal.
_SOUND = rb"(?<![0-9A-Za-z]')(?![\s)]*+;)(?:%s)'(?!')(?![0-9A-Za-z_])"


def _rough_literal(on_one_line: bytes, on_many: bytes) -> bytes:
    """Atomic: that most literals are both of these must not be tried in all combinations."""
    return rb"(?>'(?:" + on_one_line + rb"'(?!')|" + _SOUND % on_many + rb"))"


_ROUGH_LITERAL = _rough_literal(rb"[^'\\\n]*+", rb"[^'\\]*+")
_ESCAPED_ROUGH_LITERAL = _rough_literal(
    rb"[^'\\\n]*+(?:\\[^\n][^'\\\n]*+|(?!))*+", rb"[^'\\]*+(?:\\.[^'\\]*+|(?!))*+"
)
_PLAIN_CODE = re.compile(rb"[^'\"\\$/#;]*+\Z")
_REPEATED_END = rb"[ \t\r\n]*+(;)[ \t\r\n]*+"
MOST_VALUES = 200
# After masking, lists of literals of any length are the same template.
_LISTS = re.compile(rb"(?:\? , )+\?")
_ROWS = re.compile(rb"(?:\( \? \) , )+\( \? \)")
_SIGNED = re.compile(rb"(?<=[(,=]) [-+] \?")


@dataclass(frozen=True, slots=True)
class Normalised:
    """`code` is the statement's tokens, lower-cased, one space apart, `'` in the place of a
    literal.
    """

    code: bytes
    literals: tuple[bytes, ...]

    @property
    def text_hash(self) -> bytes:
        """32 bytes; equal for statements that differ in white space, comments or case of code
        only.
        """
        return sha256(self.code + b"\x00" + b"\x00".join(self.literals)).digest()

    @property
    def template(self) -> bytes:
        """The tokens with every literal and number as `?`, one space apart."""
        code = self.code.replace(b"'", b"?")
        masked = _NUMBERS.sub(b"?", b" " + code + b" ")[1:-1]
        if b"?" not in masked:
            return masked
        if b" - ?" in masked or b" + ?" in masked:
            masked = _SIGNED.sub(b" ?", masked)
        if b"? , ?" in masked:
            masked = _LISTS.sub(b"?", masked)
        return _ROWS.sub(b"( ? )", masked) if b"( ? ) , ( ? )" in masked else masked


def rough_template(statement: bytes, dialect: Dialect) -> bytes:
    """A cheap key: statements with the same one have the same template (the reverse does not
    hold).
    """
    return _rough(dialect).sub(b"?", statement)


def repeated(statement: bytes, dialect: Dialect) -> re.Pattern[bytes] | None:
    """What matches statements that differ from this one in their literals and numbers only, each
    with its semicolon, group 1, and the white space behind; None where only the splitter can tell
    their end.
    """
    values = _rough(dialect).findall(statement)
    parts = _rough(dialect).split(statement)
    code = b"".join(parts)
    if len(values) > MOST_VALUES or b"--" in code or not _PLAIN_CODE.match(code):
        return None
    literal = _ESCAPED_ROUGH_LITERAL if SYNTAX[dialect].backslash else _ROUGH_LITERAL
    pattern = [re.escape(parts[0])]
    for value, part in zip(values, parts[1:], strict=True):
        pattern += [literal if value.startswith(b"'") else _NUMBER, re.escape(part)]
    return re.compile(b"".join(pattern) + _REPEATED_END, re.DOTALL)


def _rough(dialect: Dialect) -> re.Pattern[bytes]:
    return _ESCAPED_ROUGH if SYNTAX[dialect].backslash else _ROUGH


def normalise(statement: bytes, dialect: Dialect = Dialect.UNKNOWN) -> Normalised:
    """Take a statement (UTF-8) apart. Linear time."""
    parts: list[bytes | None] = _PARTS[dialect].split(statement)
    if len(parts) == 1:
        return Normalised(b" ".join(_TOKEN.findall(statement.lower())), ())
    found = parts[1::2]
    # A comment leaves None: white space. A literal leaves a lone quote, which no token holds
    # otherwise.
    parts[1::2] = [b" " if part is None else b"'" for part in found]
    code = b"".join(parts)  # type: ignore[arg-type]  # no None is left
    literals = tuple([part[-1:] + part for part in found if part is not None])
    return Normalised(b" ".join(_TOKEN.findall(code.lower())), literals)
