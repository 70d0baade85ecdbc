"""What the lexer must know of each dialect: its quotes, escapes, comments and separators."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from apps.sql.members import at_hand


@at_hand
class Dialect(StrEnum):
    """Dialects that a file may be written in; "" is unknown."""

    __hash__ = str.__hash__  # that of Enum is a function in Python

    POSTGRES = "postgres"
    MYSQL = "mysql"
    MARIADB = "mariadb"
    SQLITE = "sqlite"
    DUCKDB = "duckdb"
    TSQL = "tsql"
    ORACLE = "oracle"
    BIGQUERY = "bigquery"
    SNOWFLAKE = "snowflake"
    REDSHIFT = "redshift"
    SPARK = "spark"
    UNKNOWN = ""

    @property
    def sqlglot(self) -> str:
        """The dialect's name in sqlglot, which knows MariaDB as MySQL; "" is its own dialect."""
        return "mysql" if self is Dialect.MARIADB else self.value

    @property
    def is_mysql(self) -> bool:
        """MySQL and MariaDB differ in what they can do, not in how they are written."""
        return self in (Dialect.MYSQL, Dialect.MARIADB)


@dataclass(frozen=True, slots=True)
class Syntax:
    """Lexical habits of a dialect. Everything not named here is the same in all of them.

    `backslash`: \\' inside '…' is an escape. `triple_quote`: \"\"\"…\"\"\" and r'…' as in Python.
    `slash_comment`: // begins a comment. `line_separators`: what ends a batch when it stands alone
    on a line ("GO", "/"). `nested`: comments nest. `client`: which client's commands may stand
    between statements. `word_marks`: characters besides letters, digits, _ and $ within a word.
    """

    dialect: Dialect
    backslash: bool = False
    double_quote_is_text: bool = False
    triple_quote: bool = False
    backtick: bool = False
    bracket: bool = False
    hash_comment: bool = False
    slash_comment: bool = False
    dollar_quote: bool = False
    escape_prefix: bool = False
    q_quote: bool = False
    nested: bool = False
    executable_comment: bool = False
    variables: bool = False
    word_marks: str = ""
    line_separators: tuple[bytes, ...] = ()
    client: str = "none"


_POSTGRES = Syntax(
    Dialect.POSTGRES, dollar_quote=True, escape_prefix=True, nested=True, client="psql"
)
_MYSQL = Syntax(
    Dialect.MYSQL,
    backslash=True,
    double_quote_is_text=True,
    backtick=True,
    hash_comment=True,
    executable_comment=True,
    variables=True,
    client="mysql",
)
_BIGQUERY = Syntax(
    Dialect.BIGQUERY,
    backslash=True,
    double_quote_is_text=True,
    triple_quote=True,
    backtick=True,
    hash_comment=True,
    variables=True,
)
_UNKNOWN = Syntax(
    Dialect.UNKNOWN,
    backtick=True,
    bracket=True,
    dollar_quote=True,
    escape_prefix=True,
    variables=True,
    line_separators=(b"GO", b"/"),
    client="any",
)

SYNTAX: dict[Dialect, Syntax] = {
    syntax.dialect: syntax
    for syntax in (
        _POSTGRES,
        replace(_POSTGRES, dialect=Dialect.REDSHIFT),
        replace(_POSTGRES, dialect=Dialect.DUCKDB, client="sqlite"),
        _MYSQL,
        replace(_MYSQL, dialect=Dialect.MARIADB),
        Syntax(Dialect.SQLITE, backtick=True, bracket=True, client="sqlite"),
        Syntax(
            Dialect.TSQL,
            bracket=True,
            nested=True,
            variables=True,
            word_marks="#@",
            line_separators=(b"GO",),
            client="sqlcmd",
        ),
        Syntax(
            Dialect.ORACLE,
            q_quote=True,
            word_marks="#",
            line_separators=(b"/",),
            client="sqlplus",
        ),
        _BIGQUERY,
        Syntax(Dialect.SNOWFLAKE, backslash=True, slash_comment=True, dollar_quote=True),
        Syntax(Dialect.SPARK, backslash=True, double_quote_is_text=True, backtick=True),
        _UNKNOWN,
    )
}
# A file of unknown dialect whose quotes close only when a backslash escapes them.
UNKNOWN_WITH_BACKSLASH = replace(_UNKNOWN, backslash=True, double_quote_is_text=True)
