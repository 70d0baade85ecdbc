"""Sessions at a server's prompt: what was typed and what was printed, told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from apps.sql.shape import SQL_STARTS
from apps.validation.results.tables import is_empty_result, is_footer

_NAME = r"(?:\w{0,30}=[*!?]?[#>]|sqlite>|mysql>|MariaDB \[[^\]\n]{0,60}\]>|SQL>|\d{1,3}>|D )"
_PROMPT = re.compile(rf"[ \t]{{0,8}}{_NAME}[ \t]{{0,8}}(?=(\w{{1,20}}))")
# A command of the client, or a prompt at which nothing was typed.
_COMMAND = re.compile(
    rf"[ \t]{{0,8}}{_NAME}[ \t]{{0,8}}"
    r"(?:([.\\]\w|(?:exit|quit|use|source)\b|(?:show|desc|describe) \w)|$)",
    re.IGNORECASE,
)
_CONTINUED = re.compile(r"[ \t]{0,8}(?:\w{0,30}[-'\"(][*!]?[#>]|\.\.\.>|\d{1,3}>)(?:[ \t]|$)")
_GO = re.compile(r"[ \t]{0,8}(?:\d{1,3}>)?[ \t]{0,8}GO[ \t]{0,8}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Session:
    """sql: the statements as they were typed. outputs: the tables that they printed, in order,
    each behind the statement that printed it.

    is_plain: the client prints no names of columns unless it is told to, as SQLite's.
    """

    sql: str
    outputs: tuple[tuple[str, str], ...]
    is_plain: bool = False


@lru_cache(maxsize=64)  # a block is looked at for its dialect, then read
def read_session(text: str) -> Session | None:
    """The session that a block shows, None where its first line is no prompt with a statement.

    Elsewhere `k->'x'` at the beginning of a line is SQL, not a prompt.
    """
    lines = list(_without_commands(text.splitlines()))
    first = next((line for line in lines if line.strip() and not is_footer(line)), "")
    if _typed(first) is None:
        return None
    sql: list[str] = []
    outputs: list[list[str]] = [[]]
    begins = [0]  # where among the lines of SQL the statement of each output begins
    typing = False
    for line in lines:
        typed = _typed(line)
        if _GO.fullmatch(line) and sql:
            sql[-1] += ";" * typing  # sqlcmd's end of what was typed
            typing = False
            continue
        if typed is not None:
            outputs.append([])
            begins.append(len(sql))
        elif typing:
            typed = _CONTINUED.sub("", line, count=1)
        elif sql and line.startswith("ERROR"):
            # Where the client says so, the statement is meant to fail.
            sql[-1] += f" -- {line[:80]}"
            continue
        else:
            outputs[-1].append(line)
            continue
        typing = not typed.rstrip().endswith((";", "\\G", "\\g"))
        # What the client takes for the end, and the shape of its answer, is no SQL.
        sql.append(re.sub(r";?\\[Gg];?\s{0,9}$", ";", typed))
    typed_for = ("\n".join(sql[start:end]) for start, end in pairwise([*begins, len(sql)]))
    printed = zip(typed_for, outputs, strict=True)
    shown = ((said, "\n".join(lines)) for said, lines in printed if _shows_table(said, lines))
    is_plain = first.lstrip().startswith("sqlite>") and ".header" not in text
    return Session("\n".join(sql), tuple(shown), is_plain)


def _typed(line: str) -> str | None:
    found = _PROMPT.match(line)
    return line[found.end() :] if found and found.group(1).upper() in SQL_STARTS else None


def _without_commands(lines: Iterable[str]) -> Iterator[str]:
    """The lines without the client's own commands, and without what it answers to them."""
    answers = False
    for line in lines:
        if command := _COMMAND.match(line):
            answers = bool(command.group(1))
        elif not answers or _typed(line) is not None:
            answers = False
            yield line


def _shows_table(said: str, lines: list[str]) -> bool:
    """Whether a statement printed rows, or that there are none."""
    rows = any(line.strip() and not is_footer(line) for line in lines)
    return rows or (bool(said) and any(map(is_empty_result, lines)))
