"""Where an instruction is over: a line that begins its solution, or the query that solves it.

What belongs to a task itself (a query to mend, an output that is wanted) ends nothing. All of it is
hostile text of any kind: every pattern here is linear.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from apps.sql.dialects import Dialect
from apps.sql.tokens import first_word, without_leading_comments

_LONGEST_LINE: Final = 300
_KIND = (
    r"(?:sample|example|possible|proposed|suggested|model|sql|expected|reference|correct|final|ideal"
    r"|complete|full|query|corrected|one|another|alternative|recommended|working|my|your|simple"
    r"|detailed|optimal|step[- ]by[- ]step)"
)
_PART = r"(?:solutions?|answers?|response|reasoning|implementation|explanation)"
# The same in languages that models slip into.
_ABROAD = (
    r"(?:lösung|antwort|lösungsvorschlag|solución|respuesta|réponse|soluzione|risposta|solução"
    r"|resposta|oplossing|antwoord|решение|ответ|答案|解答|解决方案|解決策|回答|정답|해답)"
)
_SECTION = (
    rf"(?:(?:[a-z]{{1,12}}[ \t]*[/&][ \t]*)?(?:{_KIND}[ \t]+){{0,2}}{_PART}"
    r"(?:[ \t]+(?:query|code|sql|script|statement|key|sketch|outline))?"
    rf"(?:[ \t]*(?:/|&|and)[ \t]*{_PART})?|corrected[ \t]+(?:query|sql|code)"
    rf"|(?:expected|sample|final)[ \t]+(?:sql|query)|{_ABROAD})"
    r"(?:[ \t]+[0-9]{1,2})?(?:[ \t]+(?:below|here))?(?:[ \t]*\([^()\n]{0,60}\))?"
)
_VERBS = r"(?:select|with|insert|update|delete|create|merge)\b"
_BEGINS = re.compile(
    rf"(?:#{{1,6}}[ \t]+(?:\*\*)?(?:{_SECTION}|(?:property|snippet|concepts|instruction|tests?)"
    r"(?:[ \t]+[0-9]{1,2})?)[ \t]*(?:\*\*)?:?(?:\*\*)?[ \t]*#{0,6}[ \t]*$"
    rf"|(?:\[|【)(?:{_SECTION}|tests|property|code)(?:\]|】)(?:[ \t]*$|:)"
    r"|<(?:solution|answer|response|reasoning|explanation)>"
    r"|(?:<details>)?<summary>[^<>\n]{0,60}\b(?:solution|answer|response)"
    rf"|(?:(?:[-*]|[0-9]{{1,2}}[.)])[ \t]+)?\*\*(?:{_SECTION})(?:[ \t]*[:：-]\*\*|\*\*:?)"
    rf"|(?:__|_|\*)(?:{_SECTION})[:：]?(?:__|_|\*)[ \t]*[:：]?[ \t]*$"
    rf"|{_SECTION}(?:[ \t]*[:：]|[ \t]+[-–—][ \t]|[ \t]*\.?[ \t]*$)"
    rf"|(?:\*\*)?(?:{_KIND}[ \t]+){{0,2}}solution[ \t]+(?:in|using|with)[ \t]+[\w ]{{1,30}}"
    r"(?:\*\*)?:?(?:\*\*)?[ \t]*$"
    rf"|(?:output|a|ans|sol):[ \t]*{_VERBS}"
    r"|instruction[ \t]+[2-9][ \t]*[:.)])",
    re.IGNORECASE,
)
# Within a line: nothing but a solution is called so in bold.
_INLINE = re.compile(rf"[ \t]\*\*(?:{_KIND}[ \t]+)?solution(?:[:：]\*\*|\*\*[:：])", re.IGNORECASE)
# A sentence that only announces it; "The answer should have these columns:" is of the task.
_ANNOUNCES = re.compile(
    r"(?:(?:here(?:'s|’s|[ \t]+is)|below[ \t]+is|the|this[ \t]+is|one|a)[ \t]+"
    r"(?:(?:a|an|the|one|my|your|possible|complete|correct|sample|sql|way)[ \t]+){0,3}"
    r"(?:solution|answer|response)"
    r"(?:[ \t]+(?:is|(?:would|could|might|may)[ \t]+be|looks?(?:[ \t]+like)?)"
    r"(?:[ \t]+(?:as[ \t]+follows|below|this|that|the[ \t]+following|simply))?"
    r"|[ \t]+(?:below|query|code|using|in|(?:to|for)[ \t]+(?:this|the))\b[^`:\n]{0,60})?"
    r"|(?:the|this|your|one|a)[ \t]+(?:(?:sql|correct|possible|resulting|final)[ \t]+)?"
    r"(?:query|statement|code|sql)[ \t]+(?:would|could|might)[ \t]+(?:be|look)\b[^`:\n]{0,40}"
    r"|here(?:'s|’s|[ \t]+is)[ \t]+how[ \t]+(?:you|to|i|we|one)[ \t]+"
    r"(?:can|could|would|might|may|do|write|solve|achieve)\b[^`:\n]{0,60}):[ \t]*$",
    re.IGNORECASE,
)
_FENCE = re.compile(
    r"\n[ \t]*(?P<marks>`{3,}|~{3,})[ \t]*(?:sql|postgres(?:ql)?|mysql|sqlite|tsql|plsql)?[ \t]*\n",
    re.IGNORECASE,
)
_QUERIES = frozenset({"SELECT", "WITH", "UPDATE", "DELETE", "MERGE"})
# Characters in which its first word is looked for: comments may stand before it.
_BEGINNING = 600
# The same without a fence: a last paragraph, as SQL is shouted.
_BARE_QUERY = re.compile(
    r"\n[ \t]{0,20}\n(?:(?:\*\*)?(?:SQL|Query|SQL [Qq]uery|Code)(?:\*\*)?:(?:\*\*)?[ \t]*\n?)?"
    r"(?:SELECT|WITH|UPDATE|DELETE FROM|MERGE INTO)\b(?:(?!\n[ \t]{0,20}\n)[^`]){5,2000};\Z"
)
# A line that leads to it and says nothing of the task; a query that somebody has tried is of it.
_LEADS_TO_QUERY = re.compile(
    r"(?!.*\b(?:i|we|tried|my|our|currently|now|wrong|errors?|fails?|slow)\b)[^`\n]{0,80}\b"
    r"(?:accomplish(?:es)?|achieves?|solves?|(?:one|a)[ \t]+possible|one[ \t]+way"
    r"|(?:can|could|might|would)[ \t]+(?:be[ \t]+(?:written|solved|done)|use|write|look)"
    r"|do(?:es)?[ \t]+(?:this|that|it|so))\b[^`\n]{0,80}:",
    re.IGNORECASE,
)
# What is said of a query below it, where it is the solution.
_SAYS_OF_QUERY = re.compile(
    r"(?:(?:this|the)[ \t](?:query|statement|sql|code|solution)\b[^\n]{0,400})?", re.IGNORECASE
)
_NAMES_QUERY = re.compile(
    r"(?:#{1,6}[ \t]+|\*\*)?(?:sql|query|code|statement|sql[ \t]+(?:query|code|statement))"
    r"[ \t]*(?:\*\*)?:?(?:\*\*)?[ \t]*",
    re.IGNORECASE,
)
_ABOUT_ONE = re.compile(
    r"\b(?:this|these|following|below|given|existing|current|present|above|here|our|my"
    r"|mend|fix|repair|debug|correct|explain|describe|optimi[sz]e|improve|rewrite|refactor|translate"
    r"|convert|port|replace|review|complete|extend|change|modify|wrong|broken|errors?|slow|fails"
    r"|why|what|like|similar|instead|result of|output of)\b",
    re.IGNORECASE,
)


# Where the solution was to be written: a cue, a heading with nothing below it, a block to fill in.
_EMPTY_END = re.compile(
    r"(?:#{1,6}[ \t]+[^\W\d][\w ]{0,40}:?"
    r"|(?:#{1,6}[ \t]+|\*\*)?(?:(?:your|the|my|sql|final|complete)[ \t]+){0,2}"
    r"(?:query|code|answer|solution|sql|response|statement|script)(?:[ \t]+here)?"
    r"(?:\*\*)?:(?:\*\*)?)[ \t]*",
    re.IGNORECASE,
)
_LAST_BLOCK = re.compile(
    r"\n[ \t]*`{3,}[\w+-]{0,20}[ \t]*\n((?:[^\n]{0,200}\n){0,6})[ \t]*`{3,}[ \t]*\Z"
)


def without_empty_end(instruction: str) -> str:
    """The instruction without a place at its end where something was to be written."""
    text = instruction.rstrip()
    block = _LAST_BLOCK.search(text)
    if block and not without_leading_comments(block[1], Dialect.MYSQL):  # which knows all signs
        text = text[: block.start()].rstrip()
    while "\n" in text and _EMPTY_END.fullmatch(text.rsplit("\n", 1)[1]):
        text = text.rsplit("\n", 1)[0].rstrip()
    return text


def begins_solution(line: str) -> bool:
    """Whether a line is the heading of a solution, an answer or an explanation, however adorned."""
    if len(line) > _LONGEST_LINE:
        line = line[:_LONGEST_LINE]
    if not line.isascii():
        line = "".join(char for char in line if not _is_adornment(char))
    bare = line.lstrip("> \t") if line.lstrip().startswith(">") else line.strip(" \t")
    bare = bare.strip("=").removeprefix("||").strip(" \t").replace("***", "**")
    bare = bare.removeprefix("(") if bare.lower().startswith("(solution") else bare
    return bool(_BEGINS.match(bare) or _ANNOUNCES.match(bare))


def without_inline_solution(instruction: str) -> str:
    """The instruction up to `**Solution:**` within a line."""
    found = _INLINE.search(instruction)
    return instruction[: found.start()].rstrip() if found else instruction


def _is_adornment(char: str) -> bool:
    """A picture, or what belongs to one."""
    return unicodedata.category(char) in ("So", "Cf") or char == "\ufe0f"


def without_final_query(instruction: str) -> str:
    """The instruction without a query at its end that solves it: nothing before speaks of one."""
    start = _start_of_final_query(instruction)
    if start is None:
        return instruction
    lines = instruction[:start].rstrip().split("\n")
    if _NAMES_QUERY.fullmatch(lines[-1].strip()) or _LEADS_TO_QUERY.fullmatch(lines[-1].strip()):
        lines.pop()
    before = "\n".join(lines).rstrip()
    if before.endswith(":") or _ABOUT_ONE.search(before):
        return instruction
    return before or instruction


def _start_of_final_query(instruction: str) -> int | None:
    """Where the query begins that ends an instruction, in a fence or bare; None for none."""
    fences = _FENCE.finditer(instruction)
    found = next((one for one in fences if _begins_query(instruction, one.end())), None)
    if found is None:
        bare = _BARE_QUERY.search(instruction)
        return bare.start() if bare else None
    closing = instruction.find("\n" + found["marks"], found.end())
    below = instruction[closing + 1 + len(found["marks"]) :]
    is_last = closing >= 0 and _SAYS_OF_QUERY.fullmatch(below.strip()) is not None
    return found.start() if is_last else None


def _begins_query(text: str, start: int) -> bool:
    return first_word(text[start : start + _BEGINNING]) in _QUERIES
