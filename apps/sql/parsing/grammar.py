"""A small language for grammars of statements, and its reader.

A rule is `name = expression`, one a line (an indented line goes on with the one above):

    IF            the unquoted word IF            'x'   the mark x
    rule          another rule, or a built-in     e?    once or not at all
    e f           one after the other             e*    any number of times
    e | f         the first of them that fits     e+    at least once
    ( … )         a group                         &e !e what follows fits, or does not

The reader tries in order and keeps the first that fits (a parsing expression grammar: Ford, POPL
2004). What a rule found at a word is remembered, so that the time is in proportion to the length
of the statement; a budget of steps bounds it in any case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from apps.sql.dialects import Dialect
from apps.sql.parsing.words import MARK, WORD, Words

MOST_STEPS = 400_000
MISS = -1


ReadsStatement = Callable[[bytes, str, Dialect], bool]
"""Whether somebody can read a statement of this kind."""


class TooMuch(Exception):
    """The statement takes more steps than it is worth."""


@dataclass(slots=True)
class Reading:
    """One statement being read; `reads` is asked about the statements within it."""

    words: Words
    reads: ReadsStatement
    found: dict[tuple[int, int], int] = field(default_factory=dict)
    steps: int = 0
    asked: int = 0  # bytes that `reads` was asked about

    def step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooMuch


Match = Callable[[Reading, int], int]
"""From a word's number to that of the first word behind what fits, or MISS."""

