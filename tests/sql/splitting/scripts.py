"""The labelled set: scripts put together from labelled parts, and hard ones written by hand."""

from __future__ import annotations

import random
from dataclasses import dataclass

from apps.sql.dialects import Dialect
from tests.sql.splitting.labelled import COMMON, PARTS

SCRIPTS_PER_DIALECT = 64


@dataclass(frozen=True)
class Script:
    name: str
    dialect: Dialect
    text: str
    statements: tuple[str, ...]


def composed_scripts() -> list[Script]:
    """64 scripts per dialect: three to twelve parts in random order, a quarter of them with CRLF."""
    scripts = []
    for dialect, own in PARTS.items():
        for number in range(SCRIPTS_PER_DIALECT):
            draw = random.Random(f"{dialect}-{number}")
            parts = draw.choices(own, k=draw.randint(2, 7)) + draw.choices(
                COMMON, k=draw.randint(1, 5)
            )
            draw.shuffle(parts)
            text = "".join(part.source + "\n" * draw.randint(0, 1) for part in parts)
            statements = tuple(s for part in parts for s in part.statements)
            if number % 4 == 3:
                text = text.replace("\n", "\r\n")
                statements = tuple(s.replace("\n", "\r\n") for s in statements)
            scripts.append(Script(f"{dialect}-{number}", dialect, text, statements))
    return scripts


def hard_scripts() -> list[Script]:
    """Scripts that a careless splitter gets wrong."""
    return [Script(name, dialect, text, tuple(found)) for name, dialect, text, found in _HARD]


