"""Cut-off text, refusals, placeholders, concepts that say nothing, instructions not about SQL."""

from __future__ import annotations

import re

from apps.validation.checks.base import MAX_TEXT, Check, Finding, PairText

_REFUSAL = re.compile(
    r"\b(?:I(?:'m| am) (?:sorry|unable|not able)"
    r"|I (?:can(?:no|')t|cannot|won't|will not|do not have access)"
    r"|as an? (?:AI|language model|large language model)|sorry, (?:but )?I\b|I apologi[sz]e)",
    re.IGNORECASE,
)
_ASKS_SQL = re.compile(
    r"\b(?:sql|quer(?:y|ies)|select|insert|update|delete|tables?|views?|index(?:es)?|database|schema|"
    r"columns?|rows?|records?|triggers?|stored procedure|procedures?|statements?|joins?|sequence|"
    r"postgres\w*|mysql|sqlite|constraint|transaction|primary key|foreign key|group by|order by|"
    r"extension|function)\b",
    re.IGNORECASE,
)
_OTHER_TASK = re.compile(
    r"\b(?:translate|convert|rewrite|port)\b[^.\n]{0,60}\b(?:in|to|into)\b[^.\n]{0,20}"
    r"\b(?:french|german|spanish|chinese|english|json|xml|csv|yaml)\b|\bwrite (?:an?|the) "
    r"(?:poem|essay|story|email|letter|blog)\b",
    re.IGNORECASE,
)
_ENDED = re.compile(r"[.!?;:)\]}`|'\"*0-9…>]\s*$|^\s*[-*|\d].*$")
_FENCES = re.compile(r"^[ \t>]*(`{3,}|~{3,})", re.MULTILINE)
_HEADING_END = re.compile(
    r"(?:^|\n)[ \t]*(?:#{1,6}[^\n]*|\[[A-Z]\w+\][ \t]*|\*\*[^*\n]+:?\*\*:?[ \t]*"
    r"|[^\n]{0,60}:[ \t]*)\Z"
)
_VACUOUS_CONCEPTS = frozenset(
    [
        *[
            "sql",
            "query",
            "queries",
            "sql query",
            "database",
            "databases",
            "table",
            "tables",
            "data",
        ],
        *["code", "statement", "sql statement", "syntax", "keyword", "keywords", "single quotes"],
        *["quotes", "double quotes", "backticks", "semicolon", "comma", "parentheses", "comment"],
        *["comments", "string", "strings", "value", "values", "column", "columns", "row", "rows"],
        *["name", "names", "id", "integer", "text", "number", "programming", "none", "n/a", "na"],
        *["property", "concept", "concepts", "snippet", "whitespace", "sql code", "clause", "the"],
    ]
)


def _cut_off(pair: PairText) -> Finding | None:
    text = pair.response[:MAX_TEXT].rstrip()
    if not text:
        return None
    end = len(pair.response[:MAX_TEXT])
    last = max(0, len(text) - 40)
    if pair.finish_reason == "length":
        message = "The model reached its token limit before it was done."
        return Finding("cut_off", message, "response", last, end)
    fences = list(_FENCES.finditer(text))
    if len(fences) % 2:
        message = "The last code block is not closed."
        return Finding("cut_off", message, "response", fences[-1].start(), end)
    tail = text[-300:]
    if _HEADING_END.search(tail):
        message = "The response ends with a heading that nothing follows."
        return Finding("cut_off", message, "response", last, end)
    line = tail.rsplit("\n", 1)[-1]
    if not _ENDED.search(line) and len(line.split()) > 3:
        message = "The response ends in the middle of a sentence."
        return Finding("cut_off", message, "response", last, end)
    return None


def _placeholders(pair: PairText) -> Finding | None:
    reading = pair.read()
    if not reading.placeholders:
        return None
    name = reading.placeholders[0]
    begin = max(0, pair.response.find(reading.sql.split("\n", 1)[0]))
    start = max(begin, pair.response.find(name, begin))
    message = f"The SQL has unbound placeholders: {', '.join(reading.placeholders[:5])}."
    return Finding("unbound_placeholders", message, "response", start, start + len(name))


def _refusal(pair: PairText) -> Finding | None:
    """Only the beginning counts: an explanation may say that something cannot be done."""
    match = _REFUSAL.search(pair.response[:400])
    if not match:
        return None
    return Finding(
        "refusal", "The response refuses instead of answering.", "response", *match.span()
    )


def _concepts(pair: PairText) -> Finding | None:
    """At least half of the concepts must say something about the task."""
    if not pair.concepts:
        return None
    empty = [name for name in pair.concepts if _says_nothing(name)]
    if len(empty) * 2 <= len(pair.concepts):
        return None
    joined = ", ".join(pair.concepts)
    start = joined.find(empty[0])
    message = f"The concepts say nothing of the task: {', '.join(empty[:5])}."
    return Finding("vacuous_concepts", message, "concepts", start, start + len(empty[0]))


def _says_nothing(concept: str) -> bool:
    bare = concept.strip().strip(".`'\"*").lower()
    return len(bare) < 2 or bare in _VACUOUS_CONCEPTS or not re.search(r"[^\W\d_]", bare)


def _asks_for_sql(pair: PairText) -> Finding | None:
    text = pair.instruction[:MAX_TEXT]
    other = _OTHER_TASK.search(text)
    if other:
        message = "The instruction asks for something other than SQL."
        return Finding("not_sql", message, "instruction", *other.span())
    if text.strip() and not _ASKS_SQL.search(text):
        message = "The instruction does not ask for SQL."
        return Finding("not_sql", message, "instruction", 0, len(text))
    return None


CUT_OFF = Check("cut_off", 1, _cut_off)
PLACEHOLDERS = Check("unbound_placeholders", 2, _placeholders)
REFUSAL = Check("refusal", 1, _refusal)
CONCEPTS = Check("vacuous_concepts", 1, _concepts)
ASKS_FOR_SQL = Check("asks_for_sql", 1, _asks_for_sql)
