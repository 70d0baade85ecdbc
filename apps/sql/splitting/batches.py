"""T-SQL by its tokens and a small grammar: BEGIN … END, TRY and CATCH, IF and ELSE, WHILE.

A routine reaches to the end of its batch; any other statement ends at its delimiter, or where a
word begins a statement that the one before cannot go on with (`clauses`).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick

from apps.sql.dialects import Dialect
from apps.sql.members import at_hand
from apps.sql.splitting import gaps
from apps.sql.splitting.clauses import STARTERS, Clauses
from apps.sql.tokens import Kind, byte_tokens


@at_hand
class _Frame(Enum):
    """What a statement is inside of."""

    __hash__ = object.__hash__

    ROUTINE = auto()
    BLOCK = auto()
    TRY = auto()
    IF = auto()
    ELSE = auto()
    WHILE = auto()


@at_hand
class _State(Enum):
    """A statement comes; within one; within the condition of IF or WHILE; a routine's head."""

    EXPECT = auto()
    INSIDE = auto()
    CONDITION = auto()
    HEADER = auto()


class _Word(NamedTuple):
    """A token that is no comment. `text` is a word in capitals or a symbol, "" for the others."""

    text: bytes
    start: int
    end: int
    kind: Kind
    is_broken: bool = False


# Members of an enum are looked up ten times as slowly as a name of the module.
_WORD, _SYMBOL, _LITERAL, _NAME = Kind.WORD, Kind.SYMBOL, Kind.LITERAL, Kind.NAME
_COMMENT, _SEPARATOR = Kind.COMMENT, Kind.SEPARATOR
_EXPECT, _INSIDE, _CONDITION, _HEADER = _State
_DOUBLE_QUOTE = 34
_END = _Word(b"", -1, -1, _SEPARATOR)
_MARKS = frozenset((b";", b"(", b")"))
_NO_BLOCK = frozenset((b"TRAN", b"TRANSACTION", b"DISTRIBUTED", b"DIALOG", b"CONVERSATION", b";"))
_ROUTINES = frozenset((b"PROC", b"PROCEDURE", b"FUNCTION", b"TRIGGER"))
_CLOSED = frozenset((_Frame.BLOCK, _Frame.TRY))
_HAS_BODY = frozenset((_Frame.BLOCK, _Frame.TRY, _Frame.ROUTINE))


_DEFINES = re.compile(
    rb"\b(?:CREATE|ALTER)\s+(?:OR\s+ALTER\s+)?(?:PROC|PROCEDURE|FUNCTION|TRIGGER|VIEW)\b"
)
_DEFINITION = re.compile(
    rb"(?i:(?:CREATE|ALTER)\s+(?:OR\s+ALTER\s+)?(?:PROC|PROCEDURE|FUNCTION|TRIGGER)\b)"
)
_BEGINNERS = BytesAhoCorasick([*sorted(STARTERS - {b"ADD"}), b"ELSE"])
_IN_WORDS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_HEAD = re.compile(rb"(?!(?i:IF|WHILE|BEGIN|END|ELSE)\b)[A-Za-z]++")


def is_definition(content: bytes, start: int) -> bool:
    """Whether a routine begins at `start`."""
    return _DEFINITION.match(content, start, start + 200) is not None


def may_be_plain(content: bytes, start: int, end: int, *, is_routine: bool = False) -> bool:
    """Whether no word from `start` to `end` can begin a second statement (in a routine: a second
    routine).
    """
    head = _HEAD.match(content, start, end)
    if not head:
        return False
    text = content[head.end() : end].upper()
    if is_routine:
        may_define = b"CREATE" in text or b"ALTER" in text
        return not may_define or _DEFINES.search(text) is None
    if b":" in text:
        return False
    found = _BEGINNERS.find_matches_as_indexes(text, overlapping=True)
    return not any(_is_word(text, first, last) for _, first, last in found)


def _is_word(text: bytes, start: int, end: int) -> bool:
    """Whether these letters are a word of their own; the head's letters stand before `text`."""
    is_begun = not start or text[start - 1] not in _IN_WORDS
    return is_begun and (end == len(text) or text[end] not in _IN_WORDS)


