"""Guess the dialect of SQL from the name of its fence, what the instruction says, and its words."""

from __future__ import annotations

import re

from apps.sql.dialects import Dialect
from apps.sql.tokens import emptied

FENCE_NAMES: dict[str, Dialect] = {
    "sql": Dialect.UNKNOWN,
    "ansi": Dialect.UNKNOWN,
    "postgresql": Dialect.POSTGRES,
    "postgres": Dialect.POSTGRES,
    "pgsql": Dialect.POSTGRES,
    "plpgsql": Dialect.POSTGRES,
    "psql": Dialect.POSTGRES,
    "mysql": Dialect.MYSQL,
    "mariadb": Dialect.MYSQL,
    "sqlite": Dialect.SQLITE,
    "sqlite3": Dialect.SQLITE,
    "duckdb": Dialect.DUCKDB,
    "tsql": Dialect.TSQL,
    "t-sql": Dialect.TSQL,
    "mssql": Dialect.TSQL,
    "sqlserver": Dialect.TSQL,
    "oracle": Dialect.ORACLE,
    "plsql": Dialect.ORACLE,
    "pl/sql": Dialect.ORACLE,
}

# Names of fences that hold no SQL, and lines that give such code away.
_OTHERS = """
python py python3 java javascript js typescript ts c cpp c++ csharp c# cs go golang rust ruby rb
php bash sh shell r powershell scala kotlin swift perl html xml yaml json toml dockerfile console
lua vb pyspark django jsx css
"""
OTHER_LANGUAGES = frozenset(_OTHERS.split())
_CODE_HINTS = (
    (
        "python",
        re.compile(
            r"^[ \t]*(?:import \w+|from \w[\w.]* import |def \w+\(|print\(|class \w+[:(])", re.M
        ),
    ),
    ("javascript", re.compile(r"^[ \t]*(?:const|let|var) \w+ = |console\.log\(|require\(", re.M)),
    ("java", re.compile(r"\bpublic (?:static |class )|System\.out\.print", re.M)),
    ("php", re.compile(r"<\?php|\$\w+->", re.M)),
)

_NAMED = (
    (Dialect.POSTGRES, re.compile(r"\bpostgres(?:ql)?\b|\bpl/?pgsql\b", re.IGNORECASE)),
    (Dialect.MYSQL, re.compile(r"\b(?:mysql|mariadb)\b", re.IGNORECASE)),
    (Dialect.SQLITE, re.compile(r"\bsqlite3?\b", re.IGNORECASE)),
    (Dialect.DUCKDB, re.compile(r"\bduckdb\b", re.IGNORECASE)),
    (Dialect.TSQL, re.compile(r"\b(?:t-?sql|sql server|mssql)\b", re.IGNORECASE)),
    (Dialect.ORACLE, re.compile(r"\boracle\b|\bpl/sql\b", re.IGNORECASE)),
)

# Words that only one dialect has, looked for outside strings and comments.
_FEATURES = (
    (Dialect.SQLITE, r"\bAUTOINCREMENT\b|\bWITHOUT\s+ROWID\b|\bstrftime\s*\(|\bjulianday\s*\("),
    (Dialect.SQLITE, r"\bPRAGMA\b|\bINSERT\s+OR\s+(?:REPLACE|IGNORE)\b|\bRAISE\s*\("),
    (Dialect.MYSQL, r"`|\bAUTO_INCREMENT\b|\bENGINE\s*=|\bON\s+DUPLICATE\s+KEY\b|\bDELIMITER\b"),
    (Dialect.MYSQL, r"\bDATE_FORMAT\s*\(|\bCURDATE\s*\(|\bGROUP_CONCAT\s*\([^)]{0,80}SEPARATOR\b"),
    (Dialect.MYSQL, r"\bDATE_(?:SUB|ADD)\s*\(|\bINSERT\s+IGNORE\b|\bUNSIGNED\b|\bIFNULL\s*\("),
    (Dialect.MYSQL, r"\bSTART\s+TRANSACTION\b"),
    (Dialect.POSTGRES, r"::\s*[a-z]|\b(?:BIG|SMALL)?SERIAL\b|\bILIKE\b|\bplpgsql\b|\bJSONB\b"),
    (Dialect.POSTGRES, r"\$\w{0,20}\$|\bDISTINCT\s+ON\b|\bTIMESTAMPTZ\b|\bDATE_TRUNC\s*\("),
    (
        Dialect.POSTGRES,
        r"\bSTRING_AGG\s*\(|\bTO_CHAR\s*\(|\bgen_random_uuid\b|\bEXECUTE\s+FUNCTION\b",
    ),
    (Dialect.POSTGRES, r"\bINTERVAL\s+'|\bUSING\s+(?:gin|gist)\b|\bANY\s*\(\s*ARRAY\b"),
    (Dialect.TSQL, r"\bSELECT\s+TOP\b|\bGETDATE\s*\(|\bNVARCHAR\b|\bIDENTITY\s*\(|\bISNULL\s*\("),
    (Dialect.TSQL, r"\[\w[\w ]*\]\s*[.,)=\n]|\bDATEADD\s*\(|^\s*GO\s*$"),
    (
        Dialect.ORACLE,
        r"\bVARCHAR2\b|\bNVL\s*\(|\bSYSDATE\b|\bFROM\s+DUAL\b|\bROWNUM\b|\bNUMBER\s*\(",
    ),
    (Dialect.DUCKDB, r"\bQUALIFY\b|\bread_csv\s*\(|\bSTRUCT_PACK\b|\bSELECT\s+\*\s+EXCLUDE\b"),
    (Dialect.SQLITE, r"\bGROUP_CONCAT\s*\("),  # last: with SEPARATOR it is MySQL's
)
_COMPILED = tuple(
    (name, re.compile(rule, re.IGNORECASE | re.MULTILINE)) for name, rule in _FEATURES
)
_MAX = 20_000


def detect_dialect(sql: str, *, fence: str = "", instruction: str = "") -> Dialect:
    """The dialect `sql` was written in, `Dialect.UNKNOWN` where nothing tells.

    The fence's name decides, then a dialect named in the instruction, then the most features.
    """
    by_fence = FENCE_NAMES.get(fence.lower(), Dialect.UNKNOWN)
    if by_fence is not Dialect.UNKNOWN:
        return by_fence
    named = named_dialects(instruction)
    if len(named) == 1:
        return named[0]
    code = emptied(sql[:_MAX], keeps_bodies=True)
    votes: dict[Dialect, int] = {}
    for dialect, rule in _COMPILED:
        # A literal is emptied, so INTERVAL ' and $$ still show their opening.
        if rule.search(code):
            votes[dialect] = votes.get(dialect, 0) + 1
    if not votes:
        return Dialect.UNKNOWN
    return max(votes, key=lambda dialect: votes[dialect])


def named_dialects(text: str) -> list[Dialect]:
    """The dialects that a text names: "in PostgreSQL or SQL Server"."""
    return [dialect for dialect, rule in _NAMED if rule.search(text[:_MAX])]


def language_of(text: str) -> str:
    """The programming language that a text's lines give away, "" where none does."""
    return next((name for name, rule in _CODE_HINTS if rule.search(text[:4000])), "")
