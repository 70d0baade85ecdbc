"""One statement, taken apart once for everything that compares statements.

The literals are cut out first, so that white space, case and comments are folded outside of them
only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from apps.seeds.lexing import Dialect

_COMMENTS = rb"--[^\n]*+|/\*(?!!)(?:[^*]++|\*(?!/))*+\*/"
_QUOTED = rb"'[^']*+'|\"[^\"]*+\""
_ESCAPED = rb"'[^'\\]*+(?:\\.[^'\\]*+)*+'|\"[^\"\\]*+(?:\\.[^\"\\]*+)*+\""
_DOLLAR = rb"\$\$(?:[^$]++|\$(?!\$))*+\$\$"
_PLAIN_PARTS = re.compile(rb"(" + _QUOTED + rb"|" + _DOLLAR + rb")|" + _COMMENTS, re.DOTALL)
_MYSQL_PARTS = re.compile(rb"(" + _ESCAPED + rb")|#[^\n]*+|" + _COMMENTS, re.DOTALL)
_TOKEN = re.compile(rb"[\w$@\x80-\xff]+(?:\.\d+)?|[^\s\w$@\x80-\xff]")
_NUMBERS = re.compile(rb"(?<![^ ])(?:0x[0-9a-f]+|\d[\d.]*(?:e\d+)?)(?![^ ])")
_ROUGH = re.compile(rb"'[^'\\]*+'(?!')|(?<![\w$@.\x80-\xff'\"`-])\d++(?![\w.$@\x80-\xff])")
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
        masked = _NUMBERS.sub(b"?", self.code.replace(b"'", b"?"))
        return _ROWS.sub(b"( ? )", _LISTS.sub(b"?", _SIGNED.sub(b" ?", masked)))


def rough_template(statement: bytes) -> bytes:
    """A cheap key: statements with the same one have the same template (the reverse does not
    hold).
    """
    return _ROUGH.sub(b"?", statement)


def normalise(statement: bytes, dialect: Dialect = Dialect.UNKNOWN) -> Normalised:
    """Take a statement (UTF-8) apart. Linear time."""
    pattern = _MYSQL_PARTS if dialect is Dialect.MYSQL else _PLAIN_PARTS
    parts = pattern.split(statement)
    if len(parts) == 1:
        return Normalised(b" ".join(_TOKEN.findall(statement.lower())), ())
    literals = tuple(part for part in parts[1::2] if part is not None)
    # A comment leaves None: white space. A literal leaves a lone quote, which no token holds
    # otherwise.
    pieces = [b" " if p is None else b"'" for p in parts[1::2]]
    code = b"".join(x for pair in zip(parts[::2], pieces + [b""], strict=True) for x in pair)
    return Normalised(b" ".join(_TOKEN.findall(code.lower())), literals)
