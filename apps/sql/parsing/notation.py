"""The notation of the rules in rules/*.peg, read into trees.

A rule is `name = expression`, one a line (an indented line goes on with the one above):

    IF            the unquoted word IF            'x'   the mark x
    rule          another rule, or a built-in     e?    once or not at all
    e f           one after the other             e*    any number of times
    e | f         the first of them that fits     e+    at least once
    ( … )         a group                         &e !e what follows fits, or does not
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from apps.sql.parsing.words import MARK, WORD

_TOKENS = re.compile(r"(?:([A-Z_][A-Z0-9_$]*)(?![a-z])|([a-z_][a-z0-9_]*)|'([^']+)'|([()|?*+&!]))")
_RULE = re.compile(r"^([a-z_][a-z0-9_]*)\s*=\s*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_TIMES = ("?", "*", "+")


class Spelt(NamedTuple):
    """A word or mark that is spelt so."""

    kind: str
    spelling: bytes


class Named(NamedTuple):
    """Another rule, or a built-in."""

    name: str


class Row(NamedTuple):
    """One after the other."""

    parts: tuple[Node, ...]


class Choice(NamedTuple):
    """The first that fits."""

    options: tuple[Node, ...]


class Times(NamedTuple):
    """`sign` is one of ? * +."""

    part: Node
    sign: str


class Ahead(NamedTuple):
    """What follows fits (`wanted`), or does not."""

    part: Node
    wanted: bool


Node = Spelt | Named | Row | Choice | Times | Ahead


def rules_of(text: str) -> dict[str, Node]:
    """The rules of a text, by their names."""
    return {name: _Reader(body).whole() for name, body in _RULE.findall(text)}


class _Reader:
    """One rule's body, by recursive descent."""

    def __init__(self, body: str) -> None:
        self._tokens: list[tuple[str, str, str, str]] = _TOKENS.findall(body)
        if _TOKENS.sub("", body).strip():
            raise ValueError(f"no rule: {_TOKENS.sub('', body).strip()!r} in {body!r}")
        self._at = 0

    def whole(self) -> Node:
        node = self._choice()
        if self._at != len(self._tokens):
            raise ValueError(f"no rule: {self._tokens[self._at :]}")
        return node

    def _sign(self) -> str:
        return self._tokens[self._at][3] or "" if self._at < len(self._tokens) else ")"

    def _choice(self) -> Node:
        options = [self._row()]
        while self._sign() == "|":
            self._at += 1
            options.append(self._row())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _row(self) -> Node:
        parts = []
        while self._sign() not in ("|", ")"):
            parts.append(self._repeated())
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def _repeated(self) -> Node:
        sign = self._sign()
        if sign in ("&", "!"):
            self._at += 1
            return Ahead(self._repeated(), wanted=sign == "&")
        node = self._single()
        while self._sign() in _TIMES:
            node = Times(node, self._sign())
            self._at += 1
        return node

    def _single(self) -> Node:
        word, rule, mark, sign = self._tokens[self._at]
        self._at += 1
        if sign == "(":
            node = self._choice()
            self._at += 1
            return node
        if word or mark:
            return Spelt(WORD if word else MARK, (word or mark).encode())
        return Named(rule)


class Lead(NamedTuple):
    """With which spellings, or words of which kinds, something can begin; `is_open` when that is
    not known, or when it may be nothing at all.
    """

    spellings: frozenset[bytes] = frozenset()
    kinds: frozenset[str] = frozenset()
    is_open: bool = False

    def allows(self, spelling: bytes, kind: str) -> bool:
        return self.is_open or spelling in self.spellings or kind in self.kinds


ANYTHING = Lead(is_open=True)


class Leads:
    """With what every part of every rule can begin: most need not be tried at most words."""

    def __init__(self, rules: Mapping[str, Node], builtins: Mapping[str, Lead]) -> None:
        self._rules = rules
        self._known = dict(builtins)

    def of(self, node: Node) -> Lead:
        """The lead of a part of a rule."""
        if isinstance(node, Spelt):
            return Lead(frozenset((node.spelling,)))
        if isinstance(node, Named):
            return self._of_rule(node.name)
        if isinstance(node, Row):
            return self._of_row(node)
        if isinstance(node, Choice):
            return _either(map(self.of, node.options))
        if isinstance(node, Times):
            lead = self.of(node.part)
            return lead if node.sign == "+" else lead._replace(is_open=True)
        return ANYTHING

    def _of_rule(self, name: str) -> Lead:
        if name not in self._known:
            self._known[name] = ANYTHING  # of a rule that begins with itself nothing is known
            self._known[name] = self.of(self._rules[name]) if name in self._rules else ANYTHING
        return self._known[name]

    def _of_row(self, row: Row) -> Lead:
        """Parts that may be nothing let the next one come first."""
        leads = []
        for part in row.parts:
            is_ahead = isinstance(part, Ahead)  # takes nothing, and only forbids more
            lead = self.of(part.part if isinstance(part, Times) else part)
            if lead.is_open and not is_ahead:
                return ANYTHING
            leads += [] if is_ahead else [lead]
            if not is_ahead and not (isinstance(part, Times) and part.sign != "+"):
                return _either(leads)
        return ANYTHING


def _either(leads: Iterable[Lead]) -> Lead:
    found = list(leads)
    return Lead(
        frozenset[bytes]().union(*(lead.spellings for lead in found)),
        frozenset[str]().union(*(lead.kinds for lead in found)),
        any(lead.is_open for lead in found),
    )