class Batch:
    """Finds the end of the statement at `start`. `separated`: a line with GO follows somewhere.

    `quote(start, end)` is asked of every literal and says where it breaks off, if it is broken.
    """

    def __init__(
        self,
        content: bytes,
        start: int,
        *,
        separated: bool,
        quote: Callable[[int, int], int | None],
    ) -> None:
        self._content = content
        self._separated = separated
        self._quote = quote
        self._words = self._significant(start)
        self._ahead: deque[_Word] = deque()
        self._last = start  # where the last token taken ends
        self._before = b""  # its text
        self._frames: list[_Frame] = []
        self._state = _EXPECT
        self._clauses = Clauses()
        self._parens = self._cases = 0
        self._has_block = False

    def end(self) -> tuple[int, int]:
        """The end of the statement, and where to go on."""
        while (word := self._peek()).kind is not _SEPARATOR and not word.is_broken:
            if self._step(word):
                return self._ended()
        if self._frames[:1] == [_Frame.ROUTINE] and word is not _END and not word.is_broken:
            return self._last, self._last  # the last semicolon is part of a batch
        return self._ended()

    def _ended(self) -> tuple[int, int]:
        following = self._peek()
        if following.text == b";":
            return following.start, following.end
        if following.is_broken:
            return following.end, following.end
        last = self._last
        if self._before == b";":
            return last - 1, last
        content = self._content
        comment = gaps.same_line_comment(content, last)
        return (comment, comment) if b"\n" in content[last:comment] else (last, last)

    def _significant(self, start: int) -> Iterator[_Word]:
        content = self._content
        for kind, begin, after in byte_tokens(content, Dialect.TSQL, start=start):
            if kind is _COMMENT:
                continue
            if kind is _LITERAL or (kind is _NAME and content[begin] == _DOUBLE_QUOTE):
                cut = self._quote(begin + (content[begin] not in b"'\""), after)
                if cut is not None:
                    yield _Word(b"", begin, cut, kind, is_broken=True)
                    return
            is_shown = kind is _WORD or kind is _SYMBOL
            yield _Word(content[begin:after].upper() if is_shown else b"", begin, after, kind)

    def _peek(self, number: int = 0) -> _Word:
        while len(self._ahead) <= number:
            self._ahead.append(next(self._words, _END))
        return self._ahead[number]

    def _take(self, number: int = 1) -> None:
        for _ in range(number):
            word = self._peek()
            if word is _END:
                return
            self._before, self._last = word.text or b"'", word.end
            self._ahead.popleft()

    def _step(self, word: _Word) -> bool:
        """Take the next token, or say that the whole statement is over in front of it."""
        if self._state is _EXPECT:
            return self._begin(word)
        if self._state is _HEADER:
            return self._header(word)
        return self._go_on(word)

    def _begin(self, word: _Word) -> bool:
        """A statement begins with `word`, or a block ends with it."""
        text, after = word.text, self._peek(1).text
        if text == b";":
            self._take()
        elif text == b"END" and after != b"CONVERSATION" and self._closes():
            return self._close(after)
        elif text == b"BEGIN" and after and after not in _NO_BLOCK:
            self._open(after)
        elif text in (b"IF", b"WHILE"):
            self._frames.append(_Frame.IF if text == b"IF" else _Frame.WHILE)
            self._state = _CONDITION
            self._take()
        elif self._begins_definition(text):
            if self._frames:
                return True
            self._state = _HEADER
            self._take()
        elif after == b":" and word.kind is _WORD:
            self._take(2)
            return self._finish()
        else:
            self._state = _INSIDE
            self._clauses = Clauses()
            self._before = b""
            self._consume(word)
        return False

    def _begins_definition(self, text: bytes) -> bool:
        """CREATE or ALTER of a routine, or of a view within one: first in its batch."""
        if text not in (b"CREATE", b"ALTER"):
            return False
        noun = self._peek(3 if self._peek(1).text == b"OR" else 1).text
        return noun in _ROUTINES or (noun == b"VIEW" and self._frames[:1] == [_Frame.ROUTINE])

    def _header(self, word: _Word) -> bool:
        """A routine's head ends at AS, or at BEGIN where AS is left out."""
        before = self._before
        self._count(word.text)
        is_body = word.text == b"AS" and not self._parens
        if is_body and before not in (b"EXEC", b"EXECUTE") and before[:1] != b"@":
            self._take()
        elif word.text != b"BEGIN":
            self._take()
            return False
        self._frames.append(_Frame.ROUTINE)
        self._state = _EXPECT
        self._parens = 0
        self._has_block = self._peek().text == b"BEGIN" and self._peek(1).text not in _NO_BLOCK
        return False

    def _open(self, after: bytes) -> None:
        self._frames.append(_Frame.TRY if after == b"TRY" else _Frame.BLOCK)
        self._take(2 if after in (b"TRY", b"CATCH") else 1)
        self._state = _EXPECT

    def _closes(self) -> bool:
        return any(frame in _CLOSED for frame in reversed(self._frames))

    def _close(self, after: bytes) -> bool:
        while self._frames.pop() not in _CLOSED:
            pass
        is_try = after == b"TRY"
        self._take(2 if is_try or after == b"CATCH" else 1)
        ahead = 1 if self._peek().text == b";" else 0
        if is_try and (self._peek(ahead).text, self._peek(ahead + 1).text) == (b"BEGIN", b"CATCH"):
            self._take(ahead + 2)
            self._frames.append(_Frame.BLOCK)
            self._state = _EXPECT
            return False
        return self._finish()

    def _go_on(self, word: _Word) -> bool:
        """Within a statement or a condition."""
        text = word.text
        if word.kind is not _WORD and self._says_nothing(text):
            self._before, self._last = text or b"'", word.end
            self._ahead.popleft()
            return False
        if text == b";":
            self._parens = self._cases = 0
            return self._finish()
        if not self._parens and not self._cases and self._is_over(word):
            if self._state is _CONDITION:
                self._state = _EXPECT
                return False
            return self._finish()
        self._consume(word)
        return False

    def _says_nothing(self, text: bytes) -> bool:
        """Whether a token that is no word ends nothing and changes nothing that is waited for."""
        return not text or (text not in _MARKS and bool(self._clauses.head))

    def _is_over(self, word: _Word) -> bool:
        text, after = word.text, self._peek(1).text
        if self._state is _CONDITION:
            if text == b"UPDATE" and after == b"(":
                return False
            return text == b"WITH" or (
                text in STARTERS and Clauses(head=b"IF").ends_before(text, self._before, after)
            )
        if text == b"ELSE":
            return self._frames[-1:] == [_Frame.IF]
        if text == b"END" and after != b"CONVERSATION":
            return self._closes()
        if text in STARTERS:
            return self._clauses.ends_before(text, self._before, after)
        return after == b":" and word.kind is _WORD

    def _consume(self, word: _Word) -> None:
        if not self._parens and word.text and self._state is _INSIDE:
            self._clauses.feed(word.text, self._before, self._peek(1).text)
        self._count(word.text)
        self._take()

    def _count(self, text: bytes) -> None:
        if text == b"(":
            self._parens += 1
        elif text == b")":
            self._parens = max(0, self._parens - 1)
        elif text == b"CASE":
            self._cases += 1
        elif text == b"END" and self._cases:
            self._cases -= 1

    def _finish(self) -> bool:
        """A statement is over: what it stands in goes on, or is over too."""
        self._parens = self._cases = 0
        self._state = _EXPECT
        while self._frames:
            if self._frames[-1] in _HAS_BODY:
                return self._frames == [_Frame.ROUTINE] and self._has_block and not self._separated
            if self._frames[-1] is _Frame.IF:
                ahead = 1 if self._peek().text == b";" else 0
                if self._peek(ahead).text == b"ELSE":
                    self._take(ahead + 1)
                    self._frames[-1] = _Frame.ELSE
                    return False
            self._frames.pop()
        return True
