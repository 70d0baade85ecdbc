"""What a seed is said to do: its own comment, or a fixed sentence for its kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from apps.sql import lexical

MOST_CHARACTERS = 600


class DescriptionSource(StrEnum):
    """Where a description comes from."""

    COMMENT = "comment"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Description:
    text: str
    source: DescriptionSource


SENTENCES = {
    "create_table": "This statement creates a new table with the specified columns and "
    "constraints.",
    "create_function": "This statement creates a function that can be called in later statements.",
    "create_procedure": "This statement creates a stored procedure that groups the steps in its "
    "body.",
    "alter_table": "This statement changes the structure of an existing table.",
    "drop_table": "This statement removes a table and all of its data from the database.",
    "insert": "This statement inserts new records into a table.",
    "update": "This statement updates specific records in a table based on the conditions "
    "provided.",
    "delete": "This statement deletes records from a table based on the conditions provided.",
    "select": "This statement retrieves data from one or more tables based on the specified "
    "conditions.",
    "comment": "This statement attaches a comment to an object of the database.",
    "set": "This statement sets a variable or a configuration parameter to a value.",
    "reset": "This statement resets a configuration parameter to its default value.",
    "transaction": "This statement runs several changes as one transaction, so that all or none "
    "take effect.",
    "alter_index": "This statement changes the definition of an existing index.",
    "create_index": "This statement creates an index on a table to speed up access to the "
    "indexed columns.",
    "drop_index": "This statement removes an index from the database.",
    "create_trigger": "This statement creates a trigger that runs when the specified event "
    "occurs on a table.",
    "alter_sequence": "This statement changes the parameters of an existing sequence.",
    "drop_sequence": "This statement removes a sequence from the database.",
    "create_extension": "This statement installs an extension into the database.",
    "drop_extension": "This statement removes an extension from the database.",
    "create_view": "This statement creates a view that presents the result of a query as a table.",
    "drop_view": "This statement removes a view from the database.",
    "merge": "This statement inserts, updates or deletes records depending on whether they match "
    "a source.",
    "create_package": "This statement creates a package that groups related procedures, functions "
    "and types.",
    "create_type": "This statement creates a data type that columns and variables can have.",
    "create_sequence": "This statement creates a sequence that generates numbers in order.",
    "create_event": "This statement creates an event that runs statements on a schedule.",
    "do": "This statement runs a block of procedural code once, without storing it.",
}

# A name as programs write it: public.seat, `shop`.`seat`, f(integer, text).
_NAMED = r"[`\"'\[]?[\w$]+[`\"'\]]?(?:\.[`\"'\[]?[\w$]+[`\"'\]]?){0,3}(?:\([^()\n]{0,200}\))?"
_BANNER = re.compile(
    r"^(?:Table structure for|Dumping (?:data|structure|routines|events)|Dump of|Dump completed"
    r"|Data for Name|Name: .*;? Type:"
    r"|Type: |TOC entry|Dependencies: |Final view structure|Temporary (?:view|table) structure"
    r"|Structure for view"
    r"|Records? of|Records for|Indexes (?:for|of)|AUTO_INCREMENT (?:for|de)|Constraints for"
    r"|Database: |Base de datos"
    r"|Metadata for|Triggers? (?:structure|for)|Host:|Server version|Generation Time"
    r"|Generated (?:by|from|on|at)"
    r"|MySQL dump|MariaDB dump|PostgreSQL database dump|SQLite dump|Dumped (?:from|by)"
    r"|phpMyAdmin|Navicat|HeidiSQL|SQLyog"
    r"|Adminer|Sequel Pro|DataGrip|Structure de la table|Contenu de la table|Estructura de tabla"
    r"|Volcado de datos"
    r"|Tabellenstruktur|Daten für Tabelle|Struktur dari tabel|Dumping data untuk"
    r"|Estrutura da tabela|Extraindo dados"
    r"|Структура таблицы|Дамп данных|表的结构|转存表中的数据|Index pour|Index de(?: la)? table"
    r"|Índices"
    r"|Indici"
    r"|Object:  |Script Date|\*+ Object|Source Server|Target Server|File Encoding|Date: \d"
    r"|Exporting|Exportiere"
    r"|View structure|Procedure structure|Function structure|Event structure|Table: |DDL for"
    r"|REF CONSTRAINTS"
    # pgAdmin, MySQL Workbench and PowerDesigner write what the statement is about above it.
    rf"|(?:Table|View|Index|Function|Sequence|Trigger|Schema) {_NAMED}$"
    r"|(?:(?:Materialized )?View|Index|Function|Procedure|Sequence|Trigger(?: Function)?|Schema"
    r"|Type|Domain|Constraint|Rule|Aggregate|Extension|Event|Synonym|Package|User|Role|Column"
    rf"|Language|Operator|Collation|Database)s?: {_NAMED}(?: on {_NAMED})?$)",
    re.IGNORECASE | re.MULTILINE,
)
_LICENCE = re.compile(
    r"copyright|licen[sc]e|all rights reserved|\(c\)\s*\d{4}|SPDX-|warranty|redistribut",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"^(?:select|insert|update|delete|drop|alter|create|set|grant|exec|declare|use)\b.*(?:;\s*$|=|\bfrom\b|\btable\b|\binto\b)",
    re.IGNORECASE | re.DOTALL,
)
# Lines that are addressed to a program or written by one; what stands beside them may be prose.
_DIRECTIVE = re.compile(
    r"(?:complain if script|eslint|noqa|NOSONAR\b|nosemgrep\b|sqlfluff|sqlfmt|pgformatter"
    r"|prettier|rubocop|@"
    # Migrations: dbmate, goose, sql-migrate, micrate, rambler, Liquibase, Flyway, Sqitch, Play, …
    r"|liquibase\b|changeset\b(?!\s+(?:of|for|in|that)\b)|preconditions?\b(?!\s+(?:of|for|in)\b)"
    r"|precondition-|validchecksum\b|property name:"
    r"|rollback(?=\s*(?:;|$|(?:drop|delete|alter|create|insert|truncate|empty|not required)\b))"
    r"|\+?goose\b|\+?migrate\b|\+?micrate\b|rambler\b|migrate:|flyway:?\b|sqitch\b"
    r"|(?:deploy|revert|verify) \S+ (?:to|from|on) \w+\s*$|requires:|!(?:ups|downs)\b"
    r"|(?:up|down|ups|downs)(?: migration)?\s*:?\s*$|migration (?:up|down)\s*$"
    r"|statement-?(?:begin|end)\b|(?:> ?)?statement-breakpoint|breakpoint\b"
    r"|#?endregion\b|#region\b|region\b(?!\s+(?:of|for|in|where|that|is|to|and)\b)"
    # What Prisma writes above each of a migration's statements.
    r"|(?:create|alter|drop|redefine|rename|add)(?:tables?|index|enum|foreignkey|primarykey|view"
    r"|column|constraint|extension|schema|sequence|trigger|function)\s*$"
    r"|noinspection\b|https?://\S+\s*$|atlas:\S|//+\s*@|\$(?:Id|Header|Revision|Date|Author"
    r"|HeadURL|URL|Source|Log|Name|Rev)\b[^$\n]{0,300}\$"
    # What MyBatis leaves to be replaced.
    r"|migration SQL that makes the change goes here|SQL to undo the change goes here"
    # Notebooks, and commands of a shell.
    r"|COMMAND\s*$|MAGIC(?: %|\s*$)|DBTITLE \d|Databricks notebook source"
    r"|(?:\$ )?(?:psql|mysql|sqlplus|sqlcmd|sqlite3|bq|snowsql) (?:-|<)"
    # Queries that a generator of code reads: sqlc, yesql, PugSQL, aiosql.
    r"|name: ?\S+( :\w+)?\s*$|:name \S+|:doc\b"
    # Editors.
    r"|mode: ?\w+|(?:en)?coding ?[:=] ?[\w-]+\s*$|vim?: ?(?:set )?\S|ex: set|kate:"
    r"|language: ?\w+\s*$)",
    re.IGNORECASE,
)
_GENERATED = re.compile(
    r"auto(?:matically)?[- ]?generated|generated (?:automatically|auto\b|by|with|from|using|on)\b"
    r"|do not (?:edit|modify|change)|don['’]t (?:edit|modify)|was created (?:by|with) the\b"
    r"|(?:file|script|code) (?:is|was) (?:generated|created by|created with|written by)"
    r"|created by script",
    re.IGNORECASE,
)
# How Liquibase and MyBatis introduce what is meant for people.
_SAID = re.compile(r"^(?:comment: *|//+ +)", re.IGNORECASE)
_MARKER = re.compile(lexical.COMMENT_OPENS, re.MULTILINE)
_CLOSING = re.compile(lexical.COMMENT_CLOSES, re.MULTILINE)
_RULE = re.compile(r"[-=*#_~+/\\|<>.{}]{3,}")
_SPACE = re.compile(r"\s+")
# One word, or three short ones.
_WORD = re.compile(r"[^\W\d_]{4,}|(?:\b[^\W\d_]{2,3}\W{1,3}){2}\b[^\W\d_]{2,3}\b")
_NUMBER = re.compile(r"\d+")


def describe(kind: str, comment: str) -> Description:
    """The description of a statement of `kind` with the raw `comment` ("" for none)."""
    cleaned = clean_comment(comment) if comment else ""
    if cleaned:
        return Description(cleaned, DescriptionSource.COMMENT)
    return Description(SENTENCES[kind], DescriptionSource.KIND)


def clean_comment(comment: str) -> str:
    """The prose of a comment, at most 600 characters; "" for banners, licences, commands and
    dead code.
    """
    text = comment[: 8 * MOST_CHARACTERS]
    if "*/" in text:
        text = _CLOSING.sub("", text)
    text = _RULE.sub(" ", _MARKER.sub("", text))
    lines = [_SAID.sub("", line.strip()) for line in text.splitlines()]
    text = "\n".join(line for line in lines if line and not _is_for_machines(line))
    if not text:
        return ""
    if _BANNER.search(text) or _LICENCE.search(text) or _CODE.match(text):
        return ""
    text = _SPACE.sub(" ", text).strip()
    if not _WORD.search(text[:400]) and not _is_wordless_prose(text):
        return ""
    if len(text) > MOST_CHARACTERS:
        text = text[:MOST_CHARACTERS].rsplit(" ", 1)[0] + " …"
    return text


def without_numbers(comment: str) -> str:
    """The comment with its numbers alike: what differs in nothing else says the same."""
    return _NUMBER.sub("0", comment).casefold()


def _is_for_machines(line: str) -> bool:
    return _DIRECTIVE.match(line) is not None or _GENERATED.search(line[:400]) is not None


def _is_wordless_prose(text: str) -> bool:
    """Chinese and Japanese write a sentence without spaces."""
    return sum(1 for character in text if "\u3040" <= character <= "\u9fff") >= 4
