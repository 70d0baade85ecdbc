"""Attack scripts: read from `scripts/*.sql`, filled with the addresses of the canaries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "scripts"
_HEADER = re.compile(r"^-- attack: (.+) \((stopped|contained)\)$", re.MULTILINE)


@dataclass(frozen=True)
class Attack:
    """One attack: statements to run; `stopped` when it must not end well."""

    database: str
    name: str
    stopped: bool
    statements: tuple[str, ...]

    def filled(self, places: dict[str, str]) -> tuple[str, ...]:
        """The statements with `{name}` replaced, and `{{`, `}}` as braces."""

        def replace(match: re.Match[str]) -> str:
            return {"{{": "{", "}}": "}"}.get(match[0]) or places[match[0][1:-1]]

        return tuple(re.sub(r"\{\{|\}\}|\{\w+\}", replace, text) for text in self.statements)


def attacks(database: str) -> list[Attack]:
    """The attacks of `scripts/<database>.sql`, in order."""
    text = (SCRIPTS / f"{database}.sql").read_text()
    pieces = _HEADER.split(text)[1:]
    result = []
    for name, kind, body in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        statements = tuple(part.strip() for part in body.split(";;") if part.strip())
        result.append(Attack(database, name, kind == "stopped", statements))
    return result


def bulky() -> dict[str, str]:
    """Texts that are too long to write into a script."""
    return {
        "deep_parentheses": "(" * 20_000 + "1" + ")" * 20_000,
        "many_unions": " UNION ALL SELECT ".join("1" for _ in range(20_000)),
        "many_columns": ", ".join(f"{number} AS c{number}" for number in range(1_500)),
        "two_megabytes": "x" * 2_000_000,
        "five_megabytes": "x" * 5_000_000,
        "long_name": "n" * 100_000,
        "nul": "\0",
        "surrogate": "\udc80",
    }
