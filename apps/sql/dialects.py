"""What the lexer must know of each dialect: its quotes, escapes, comments and separators."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Dialect(StrEnum):
    """Dialects that a file may be written in; values are sqlglot's names, "" is unknown."""

    POSTGRES = "postgres"
    MYSQL = "mysql"
    SQLITE = "sqlite"
    DUCKDB = "duckdb"
    TSQL = "tsql"
    ORACLE = "oracle"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Syntax:
    """Lexical habits of a dialect. Everything not named here is the same in all of them.

    `backslash`: \\' inside '…' is an escape. `line_separators`: what ends a batch when it stands
    alone on a line ("GO", "/"). `nested`: comments nest. `client`: which client's commands may
    stand between statements.
    """

    dialect: Dialect
    backslash: bool = False
    double_quote_is_text: bool = False
    backtick: bool = False
    bracket: bool = False
    hash_comment: bool = False
    dollar_quote: bool = False
    escape_prefix: bool = False
    q_quote: bool = False
    nested: bool = False
    line_separators: tuple[bytes, ...] = ()
    client: str = ""


SYNTAX: dict[Dialect, Syntax] = {
    syntax.dialect: syntax
    for syntax in (
        Syntax(Dialect.POSTGRES, dollar_quote=True, escape_prefix=True, nested=True, client="psql"),
        Syntax(
            Dialect.MYSQL,
            backslash=True,
            double_quote_is_text=True,
            backtick=True,
            hash_comment=True,
            client="mysql",
        ),
        Syntax(Dialect.SQLITE, backtick=True, bracket=True, client="sqlite"),
        Syntax(Dialect.DUCKDB, dollar_quote=True, escape_prefix=True, nested=True, client="sqlite"),
        Syntax(Dialect.TSQL, bracket=True, nested=True, line_separators=(b"GO",), client="sqlcmd"),
        Syntax(Dialect.ORACLE, q_quote=True, line_separators=(b"/",), client="sqlplus"),
        Syntax(
            Dialect.UNKNOWN,
            backtick=True,
            dollar_quote=True,
            escape_prefix=True,
            line_separators=(b"GO", b"/"),
            client="any",
        ),
    )
}
