"""The reader of grammars of statements; parsing/notation.py says how their rules are written.

It tries in order and keeps the first that fits (a parsing expression grammar: Ford, POPL
2004). What a rule found at a word is remembered, so that the time is in proportion to the length
of the statement; a budget of steps bounds it in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from apps.sql.dialects import Dialect
from apps.sql.parsing.notation import (
    Ahead,
    Choice,
    Lead,
    Leads,
    Named,
    Node,
    Row,
    Spelt,
    Times,
    rules_of,
)
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
    found: dict[int, int] = field(default_factory=dict)
    steps: int = 0
    asked: int = 0  # bytes that `reads` was asked about

    def step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooMuch


Match = Callable[[Reading, int], int]
"""From a word's number to that of the first word behind what fits, or MISS."""


class Grammar:
    """The rules of `text`; `builtins` are matchers that are written in Python, `leads` says of
    some of them with what they begin.
    """

    def __init__(self, text: str, builtins: Mapping[str, Match], leads: Mapping[str, Lead]) -> None:
        rules = rules_of(text)
        self._leads = Leads(rules, leads)
        bodies: dict[str, Match] = {}
        self._rules: dict[str, Match] = dict(builtins)
        for number, name in enumerate(rules):
            self._rules[name] = _remembered(bodies, name, number, len(rules))
        for name, node in rules.items():
            bodies[name] = self._compiled(node)

    def reads(self, rule: str, words: Words, reads: ReadsStatement) -> bool:
        """Whether `rule` fits all of `words`. Raises RecursionError or TooMuch where nothing can
        be said in bounded time.
        """
        return self._rules[rule](Reading(words, reads), 0) == len(words)

    def match(self, rule: str, reading: Reading, at: int) -> int:
        """Where `rule` ends that begins at word `at`, within a reading; or MISS."""
        return self._rules[rule](reading, at)

    def _compiled(self, node: Node) -> Match:
        if isinstance(node, Spelt):
            return _spelt(node.kind, node.spelling)
        if isinstance(node, Named):
            return self._rules[node.name]
        if isinstance(node, Row):
            return _all_of([self._compiled(part) for part in node.parts])
        if isinstance(node, Choice):
            return self._choice(node)
        if isinstance(node, Ahead):
            return _ahead(self._compiled(node.part), wanted=node.wanted)
        return self._repeated(node)

    def _choice(self, node: Choice) -> Match:
        words = [one for one in node.options if isinstance(one, Spelt) and one.kind == WORD]
        if len(words) == len(node.options):
            return _one_of(frozenset(one.spelling for one in words))
        options = [self._compiled(option) for option in node.options]
        return _first_of(options, [self._leads.of(option) for option in node.options])

    def _repeated(self, node: Times) -> Match:
        part, lead = self._compiled(node.part), self._leads.of(node.part)
        if node.sign == "?":
            return _maybe(part, lead)
        any_number = _any_number(part, lead)
        return any_number if node.sign == "*" else _all_of([part, any_number])


def _remembered(bodies: Mapping[str, Match], name: str, number: int, of: int) -> Match:
    """Rule `number` of all; what it found is kept by word and rule. Its body is made later."""

    def remembered(reading: Reading, at: int) -> int:
        found, key = reading.found, at * of + number
        if key in found:
            return found[key]
        reading.steps += 1
        if reading.steps > MOST_STEPS:
            raise TooMuch
        end = found[key] = bodies[name](reading, at)
        return end

    return remembered


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
    first, second, *others = parts

    def both(reading: Reading, at: int) -> int:
        at = first(reading, at)
        return MISS if at == MISS else second(reading, at)

    def match(reading: Reading, at: int) -> int:
        for part in parts:
            at = part(reading, at)
            if at == MISS:
                return MISS
        return at

    return match if others else both


def _first_of(options: list[Match], leads: list[Lead]) -> Match:
    """`leads` are with what each option must begin."""
    table = _Table(options, leads)

    def match(reading: Reading, at: int) -> int:
        words = reading.words
        if at < len(words.kinds):
            fitting = table.get(spelt := words.spelt[at])
            if fitting is None:
                fitting = table.by_kind(words.kinds[at], spelt)
        else:
            fitting = options
        for option in fitting:
            end = option(reading, at)
            if end != MISS:
                return end
        return MISS

    return match


class _Table(dict[bytes, list[Match]]):
    """Which options need be tried at a word that one of them knows by its spelling."""

    def __init__(self, options: list[Match], leads: list[Lead]) -> None:
        self._pairs = list(zip(options, leads, strict=True))
        self._kinds: dict[str, list[Match]] = {}
        known = frozenset[bytes]().union(*(lead.spellings for lead in leads))
        super().__init__(
            (spelling, self._fitting(spelling, WORD if _is_word(spelling) else MARK))
            for spelling in known
        )

    def by_kind(self, kind: str, spelling: bytes) -> list[Match]:
        """The options for a word that none knows by its spelling."""
        found = self._kinds.get(kind)
        if found is None:
            found = self._kinds[kind] = self._fitting(spelling, kind)
        return found

    def _fitting(self, spelling: bytes, kind: str) -> list[Match]:
        return [option for option, lead in self._pairs if lead.allows(spelling, kind)]


def _is_word(spelling: bytes) -> bool:
    return spelling[:1].isalpha() or spelling[:1] == b"_"


def _maybe(part: Match, lead: Lead) -> Match:
    spellings, kinds = lead.spellings, lead.kinds

    def anyway(reading: Reading, at: int) -> int:
        end = part(reading, at)
        return at if end == MISS else end

    def match(reading: Reading, at: int) -> int:
        words = reading.words
        if at >= len(words.kinds):
            return at
        if words.spelt[at] not in spellings and words.kinds[at] not in kinds:
            return at
        end = part(reading, at)
        return at if end == MISS else end

    return anyway if lead.is_open else match


def _any_number(part: Match, lead: Lead) -> Match:
    maybe = _maybe(part, lead)

    def match(reading: Reading, at: int) -> int:
        while (end := maybe(reading, at)) != at:
            reading.step()
            at = end
        return at

    return match


def _ahead(part: Match, *, wanted: bool) -> Match:
    def match(reading: Reading, at: int) -> int:
        return at if (part(reading, at) != MISS) is wanted else MISS

    return match
