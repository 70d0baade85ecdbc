"""Scripts whose dialect was guessed wrongly once, each with what is right."""

from __future__ import annotations

from apps.sql.dialects import Dialect

D = Dialect

# (what it is about, script, dialect)
GUESS: list[tuple[str, str, Dialect]] = [
    (
        "COPY … DELIMITER counts as mysql",
        (
            "COPY seat FROM '/data/a.csv' WITH DELIMITER '|';\n"
            "COPY hold FROM '/data/b.csv' WITH DELIMITER '|';\n"
            "SELECT nr FROM seat WHERE hall = ANY ('{a,b}');\n"
        ),
        D.POSTGRES,
    ),
    (
        "brackets around names are no mark",
        (
            "CREATE VIEW [Desk].[Open]\n"
            "AS\n"
            "SELECT t.Id, t.Who FROM Desk.Ticket AS t WHERE t.Closed IS NULL\n"
        ),
        D.TSQL,
    ),
    (
        "a trigger with BEGIN and no FOR EACH ROW … EXECUTE says sqlite",
        (
            "CREATE TRIGGER seat_log AFTER INSERT ON seat BEGIN\n"
            "  INSERT INTO log (what) VALUES ('new');\n"
            "END;\n"
        ),
        D.SQLITE,
    ),
    (
        "@@file of SQL*Plus counts as T-SQL",
        (
            "@@tables.sql\n"
            "@@views.sql\n"
            "@@grants.sql\n"
            "create or replace synonym seat for theatre.seat;\n"
        ),
        D.ORACLE,
    ),
    (
        "DELIMITER $$ : $$ counts for postgres",
        (
            "DELIMITER $$\n"
            "CREATE PROCEDURE a1() BEGIN SELECT 1; END$$\n"
            "CREATE PROCEDURE a2() BEGIN SELECT 2; END$$\n"
            "CREATE PROCEDURE a3() BEGIN SELECT 3; END$$\n"
        ),
        D.MYSQL,
    ),
    (
        "\\G, LOAD DATA, OUTFILE say mysql",
        (
            "LOAD DATA LOCAL INFILE '/data/a.csv' INTO TABLE seat;\n"
            "SELECT nr FROM seat INTO OUTFILE '/tmp/x';\n"
        ),
        D.MYSQL,
    ),
    (
        "MySQL's marks within literals",
        ("INSERT INTO t VALUES ('ENGINE=InnoDB AUTO_INCREMENT');\nCREATE EXTENSION x;\n"),
        D.POSTGRES,
    ),
    (
        "DuckDB reads files",
        ("CREATE TABLE t AS SELECT * FROM read_csv_auto('x.csv');\nSELECT * EXCLUDE (a) FROM t;\n"),
        D.DUCKDB,
    ),
    (
        "MariaDB's storage engine",
        "CREATE TABLE `t` (`id` int(11) NOT NULL AUTO_INCREMENT) ENGINE=Aria;\n",
        D.MARIADB,
    ),
    (
        "BigQuery's project names",
        ("SELECT SAFE_DIVIDE(a, b) FROM `shop-1.sales.orders` WHERE _TABLE_SUFFIX = '2024'\n"),
        D.BIGQUERY,
    ),
    (
        "Snowflake's variant",
        (
            "CREATE OR REPLACE TABLE t (v VARIANT, at TIMESTAMP_NTZ);\n"
            "COPY INTO t FROM @stage FILE_FORMAT = (TYPE = JSON);\n"
        ),
        D.SNOWFLAKE,
    ),
    (
        "Redshift's keys",
        ("CREATE TABLE t (id bigint ENCODE az64) DISTSTYLE KEY DISTKEY (id) SORTKEY (id);\n"),
        D.REDSHIFT,
    ),
    (
        "Spark's tables",
        ("CREATE TABLE t (a INT) USING DELTA PARTITIONED BY (a) TBLPROPERTIES ('x' = 'y');\n"),
        D.SPARK,
    ),
    (
        "a condition without parentheses before a trigger's BEGIN says sqlite",
        "CREATE TRIGGER t BEFORE DELETE ON seat FOR EACH ROW WHEN OLD.nr > 1 BEGIN\n  DELETE FROM hold;\nEND;\n",
        D.SQLITE,
    ),
]
