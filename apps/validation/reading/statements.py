"""Split a script into statements without parsing it.

Knows quotes, comments, dollar quotes, routine bodies (BEGIN … END), DELIMITER and GO. It never
fails: what is left open at the end becomes the last statement, and the database says what it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from apps.sql.dialects import Dialect

_TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
  | (?P<hash>\#[^\n]*)
  | (?P<quote>['"`])
  | (?P<dollar>\$(?:[A-Za-z_]\w{0,62})?\$)
  | (?P<go>^[ \t]*GO[ \t]*;?[ \t]*$)
  | (?P<delimiter>^[ \t]*DELIMITER[ \t]+(?P<mark>\S{1,10})[ \t]*$)
  | (?P<word>[^\W\d]\w*)
  | (?P<semicolon>;)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_ROUTINE = re.compile(
    r"\s*(?:create\s+(?:or\s+(?:replace|alter)\s+)?(?:temp(?:orary)?\s+|constraint\s+)?"
    r"(?:definer\s*=\s*\S+\s+)?(?:trigger|procedure|function|event)\b"
    r"|declare\b|begin\s+(?!transaction|work|tran|isolation|immediate|deferred|exclusive|;)[a-z])",
    re.IGNORECASE,
)
# END IF and its like close what was never counted as opened.
_UNCOUNTED = {"IF", "LOOP", "WHILE", "REPEAT", "FOR"}
_NEXT_WORD = re.compile(r"\s*(\w+)")


@dataclass(slots=True)
class _Splitter:
    text: str
    dialect: Dialect
    start: int = 0
    depth: int = 0
    mark: str = ";"
    skip_case_at: int = -1
    found: list[str] = field(default_factory=list)

    def cut(self, end: int, resume: int) -> None:
        statement = self.text[self.start : end].strip()
        if statement and not is_only_comment(statement):
            self.found.append(statement)
        self.start = resume
        self.depth = 0

    def word(self, match: re.Match[str]) -> None:
        word = match.group().upper()
        if word not in {"BEGIN", "CASE", "END"} or match.start() == self.skip_case_at:
            return
        if not _ROUTINE.match(strip_leading_comments(self.text[self.start : self.start + 2000])):
            return
        if word != "END":
            self.depth += 1
            return
        follower = _NEXT_WORD.match(self.text, match.end())
        following = follower.group(1).upper() if follower else ""
        if following in _UNCOUNTED:
            return
        if follower and following == "CASE":
            self.skip_case_at = follower.start(1)
        self.depth = max(0, self.depth - 1)

    def run(self) -> tuple[str, ...]:
        position = 0
        while position < len(self.text):
            if self.mark != ";" and self.text.startswith(self.mark, position):
                self.cut(position, position + len(self.mark))
                position += len(self.mark)
                continue
            match = _TOKEN.search(self.text, position)
            if match is None:
                break
            if self.mark != ";":
                at = self.text.find(self.mark, position, match.end())
                if -1 < at < match.start():
                    position = at
                    continue
            position = self.token(match)
        if self.mark != ";" and (at := self.text.find(self.mark, self.start)) >= 0:
            self.cut(at, at + len(self.mark))
        self.cut(len(self.text), len(self.text))
        return tuple(self.found)

    def token(self, match: re.Match[str]) -> int:
        kind = match.lastgroup
        if match.group("quote"):
            return self._after_quote(match)
        if match.group("dollar"):
            if self.dialect in {Dialect.MYSQL, Dialect.SQLITE}:
                return match.end()
            end = self.text.find(match.group(), match.end())
            return len(self.text) if end < 0 else end + len(match.group())
        if kind == "hash":
            return match.end() if self.dialect is Dialect.MYSQL else match.start() + 1
        if match.group("delimiter"):
            self.cut(match.start(), match.end())
            self.mark = match.group("mark")
        elif kind == "go":
            self.cut(match.start(), match.end())
        elif kind == "word":
            self.word(match)
        elif kind == "semicolon" and self.mark == ";" and self.depth == 0:
            self.cut(match.start(), match.end())
        return match.end()

    def _after_quote(self, match: re.Match[str]) -> int:
        quote, position = match.group(), match.end()
        escapes = self.dialect is Dialect.MYSQL and quote != "`"
        while True:
            end = self.text.find(quote, position)
            if end < 0:
                return len(self.text)
            if escapes and _odd_backslashes(self.text, end):
                position = end + 1
                continue
            return end + 1


def split_statements(text: str, dialect: Dialect = Dialect.UNKNOWN) -> tuple[str, ...]:
    """The statements of a script in order, without terminators, comments-only parts left out."""
    return _Splitter(text=text, dialect=dialect).run()


def strip_leading_comments(statement: str) -> str:
    """The statement from its first word on."""
    rest = statement.lstrip()
    while rest.startswith(("--", "/*")):
        if rest.startswith("--"):
            _, _, rest = rest.partition("\n")
        else:
            _, found, rest = rest.partition("*/")
            rest = rest if found else ""
        rest = rest.lstrip()
    return rest


def is_only_comment(statement: str) -> bool:
    return not strip_leading_comments(statement)


def first_words(statement: str, count: int = 2) -> tuple[str, ...]:
    """The first words in capitals: `create or replace view v` → ("CREATE", "OR")."""
    return tuple(
        word.upper() for word in re.findall(r"\w+", strip_leading_comments(statement)[:200])[:count]
    )


def _odd_backslashes(text: str, end: int) -> bool:
    count = 0
    while end - count > 0 and text[end - count - 1] == "\\":
        count += 1
    return count % 2 == 1
