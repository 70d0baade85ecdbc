"""One statement, taken apart once for everything that compares statements.

The literals are cut out first, so that white space, case and comments are folded outside of them
only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from apps.seeds.lexing import Dialect

# The first character stands before everything else, so that the engine leaps to the next one; the
# group is a literal without it.
_COMMENTS = rb"(?<=-)-[^\n]*+|(?<=/)\*(?!!)(?:[^*]++|\*(?!/))*+\*/"
_QUOTED = rb"(?<=')[^']*+'|(?<=\")[^\"]*+\""
_ESCAPED = rb"(?<=')[^'\\]*+(?:\\.[^'\\]*+)*+'|(?<=\")[^\"\\]*+(?:\\.[^\"\\]*+)*+\""
_DOLLAR = rb"(?<=\$)\$(?:[^$]++|\$(?!\$))*+\$\$"
_PLAIN_PARTS = re.compile(
    rb"['\"$/-](?:(" + _QUOTED + rb"|" + _DOLLAR + rb")|" + _COMMENTS + rb")", re.DOTALL
)
_MYSQL_PARTS = re.compile(
    rb"['\"#/-](?:(" + _ESCAPED + rb")|(?<=#)[^\n]*+|" + _COMMENTS + rb")", re.DOTALL
)
_TOKEN = re.compile(rb"[\w$@\x80-\xff]+(?:\.\d+)?|[^\s\w$@\x80-\xff]")
# Begins with a digit, so that the engine leaps from digit to digit; looks back for the space.
_NUMBERS = re.compile(rb"[0-9](?<= [0-9])(?:(?<=0)x[0-9a-f]+|[\d.]*(?:e\d+)?)(?= )")
_NUMBER = rb"(?<![\w$@.\x80-\xff'\"`])\d++(?:\.\d++)?+(?![\w.$@\x80-\xff])"
_ROUGH = re.compile(rb"'[^'\\]*+'(?!')|" + _NUMBER)
_MYSQL_ROUGH = re.compile(rb"'[^'\\]*+(?:\\.[^'\\]*+)*+'(?!')|" + _NUMBER, re.DOTALL)
# A literal on one line ends at its second quote in every dialect that is asked for it, and code
# without any of these marks has no way to mean something else around another literal.
_ROUGH_VALUE = rb"(?:'[^'\\\n]*+'(?!')|" + _NUMBER + rb")"
_MYSQL_ROUGH_VALUE = rb"(?:'[^'\\\n]*+(?:\\[^\n][^'\\\n]*+)*+'(?!')|" + _NUMBER + rb")"
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
    pattern = _MYSQL_ROUGH if dialect is Dialect.MYSQL else _ROUGH
    return pattern.sub(b"?", statement)


def repeated(rough: bytes, dialect: Dialect) -> re.Pattern[bytes] | None:
    """What matches a statement of this rough template with its semicolon, group 1, and the white
    space behind; None where only the splitter can tell its end.
    """
    parts = rough.split(b"?")
    if len(parts) > MOST_VALUES or b"--" in rough or not _PLAIN_CODE.match(rough):
        return None
    value = _MYSQL_ROUGH_VALUE if dialect is Dialect.MYSQL else _ROUGH_VALUE
    return re.compile(value.join(map(re.escape, parts)) + _REPEATED_END)


def normalise(statement: bytes, dialect: Dialect = Dialect.UNKNOWN) -> Normalised:
    """Take a statement (UTF-8) apart. Linear time."""
    pattern = _MYSQL_PARTS if dialect is Dialect.MYSQL else _PLAIN_PARTS
    parts: list[bytes | None] = pattern.split(statement)
    if len(parts) == 1:
        return Normalised(b" ".join(_TOKEN.findall(statement.lower())), ())
    found = parts[1::2]
    # A comment leaves None: white space. A literal leaves a lone quote, which no token holds
    # otherwise.
    parts[1::2] = [b" " if part is None else b"'" for part in found]
    code = b"".join(parts)  # type: ignore[arg-type]  # no None is left
    literals = tuple([part[-1:] + part for part in found if part is not None])
    return Normalised(b" ".join(_TOKEN.findall(code.lower())), literals)