_P, _M, _S, _T, _O = (
    Dialect.POSTGRES,
    Dialect.MYSQL,
    Dialect.SQLITE,
    Dialect.TSQL,
    Dialect.ORACLE,
)
# fmt: off
_HARD: list[tuple[str, Dialect, str, list[str]]] = [
    ("no delimiter at the end", _P, "SELECT 1;\nSELECT 2", ["SELECT 1", "SELECT 2"]),
    ("only comments", _P, "-- a;\n/* b; */\n", []),
    ("several on a line", _M, "SELECT 1;SELECT 2;;SELECT 3", ["SELECT 1", "SELECT 2", "SELECT 3"]),
    ("a stray quote in the middle", _P, "INSERT INTO t VALUES ('it's fine');\nINSERT INTO t VALUES ('ok', 'a');\nSELECT 'b';\n",
     ["INSERT INTO t VALUES ('it's fine')", "INSERT INTO t VALUES ('ok', 'a')", "SELECT 'b'"]),
    ("a stray quote, MySQL", _M, "INSERT INTO `t` VALUES ('it's');\nINSERT INTO `t` VALUES ('x');\n",
     ["INSERT INTO `t` VALUES ('it's')", "INSERT INTO `t` VALUES ('x')"]),
    ("a quote never closed", _S, "SELECT 'abc;\nSELECT 2;\nSELECT 3;\n", ["SELECT 'abc", "SELECT 2", "SELECT 3"]),
    ("a double quote never closed", _P, 'SELECT "abc FROM t;\nSELECT 2;\n', ['SELECT "abc FROM t', "SELECT 2"]),
    ("a dollar quote never closed", _P, "SELECT $x$ a;\nSELECT 2;\n", ["SELECT $x$ a", "SELECT 2"]),
    ("an empty string", _P, "SELECT '';\nSELECT '''';\nSELECT ''';''';", ["SELECT ''", "SELECT ''''", "SELECT ''';'''"]),
    ("SQL in a literal", _T, "EXEC('SELECT 1;\nUPDATE t SET a = ''b'';\nSELECT 2')\nGO\nSELECT 3\nGO\n",
     ["EXEC('SELECT 1;\nUPDATE t SET a = ''b'';\nSELECT 2')", "SELECT 3"]),
    ("a literal that begins with a semicolon", _P, "SELECT '; x';\nSELECT ';';\n", ["SELECT '; x'", "SELECT ';'"]),
    ("GO in a comment and a literal", _T, "SELECT 1 /*\nGO\n*/\nGO\nSELECT '\nGO\n'\nGO\n", ["SELECT 1 /*\nGO\n*/", "SELECT '\nGO\n'"]),
    ("go as a name", _T, "SELECT go FROM t;\nSELECT 1 AS\ngoing;\n", ["SELECT go FROM t", "SELECT 1 AS\ngoing"]),
    ("division on a line", _O, "SELECT 4 /\n 2 FROM dual;\nSELECT 2 FROM dual\n/\n", ["SELECT 4 /\n 2 FROM dual", "SELECT 2 FROM dual"]),
    ("PL/SQL without slashes", _O, "CREATE PROCEDURE p IS x NUMBER;\nBEGIN x := 1; END p;\nSELECT 1 FROM dual;\n",
     ["CREATE PROCEDURE p IS x NUMBER;\nBEGIN x := 1; END p;", "SELECT 1 FROM dual"]),
    ("a trigger without DELIMITER", _M, "CREATE TRIGGER a BEFORE UPDATE ON t FOR EACH ROW BEGIN SET NEW.x = 1; SET NEW.y = 2; END;\nSELECT 1;",
     ["CREATE TRIGGER a BEFORE UPDATE ON t FOR EACH ROW BEGIN SET NEW.x = 1; SET NEW.y = 2; END", "SELECT 1"]),
    ("columns named begin and end", _S, "CREATE TABLE t (begin text, end text);\nSELECT begin, end FROM t;", ["CREATE TABLE t (begin text, end text)", "SELECT begin, end FROM t"]),
    ("COPY without its end", _P, "COPY t FROM stdin;\nSELECT 1;\n", ["COPY t FROM stdin", "SELECT 1"]),
    ("COPY to a file", _P, "COPY t TO '/tmp/x;y';\nSELECT 1;", ["COPY t TO '/tmp/x;y'", "SELECT 1"]),
    ("dollars that are no quotes", _P, "SELECT $1, a$b$c FROM t;\nSELECT 2;", ["SELECT $1, a$b$c FROM t", "SELECT 2"]),
    ("a nested dollar quote", _P, "DO $a$ BEGIN EXECUTE $b$ SELECT ';' $b$; END $a$;\nSELECT 1;", ["DO $a$ BEGIN EXECUTE $b$ SELECT ';' $b$; END $a$", "SELECT 1"]),
    ("a comment never closed", _M, "SELECT 1;\n/* SELECT 2;\n", ["SELECT 1"]),
    ("backslash at the end, not MySQL", _S, "INSERT INTO t VALUES ('a\\');\nSELECT 1;", ["INSERT INTO t VALUES ('a\\')", "SELECT 1"]),
    ("a delimiter that is a word", _M, "DELIMITER go\nSELECT 1;go\nSELECT 'go'go\nDELIMITER ;\nSELECT 2;", ["SELECT 1;", "SELECT 'go'", "SELECT 2"]),
    ("a pipe as delimiter", _M, "DELIMITER |\nCREATE FUNCTION f() RETURNS INT BEGIN RETURN 1; END|\nDELIMITER ;\nSELECT 2;", ["CREATE FUNCTION f() RETURNS INT BEGIN RETURN 1; END", "SELECT 2"]),
    ("Chinese text", _M, "UPDATE `c` SET `name`='菲留斯·旋翼;', `sub`='材料' WHERE `id`=1;\nSELECT '；';", ["UPDATE `c` SET `name`='菲留斯·旋翼;', `sub`='材料' WHERE `id`=1", "SELECT '；'"]),
    ("NUL bytes between", _P, "SELECT 1;\x00\x00\nSELECT 2;", ["SELECT 1", "SELECT 2"]),
    ("old Mac line ends", _P, "SELECT 1;\rSELECT 2;\r", ["SELECT 1", "SELECT 2"]),
    ("BEGIN with a semicolon", _S, "BEGIN;\nINSERT INTO t VALUES (1);\nEND;\nSELECT 1;", ["BEGIN", "INSERT INTO t VALUES (1)", "END", "SELECT 1"]),
    ("national literal over lines", _T, "SELECT N'a;\nUPDATE b;\nc';\nSELECT 2;", ["SELECT N'a;\nUPDATE b;\nc'", "SELECT 2"]),
    ("a trigger on packages", _S, "CREATE TRIGGER package_ai AFTER INSERT ON packages BEGIN INSERT INTO log SELECT new.id AS id FROM x; END;\nCREATE TABLE t (a int);",
     ["CREATE TRIGGER package_ai AFTER INSERT ON packages BEGIN INSERT INTO log SELECT new.id AS id FROM x; END", "CREATE TABLE t (a int)"]),
    ("a procedure of packages without DELIMITER", _M, "CREATE PROCEDURE package_sum() BEGIN SELECT sum(a) AS s FROM package; END;\nSELECT 1;",
     ["CREATE PROCEDURE package_sum() BEGIN SELECT sum(a) AS s FROM package; END", "SELECT 1"]),
    ("a procedure of packages without GO", _T, "CREATE PROCEDURE dbo.package_sum AS\nBEGIN\n  SELECT 1;\nEND\nSELECT 2;\nSELECT 3;",
     ["CREATE PROCEDURE dbo.package_sum AS\nBEGIN\n  SELECT 1;\nEND", "SELECT 2", "SELECT 3"]),
    ("packages without slashes", _O, "CREATE OR REPLACE EDITIONABLE PACKAGE k AS\n  PROCEDURE a;\nEND k;\nCREATE PACKAGE BODY k IS\n  PROCEDURE a IS BEGIN NULL; END a;\nEND k;\nSELECT 1 FROM dual;",
     ["CREATE OR REPLACE EDITIONABLE PACKAGE k AS\n  PROCEDURE a;\nEND k;", "CREATE PACKAGE BODY k IS\n  PROCEDURE a IS BEGIN NULL; END a;\nEND k;", "SELECT 1 FROM dual"]),
]
# fmt: on
