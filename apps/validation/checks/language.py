"""Language leak: a pair that is about a programming language instead of SQL."""

from __future__ import annotations

import re

from apps.validation.checks.base import MAX_TEXT, Check, Finding, PairText

_LANGUAGES = (
    r"python|java(?!\s*doc)|javascript|typescript|php|ruby|perl|golang|rust|kotlin|scala|swift|"
    r"c\+\+|c#|node\.?js|bash|powershell|pandas|pyspark|django|sqlalchemy|psycopg2?|sqlite3 module|"
    r"pymysql|jdbc|mysql\.connector|flask|laravel|hibernate|entity framework|dataframe"
)
_IN_INSTRUCTION = re.compile(rf"(?<![\w.`'\"/-])(?:{_LANGUAGES})(?![\w`'\"])", re.IGNORECASE)
# "Do not use Python" and "called from a Java application" ask for SQL all the same.
_HARMLESS = re.compile(
    r"\b(?:not|without|instead of|rather than|no)\s+(?:\w+\s+){0,2}$|"
    r"\b(?:table|column|row|value|category|course|skill|tag|language|named|called|title|topic)\w*\s*"
    r"(?:(?:is|=|equals?|like|named|called|of|for)\s*)*['\"`(]*$",
    re.IGNORECASE,
)
_FENCE = re.compile(
    r"^[ \t]*(?:```|~~~)[ \t]*(python\w*|py|java|javascript|js|typescript|ts|php|ruby|rb|go|golang|"
    r"rust|c|cpp|c\+\+|csharp|cs|c#|bash|sh|shell|perl|scala|kotlin|swift|powershell|r)\b.*$",
    re.IGNORECASE | re.MULTILINE,
)
_CODE_LINE = re.compile(
    r"^[ \t]*(?:import [a-z_]\w*(?:\.\w+)*[ \t]*$|from [a-z_][\w.]* import \w"
    r"|def [a-z_]\w*\([^)\n]{0,200}\)[^\n]{0,80}:[ \t]*$"
    r"|(?:conn|connection|cursor|cur|db)\.(?:execute|commit|cursor|fetch\w+|close)\("
    r"|\w+ = \w+\.(?:connect|cursor)\(|print\(|public (?:static|class|void) |#include\s*<|<\?php"
    r"|const \w+ = (?:require|await|new)|if __name__ == )",
    re.MULTILINE,
)


def _instruction(pair: PairText) -> Finding | None:
    text = pair.instruction[:MAX_TEXT]
    fence = _FENCE.search(text)
    if fence:
        message = f"The instruction is about {fence.group(1).lower()} code, not SQL."
        return Finding("instruction_language", message, "instruction", *fence.span())
    for match in _IN_INSTRUCTION.finditer(text):
        if not _HARMLESS.search(text[max(0, match.start() - 60) : match.start()]):
            message = f"The instruction asks for {match.group()} instead of SQL."
            return Finding("instruction_language", message, "instruction", *match.span())
    return None


def _response(pair: PairText) -> Finding | None:
    text = pair.response[:MAX_TEXT]
    fence = _FENCE.search(text)
    if fence:
        message = f"The response contains {fence.group(1).lower()} code."
        return Finding("response_language", message, "response", *fence.span())
    code = _CODE_LINE.search(text)
    if code:
        message = "The response contains program code that is not SQL."
        return Finding("response_language", message, "response", *code.span())
    return None


INSTRUCTION_LANGUAGE = Check("instruction_language", 1, _instruction)
RESPONSE_LANGUAGE = Check("response_language", 1, _response)
