"""What a line of prose says about what follows it: a section, an input table, an expected one."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from enum import StrEnum


class Section(StrEnum):
    """In the order in which the implementation is looked for."""

    IMPLEMENTATION = "implementation"
    SOLUTION = "solution"
    NONE = ""
    REASONING = "reasoning"
    EXPLANATION = "explanation"
    TESTS = "tests"


class Role(StrEnum):
    """What the next block or table is, as its label says."""

    NONE = ""
    INPUT = "input"
    EXPECTED = "expected"


_SECTIONS = {
    Section.REASONING: "reasoning|approach|analysis|thought process|plan|thinking",
    Section.IMPLEMENTATION: "(?:the |final |sql )*(?:implementation|sql|code|query|answer"
    "|statement|response)",
    Section.SOLUTION: "(?:sql )?solution",
    Section.EXPLANATION: "explanation|how it works|notes?|breakdown|key points",
    Section.TESTS: "(?:sample |example |unit )*(?:tests?(?: cases?| data| script)?|data|testing"
    "|examples?|usage|verification)",
}
_SECTION_LINES = {
    section: re.compile(rf"(?:{names})", re.IGNORECASE) for section, names in _SECTIONS.items()
}
_MARKED = re.compile(r"^\s{0,3}(?:#{1,6}\s|\*\*|__|\[|\d+[.)]\s+\*\*)|:\s*(?:\*\*)?\s*$")

_TEST_PROSE = re.compile(
    r"\b(?:(?:to|can|let'?s) (?:test|verify|check)|test(?:s|ing)? (?:this|the|case|it)|for testing"
    r"|example usage|(?:following|sample|test|example) (?:test )?data)",
    re.IGNORECASE,
)
_BEFORE = (
    "inputs?|before|initial(?:ly)?|given|sample (?:table|data|input)|original|starting"
    "|suppose|assum(?:e|ing)|consider"
)
_AFTER = "expected|outputs?|results?|after(?:wards)?|final(?!ly)|updated"
_FIRST = r"(?:the )?(?:test (?:case )?\d*\s*[-:.]?\s*)?(?:table )?"
_STARTS_INPUT = re.compile(rf"{_FIRST}(?:{_BEFORE})", re.IGNORECASE)
_STARTS_EXPECTED = re.compile(rf"{_FIRST}(?:{_AFTER})", re.IGNORECASE)
_EXPECTED = re.compile(
    rf"\b(?:{_AFTER}|result set|return(?:s|ed)|produces?|yields?|becomes?|gives?|answer"
    r"|(?:should|would|will) (?:look|be|contain|return|now|have|give|show)|new state"
    r"|(?:now|then) (?:contains?|looks?|holds?|reads?|shows?|has)"
    r"|now (?:the )?\w{1,60} (?:is|are|reads?|has|have)"
    r"|(?:this|that|it|query|statement|script|select) (?:prints?|shows?|displays?|lists?|finds?)"
    r"|(?:you|we|i)(?:'ll|'d| will| would| should| can)?"
    r" (?:then )?(?:get|see|obtain|receive|find))\b",
    re.IGNORECASE,
)
_INPUT = re.compile(
    rf"\b(?:{_BEFORE}|sample|(?:test|following) data|data ?sets?|existing|current(?:ly)?|set ?up"
    r"|fixtures?|schema|populate|following rows|tables?)\b",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(
    r"\balternativ|\banother (?:way|approach|option|solution|version)|\byou (?:could|can) also\b"
    r"|\bor,? (?:you can|equivalently)\b|\b(?:approach|option|method|version) (?:2|two|b)\b"
    r"|\bequivalent(?:ly)?\b.{0,40}:\s*$|\binstead of\b|\bdo not use\b",
    re.IGNORECASE,
)
_CORRECTED = re.compile(
    r"\b(?:right|correct(?:ed)?|proper|fixed) (?:query|version|sql|statement|one|way|code|answer)\b"
    r"|\b(?:instead|correct(?:ed|ion)?|fix(?:ed)?)[:,]",
    re.IGNORECASE,
)
_WRONG = re.compile(r"\bincorrect|\bwrong\b|\bmistakes?\b|\bdoes(?: not|n't) work\b", re.IGNORECASE)
_CONDEMNS = re.compile(
    r"^[\s>*_]{0,8}(?:\w{1,12},? ){0,2}(?:this|that|it|the above)\b[^.\n]{0,40}?"
    r"(?:\bincorrect|\bwrong\b|\bmistake\b|\bfails?\b"
    r"|(?:does|will|would|wo)(?: not|n't) (?:work|return))",
    re.IGNORECASE,
)
_TRIED = r"(?:insert|update|delete|statement|row|attempt|command)"
_REFUSED = re.compile(
    rf"^[\s>*_]{{0,8}}(?!if\b|when\b|unless\b)(?:\w{{1,12}},? ){{0,2}}"
    rf"(?:(?:this|that|it|the above)(?: {_TRIED})?|the (?:\w{{1,12}} )?{_TRIED})\s"
    r"(?:(?:will|should|must|would|now) ){0,2}"
    r"(?:fails?|violates?|errors? out|(?:is|be|gets?) (?:rejected|refused)"
    r"|(?:raises?|throws?|causes?|gives?|produces?|returns?|(?:results?|ends?) in)"
    r"(?! no\b)\b[^.\n]{0,40}?(?:error|exception|violation))\b",
    re.IGNORECASE,
)
_NEW_CASE = re.compile(r"\b(?:test|case|example|scenario)\s*#?\s*(\d{1,3})\b", re.IGNORECASE)
_TABLE_NAME = re.compile(
    r"\btable\s*(?:\d{1,2}\s*)?(?:(?:[:=-]|named|called|name:)\s*|(?=[`\"'*]))"
    r"[`\"'*]{0,3}([A-Za-z_][\w.]{0,80})",
    re.IGNORECASE,
)
# `Before: 3 rows. After:` says of what follows only what stands at its end.
_LAST_OF_LINE = re.compile(r"[.;,]\s+([^.;,:]{1,60}:[\s*_]{0,8})$")
MAX_LINE = 400


def section_of(line: str) -> Section | None:
    """The section that a heading line opens, None where the line is no heading of a section."""
    if len(line) > 80 or not _MARKED.search(line):
        return None
    words = bare_words(line)
    return next((name for name, rule in _SECTION_LINES.items() if rule.fullmatch(words)), None)


def bare_words(line: str) -> str:
    """`### **1. [Tests]:**` → Tests"""
    bare = line.strip()[:MAX_LINE].lstrip(" \t>#*_[]()0123456789.:-")
    return bare.rstrip(" \t*_]:#.-")


def _says(rule: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda line: rule.search(line[:MAX_LINE]) is not None


# Of a sentence: it introduces a test where no section marker does; another way to write the same;
# the right SQL, after a wrong one; it says of the block before it that it is wrong, or refused.
opens_tests = _says(_TEST_PROSE)
is_alternative = _says(_ALTERNATIVE)
corrects = _says(_CORRECTED)
condemns = _says(_CONDEMNS)
tells_of_refusal = _says(_REFUSED)


def is_wrong(lines: list[str]) -> bool:
    """Whether the lines before a block say that it is a mistake."""
    return any(map(_says(_WRONG), lines[-2:])) and not corrects(lines[-1])


def announces_result(line: str) -> bool:
    """`Expected Output:` alone: a table must follow."""
    is_first = _STARTS_EXPECTED.match(bare_words(line)) is not None
    return is_first and line[:MAX_LINE].rstrip("*_ \t").endswith(":")


def role_of(line: str) -> Role:
    """Whether what follows is an input or an expected table."""
    words = _label_of(line)
    if _STARTS_INPUT.match(words):
        return Role.INPUT
    if _STARTS_EXPECTED.match(words) or _EXPECTED.search(words):
        return Role.EXPECTED
    return Role.INPUT if _INPUT.search(words) else Role.NONE


def case_number(line: str) -> int | None:
    """The number of the test case that a line announces."""
    found = _NEW_CASE.search(line[:MAX_LINE])
    return int(found.group(1)) if found else None


def is_strong(line: str) -> bool:
    """Whether a label says at its very beginning what follows: `Expected Output:`."""
    words = _label_of(line)
    return bool(_STARTS_INPUT.match(words) or _STARTS_EXPECTED.match(words))


def _label_of(line: str) -> str:
    """The words of a line that say what follows: its last ones, if they are a label themselves."""
    last = _LAST_OF_LINE.search(line[:MAX_LINE])
    own = bare_words(last.group(1)) if last else ""
    is_label = bool(_STARTS_INPUT.match(own) or _STARTS_EXPECTED.match(own))
    return own if is_label else bare_words(line)


def tables_named(line: str, known: AbstractSet[str]) -> tuple[str, ...]:
    """The tables that the SQL knows and a label names, in the order of the words."""
    text = line.strip()[:MAX_LINE].lower()
    words = (match.group().strip(".") for match in re.finditer(r"[a-z_][\w.]*", text))
    spaced = [name for name in known if not re.fullmatch(r"[\w.]+", name) and name in text]
    return tuple(dict.fromkeys((*spaced, *(word for word in words if word in known))))


def table_name(line: str) -> str:
    """The table that a label plainly names, whether the SQL knows it or not, "" where none."""
    found = _TABLE_NAME.search(line.strip()[:MAX_LINE].strip("*# "))
    return found.group(1).lower().strip(".") if found else ""
