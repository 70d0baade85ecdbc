"""Read the labelled responses of tests/validation/cases and make more of them by combination.

A file holds cases: `=== name | verdict flags | fragment of the message`, the instruction, a line
`--- response`, the response. Flags: `crlf` (Windows line ends), `mutate` (altered queries are run),
`postgres=passed` (what a careful person says on another database than SQLite's runner),
`note=tie_cut` (what is noted of the result), `note=none` (that nothing is).
Lines behind the head that begin with `#: ` say why a verdict was corrected after it was written.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from apps.validation.values import Outcome

OTHERS = ("duckdb", "postgres", "mariadb")
FOLDER = Path(__file__).parent / "cases"
_REMARK = re.compile(r"^#: .*\n", re.MULTILINE)
_HEAD = re.compile(r"^=== (.+?) \| (\w+)((?: [\w=]+)*)(?: \| (.+))?$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    name: str
    outcome: Outcome
    instruction: str
    response: str
    fragment: str = ""
    mutate: bool = False
    otherwise: Mapping[str, Outcome] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def on(self, database: str) -> Outcome:
        """The verdict that a careful person gives on a database."""
        return self.otherwise.get(database, self.outcome)


def written_cases(name: str = "*") -> list[Case]:
    """The cases that were written by hand; those of one file where it is named."""
    return [case for path in sorted(FOLDER.glob(f"{name}.txt")) for case in _read(path)]


def _read(path: Path) -> list[Case]:
    text = path.read_text(encoding="utf-8")
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    cases = []
    for head, end in zip(heads, ends, strict=True):
        name, verdict, flags, fragment = head.groups()
        instruction, found, response = text[head.end() : end].partition("\n--- response\n")
        assert found, f"{path.name}: {name} has no response"
        if "crlf" in flags.split():
            response = response.replace("\n", "\r\n")
        mutate = "mutate" in flags.split()
        named = [flag.split("=") for flag in flags.split() if "=" in flag]
        otherwise = {key: Outcome(value) for key, value in named if key != "note"}
        cases.append(
            Case(
                name,
                otherwise.get("sqlite", Outcome(verdict)),
                _REMARK.sub("", instruction).strip(),
                response,
                fragment or "",
                mutate,
                {**dict.fromkeys(OTHERS, Outcome(verdict)), **otherwise},
                tuple(value for key, value in named if key == "note"),
            )
        )
    return cases


@dataclass(frozen=True)
class Task:
    """A task with tables as lists of cells; wrong: an expected table that does not hold."""

    name: str
    instruction: str
    sql: str
    inputs: dict[str, list[list[str]]]
    expected: list[list[str]]
    wrong: list[list[str]]


TASKS = [
    Task(
        "select",
        "Write a SQL query that lists name and score of the players above 10.",
        "SELECT name, score\nFROM players\nWHERE score > 10\nORDER BY score;",
        {"players": [["name", "score"], ["Ann", "9"], ["Bob", "12"], ["Cy", "NULL"], ["Di", "30"]]},
        [["name", "score"], ["Bob", "12"], ["Di", "30"]],
        [["name", "score"], ["Bob", "12"], ["Di", "31"]],
    ),
    Task(
        "join",
        "Write a SQL query that gives the total amount of every customer.",
        "SELECT c.name, SUM(o.amount) AS total\nFROM customers c\nJOIN orders o ON o.customer_id = c.id\nGROUP BY c.name;",
        {
            "customers": [["id", "name"], ["1", "Ann Lee"], ["2", "Bob"]],
            "orders": [["customer_id", "amount"], ["1", "10.50"], ["1", "4.50"], ["2", "1.25"]],
        },
        [["name", "total"], ["Ann Lee", "15.00"], ["Bob", "1.25"]],
        [["name", "total"], ["Ann Lee", "10.50"], ["Bob", "1.25"]],
    ),
    Task(
        "update",
        "Write a SQL statement that closes all tickets opened before 2024.",
        "UPDATE tickets SET state = 'closed' WHERE opened < '2024-01-01';",
        {
            "tickets": [
                ["id", "state", "opened"],
                ["1", "open", "2023-12-31"],
                ["2", "open", "2024-02-01"],
            ]
        },
        [["id", "state", "opened"], ["1", "closed", "2023-12-31"], ["2", "open", "2024-02-01"]],
        [["id", "state", "opened"], ["1", "closed", "2023-12-31"], ["2", "closed", "2024-02-01"]],
    ),
    Task(
        "delete",
        "Write a SQL statement that removes the guests without a seat.",
        "DELETE FROM guests WHERE seat IS NULL;",
        {"guests": [["name", "seat"], ["Ann", "4"], ["Bob", "NULL"]]},
        [["name", "seat"], ["Ann", "4"]],
        [["name", "seat"], ["Ann", "4"], ["Bob", "NULL"]],
    ),
]


def _bare(rows: list[list[str]]) -> str:
    head, *body = [" | ".join(row) for row in rows]
    return "\n".join([head, "", *body])


def _markdown(rows: list[list[str]]) -> str:
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|" + "|".join(" --- " for _ in rows[0]) + "|", *body])


def _psql(rows: list[list[str]]) -> str:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = [
        " "
        + " | ".join(
            ("" if cell == "NULL" else cell).ljust(width)
            for cell, width in zip(row, widths, strict=True)
        )
        for row in rows
    ]
    rule = "-" + "-+-".join("-" * width for width in widths) + "-"
    return "\n".join([lines[0], rule, *lines[1:], f"({len(rows) - 1} rows)"])


def _boxed(rows: list[list[str]]) -> str:
    widths = [max(len(row[index]) for row in rows) + 2 for index in range(len(rows[0]))]
    rule = "+" + "+".join("-" * width for width in widths) + "+"
    lines = [
        "|"
        + "|".join(f" {cell}".ljust(width) for cell, width in zip(row, widths, strict=True))
        + "|"
        for row in rows
    ]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


def _drawn(rows: list[list[str]]) -> str:
    boxed = _boxed(rows).split("\n")
    drawn = [line.replace("|", "│") for line in boxed]
    for index, ends in ((0, "┌┬┐"), (2, "├┼┤"), (len(boxed) - 1, "└┴┘")):
        inner = boxed[index][1:-1].replace("-", "─").replace("+", ends[1])
        drawn[index] = ends[0] + inner + ends[2]
    return "\n".join(drawn)


def _tabs(rows: list[list[str]]) -> str:
    return "\n".join("\t".join(row) for row in rows)


def _quoted(rows: list[list[str]]) -> str:
    def cell(text: str) -> str:
        return text if text == "NULL" or re.fullmatch(r"[\d.]+", text) else f"'{text}'"

    return "\n".join([" | ".join(rows[0]), "", *(" | ".join(map(cell, row)) for row in rows[1:])])


TABLES = {
    "bare": (_bare, True),
    "markdown": (_markdown, False),
    "psql": (_psql, True),
    "boxed": (_boxed, True),
    "drawn": (_drawn, False),
    "tabs": (_tabs, True),
    "quoted": (_quoted, True),
}
FRAMES = {
    "brackets": (
        "[Implementation]\n",
        "[Explanation]\nIt filters.\n\n[Tests]\n",
        "Input Table: {}",
        "Expected Output:",
    ),
    "headings": (
        "### Implementation\n",
        "### Test Cases\n",
        "**Table: {}**",
        "**Expected Result:**",
    ),
    "prose": (
        "Here is the query:\n\n",
        "To test it, suppose we have this:\n\n",
        "The `{}` table:",
        "The result should be:",
    ),
    "plain": ("", "", "Input table `{}`:", "Output:"),
}


def combined_cases() -> list[Case]:
    """Every task in every frame with every kind of table, right and wrong in turns."""
    cases = []
    products = itertools.product(TASKS, FRAMES.items(), TABLES.items())
    for number, (task, (frame, words), (style, (draw, fenced))) in enumerate(products):
        right = number % 3 != 0
        before, between, input_label, output_label = words
        mark = ("```text\n", "\n```") if fenced else ("", "")
        parts = [f"{before}```sql\n{task.sql}\n```\n\n{between}"]
        tables = [(input_label.format(name), rows) for name, rows in task.inputs.items()]
        tables.append((output_label, task.expected if right else task.wrong))
        parts += [f"{label}\n\n{mark[0]}{draw(rows)}{mark[1]}\n" for label, rows in tables]
        outcome = Outcome.PASSED if right else Outcome.WRONG_RESULT
        name = f"{task.name}, {frame}, {style}, {'right' if right else 'wrong'}"
        cases.append(Case(name, outcome, task.instruction, "\n".join(parts)))
    return cases