_TOKENS = re.compile(r"(?:([A-Z_][A-Z0-9_$]*)(?![a-z])|([a-z_][a-z0-9_]*)|'([^']+)'|([()|?*+&!]))")
_RULE = re.compile(r"^([a-z_][a-z0-9_]*)\s*=\s*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)


class Grammar:
    """The rules of `text`; `builtins` are matchers that are written in Python."""

    def __init__(self, text: str, builtins: Mapping[str, Match]) -> None:
        self._rules: dict[str, Match] = dict(builtins)
        bodies = dict(_RULE.findall(text))
        for number, name in enumerate(bodies):
            self._rules[name] = _remembered(self._later(name), number)
        leads = _Leads(bodies)
        self._bodies = {
            name: _Compiler(body, self._rules, leads).whole() for name, body in bodies.items()
        }

    def _later(self, name: str) -> Match:
        return lambda reading, at: self._bodies[name](reading, at)

    def reads(self, rule: str, words: Words, reads: ReadsStatement) -> bool:
        """Whether `rule` fits all of `words`. Raises RecursionError or TooMuch where nothing can
        be said in bounded time.
        """
        return self._rules[rule](Reading(words, reads), 0) == len(words)

    def match(self, rule: str, reading: Reading, at: int) -> int:
        """Where `rule` ends that begins at word `at`, within a reading; or MISS."""
        return self._rules[rule](reading, at)


def _remembered(match: Match, number: int) -> Match:
    def remembered(reading: Reading, at: int) -> int:
        key = (number, at)
        end = reading.found.get(key)
        if end is None:
            reading.step()
            end = reading.found[key] = match(reading, at)
        return end

    return remembered


Tokens = list[tuple[str, str, str, str]]
"""Of a rule: word, rule's name, mark, sign; one of them is not empty."""


class _Leads:
    """With which spellings an alternative must begin: most need not be tried at most words."""

    def __init__(self, bodies: Mapping[str, str]) -> None:
        self._bodies: dict[str, Tokens] = {
            name: _TOKENS.findall(body) for name, body in bodies.items()
        }

    def of(self, tokens: Tokens, within: frozenset[str] = frozenset()) -> frozenset[bytes] | None:
        """The spellings of which one stands first in what `tokens` mean; None: that is not known.
        `within` are the rules that are being looked at.
        """
        found: frozenset[bytes] = frozenset()
        depth, is_first = 0, True
        for number, (word, rule, mark, sign) in enumerate(tokens):
            if is_first:
                one = self._single(word or mark, rule, tokens[number + 1 : number + 2], within)
                if one is None:
                    return None
                found |= one
            depth += (sign == "(") - (sign == ")")
            is_first = sign == "|" and not depth
        return found or None

    def _single(
        self, spelt: str, rule: str, following: Tokens, within: frozenset[str]
    ) -> frozenset[bytes] | None:
        if following and following[0][3] in ("?", "*"):
            return None
        if spelt:
            return frozenset((spelt.encode(),))
        if rule not in self._bodies or rule in within:
            return None
        return self.of(self._bodies[rule], within | {rule})


class _Compiler:
    """One rule's text to a matcher, by recursive descent."""

    def __init__(self, body: str, rules: Mapping[str, Match], leads: _Leads) -> None:
        self._tokens: Tokens = _TOKENS.findall(body)
        if _TOKENS.sub("", body).strip():
            raise ValueError(f"no rule: {_TOKENS.sub('', body).strip()!r} in {body!r}")
        self._rules, self._leads, self._at = rules, leads, 0

    def whole(self) -> Match:
        match = self._choice()
        if self._at != len(self._tokens):
            raise ValueError(f"no rule: {self._tokens[self._at :]}")
        return match

    def _sign(self) -> str:
        return self._tokens[self._at][3] or "" if self._at < len(self._tokens) else ")"

    def _choice(self) -> Match:
        start = self._at
        options, leads = [self._sequence()], [self._leads.of(self._tokens[start : self._at])]
        while self._sign() == "|":
            self._at += 1
            begin = self._at
            options.append(self._sequence())
            leads.append(self._leads.of(self._tokens[begin : self._at]))
        tokens = self._tokens[start : self._at]
        if (
            len(tokens) > 2
            and all(word for word, *_ in tokens[::2])
            and len(options) * 2 == len(tokens) + 1
        ):
            return _one_of(frozenset((word or "").encode() for word, *_ in tokens[::2]))
        return options[0] if len(options) == 1 else _first_of(options, leads)

    def _sequence(self) -> Match:
        parts = []
        while self._sign() not in ("|", ")"):
            parts.append(self._repeated())
        return parts[0] if len(parts) == 1 else _all_of(parts)

    def _repeated(self) -> Match:
        sign = self._sign()
        if sign in ("&", "!"):
            self._at += 1
            return _ahead(self._repeated(), wanted=sign == "&")
        match = self._single()
        while self._sign() in ("?", "*", "+"):
            match = {"?": _maybe, "*": _any_number, "+": _some}[self._sign()](match)
            self._at += 1
        return match

    def _single(self) -> Match:
        word, rule, mark, sign = self._tokens[self._at]
        self._at += 1
        if sign == "(":
            match = self._choice()
            self._at += 1
            return match
        if word:
            return _spelt(WORD, word.encode())
        if mark:
            return _spelt(MARK, mark.encode())
        return self._named(rule or "")

    def _named(self, rule: str) -> Match:
        return self._rules[rule]


def _spelt(kind: str, spelling: bytes) -> Match:
    def match(reading: Reading, at: int) -> int:
        words = reading.words
        fits = at < len(words.kinds) and words.spelt[at] == spelling and words.kinds[at] == kind
        return at + 1 if fits else MISS

    return match


def _one_of(spellings: frozenset[bytes]) -> Match:
    def match(reading: Reading, at: int) -> int:
        words = reading.words
        fits = at < len(words.kinds) and words.spelt[at] in spellings and words.kinds[at] == WORD
        return at + 1 if fits else MISS

    return match


def _all_of(parts: list[Match]) -> Match:
    def match(reading: Reading, at: int) -> int:
        for part in parts:
            at = part(reading, at)
            if at == MISS:
                return MISS
        return at

    return match


def _first_of(options: list[Match], leads: list[frozenset[bytes] | None]) -> Match:
    """`leads` are with which spellings each option must begin."""
    pairs = list(zip(options, leads, strict=True))
    others = [option for option, lead in pairs if lead is None]
    known = frozenset[bytes]().union(*(lead for lead in leads if lead))
    table = {
        spelt: [option for option, lead in pairs if lead is None or spelt in lead]
        for spelt in known
    }

    def match(reading: Reading, at: int) -> int:
        spelt = reading.words.spelt
        for option in table.get(spelt[at], others) if at < len(spelt) else options:
            end = option(reading, at)
            if end != MISS:
                return end
        return MISS

    return match


def _maybe(part: Match) -> Match:
    def match(reading: Reading, at: int) -> int:
        end = part(reading, at)
        return at if end == MISS else end

    return match


def _any_number(part: Match) -> Match:
    def match(reading: Reading, at: int) -> int:
        while True:
            reading.step()
            end = part(reading, at)
            if end in (MISS, at):
                return at
            at = end

    return match


def _some(part: Match) -> Match:
    return _all_of([part, _any_number(part)])


def _ahead(part: Match, *, wanted: bool) -> Match:
    def match(reading: Reading, at: int) -> int:
        return at if (part(reading, at) != MISS) is wanted else MISS

    return match
