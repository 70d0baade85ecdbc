"""Reading a response: what is understood, what is said of the rest, and that nothing hangs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sql.detect import detect_dialect
from apps.sql.dialects import Dialect
from apps.sql.placeholders import unbound
from apps.sql.scripts import split_statements
from apps.sql.shape import shape
from apps.validation.reading import read_response

PIECES = st.sampled_from(
    [
        *[
            "```sql\n",
            "```\n",
            "```text\n",
            "~~~\n",
            "[Implementation]\n",
            "### Tests\n",
            "| a | b |\n",
        ],
        *[
            "SELECT 1;\n",
            "CREATE TABLE t (a INT);\n",
            "Input Table: t\n",
            "Expected Output:\n",
            "a | b\n",
        ],
        *[
            "|---|---|\n",
            "1 | 'x'\n",
            "+--+--+\n",
            "\t",
            "'",
            '"',
            "$$",
            "/*",
            "--",
            "(",
            ")",
            "NULL\n",
        ],
        *[
            "\n",
            "BEGIN",
            "END;",
            "DELIMITER //\n",
            "//",
            "\\",
            "[",
            "{",
            "`",
            "\x00",
            "\u200b",
            "│",
            "é",
        ],
        *["Test 2\n", "Output: 3\n", "(0 rows)\n", "WITH x AS (", "\r\n", "...\n", "users:\n"],
    ]
)


@given(st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=60).map("".join)))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_without_an_error(text: str) -> None:
    reading = read_response(text, instruction=text)

    assert all(statement.strip() for statement in reading.statements)
    assert all(note.strip() for note in reading.notes)


HOSTILE = {
    "parentheses": "```sql\nSELECT " + "(" * 50_000 + "\n```",
    "quotes": "```sql\nSELECT " + "'" * 50_001 + "\n```",
    "open comments": "```sql\n" + "/*" * 30_000 + "\n```",
    "dollar tags": "```sql\n" + "".join(f"$a{n}$ " for n in range(9_000)) + "\n```",
    "begin and case": "```sql\nCREATE TRIGGER t " + "BEGIN CASE " * 6_000 + "\n```",
    "bars": "|" * 60_000,
    "table of bars": "\n".join(["| a | b |"] * 3_000),
    "spaces": "```sql\nSELECT" + " " * 50_000 + "x\n```",
    "fences": "```sql\n" * 3_000,
    "stars": "*" * 60_000 + "\n" + "_" * 400 + "\n" + "[" * 60_000,
    "label": "Input Table: " + "a" * 50_000 + ":\n| x | y |\n| 1 | 2 |",
    "words": "Expected " * 10_000,
    "backslashes": "```mysql\nSELECT '" + "\\" * 40_000 + "'\n```",
    "nots": "```sql\nSELECT " + "NOT " * 4_500 + "1\n```",
    "joins": "```sql\nSELECT 1 FROM a" + " JOIN a ON 1=1" * 1_200 + "\n```",
    "with": "```sql\nWITH " + "x AS (SELECT " * 1_400 + "\n```",
    "json": "```json\n" + "[" * 60_000 + "\n```",
    "trigger on": "```sql\nCREATE TRIGGER t AFTER UPDATE OF " + "a, " * 15_000 + "\n```",
    "many statements": "```sql\n" + "SELECT 1;\n" * 2_900 + "\n```",
    "angle": "```sql\nSELECT " + "<a" * 20_000 + "\n```",
    "long text": "x" * 5_000_000,
    "tabs": "\t" * 60_000,
    "percent": "```sql\nSELECT " + "%(a" * 15_000 + "\n```",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_in_time(name: str) -> None:
    start = time.process_time()

    read_response(HOSTILE[name], instruction=HOSTILE[name])

    assert time.process_time() - start < 5


def test_a_long_response_says_that_it_was_cut() -> None:
    reading = read_response("```sql\nSELECT 1;\n```\n" + "word " * 20_000)

    assert reading.statements == ("SELECT 1",)
    assert "The response is too long: only its beginning was read." in reading.notes


@pytest.mark.parametrize(
    ("response", "note"),
    [
        ("```sql\nSELECT 1;", "A code block is not closed: the response may be cut off."),
        ("SELECT a FROM t;", "The SQL stands in no code block."),
        (
            "```sql\nSELECT a FROM t;\n```\nExpected Output:\n\n<table><tr><td>1</td></tr></table>",
            "Nothing was read as the result below “Expected Output:”.",
        ),
        (
            "```sql\nSELECT a FROM t;\n```\nExpected Output:\n| a |\n|---|\n| 1 | 2 |\n",
            "The table that begins “| a |” was not understood: row 1 has 2 cells where the header has 1.",
        ),
        (
            "```sql\nSELECT a FROM t;\n```\nExpected Output: the query returns all that there is",
            "The expected result is told in words: “the query returns all that there is”.",
        ),
        (
            "```sql\nSELECT 1;\n```\n```\nwhat is this, then\n```",
            "The block that begins “what is this, then” was not understood.",
        ),
    ],
)
def test_what_is_not_understood_is_said(response: str, note: str) -> None:
    assert note in read_response(response).notes


def test_other_code_is_named() -> None:
    reading = read_response("```python\nprint(1)\n```\n```sql\nSELECT 1;\n```\n```bash\nls\n```")

    assert reading.other_code == ("python", "bash")
    assert reading.statements == ("SELECT 1",)


def test_missing_tables_are_those_that_nothing_defines() -> None:
    reading = read_response(
        "```sql\nWITH c AS (SELECT * FROM a) SELECT * FROM c JOIN b USING (id) JOIN d USING (id);\n```\n"
        "Input Table: b\n| id |\n|---|\n| 1 |\n",
        instruction="Use this:\n```sql\nCREATE TABLE d (id INT);\n```",
    )

    assert reading.missing_tables == ("a",)


def test_instruction_sql_and_tests_that_speak_of_different_tables_are_noted() -> None:
    reading = read_response(
        "```sql\nSELECT a FROM employee;\n```\nInput Table: employees\n| a |\n|---|\n| 1 |\n",
        instruction="List all rows of the `staff` table.",
    )

    assert "The test gives table employees, which the SQL does not use." in reading.notes
    assert "The instruction names table staff, which the SQL does not use." in reading.notes


def test_the_instruction_lists_the_columns_it_wants() -> None:
    reading = read_response(
        "```sql\nSELECT 1;\n```",
        instruction="Create a table `pets` with:\n- `id`: integer\n- a `name` column that stores the name\n",
    )

    assert (reading.asked_table, reading.asked_columns) == ("pets", ("id", "name"))


@pytest.mark.parametrize(
    ("script", "dialect", "statements"),
    [
        ("SELECT ';'; -- ; \nSELECT 2", Dialect.UNKNOWN, ("SELECT ';'", "-- ; \nSELECT 2")),
        (
            "BEGIN; UPDATE t SET a=1; COMMIT;",
            Dialect.UNKNOWN,
            ("BEGIN", "UPDATE t SET a=1", "COMMIT"),
        ),
        (
            "CREATE TRIGGER t AFTER INSERT ON x BEGIN UPDATE y SET a = CASE WHEN 1 THEN 2 END; DELETE FROM z; END; SELECT 1",
            Dialect.SQLITE,
            (
                "CREATE TRIGGER t AFTER INSERT ON x BEGIN UPDATE y SET a = CASE WHEN 1 THEN 2 END; DELETE FROM z; END",
                "SELECT 1",
            ),
        ),
        (
            "CREATE FUNCTION f() RETURNS int AS $b$ BEGIN RETURN 1; END; $b$ LANGUAGE plpgsql; SELECT f();",
            Dialect.POSTGRES,
            (
                "CREATE FUNCTION f() RETURNS int AS $b$ BEGIN RETURN 1; END; $b$ LANGUAGE plpgsql",
                "SELECT f()",
            ),
        ),
        (
            "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END //\nDELIMITER ;\nCALL p();",
            Dialect.MYSQL,
            ("CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END", "CALL p()"),
        ),
        (
            "CREATE TABLE a(b INT)\nGO\nSELECT 1\nGO",
            Dialect.TSQL,
            ("CREATE TABLE a(b INT)", "SELECT 1"),
        ),
        ("SELECT 'it\\'s; x'; SELECT 2", Dialect.MYSQL, ("SELECT 'it\\'s; x'", "SELECT 2")),
        (
            "SELECT q'[a;b'c]' FROM dual; SELECT 2 FROM dual",
            Dialect.ORACLE,
            ("SELECT q'[a;b'c]' FROM dual", "SELECT 2 FROM dual"),
        ),
        (
            "/* a /* ; */ ; */ SELECT 1; SELECT 2",
            Dialect.POSTGRES,
            ("/* a /* ; */ ; */\nSELECT 1", "SELECT 2"),
        ),
        (
            "DECLARE @n INT = 1\nIF @n = 1\n  SELECT 'a;'\nSELECT 2",
            Dialect.TSQL,
            ("DECLARE @n INT = 1", "IF @n = 1\n  SELECT 'a;'", "SELECT 2"),
        ),
        ("\\d users\nSELECT 1;\n\\q", Dialect.POSTGRES, ("SELECT 1",)),
        (
            "INSERT INTO t VALUES (1); -- fails\nSELECT 1; -- the rows",
            Dialect.SQLITE,
            ("INSERT INTO t VALUES (1)", "-- fails\nSELECT 1\n-- the rows"),
        ),
    ],
)
def test_a_script_is_split_into_statements(
    script: str, dialect: Dialect, statements: tuple[str, ...]
) -> None:
    assert split_statements(script, dialect) == statements


@pytest.mark.parametrize(
    ("sql", "dialect"),
    [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)", Dialect.SQLITE),
        ("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB", Dialect.MYSQL),
        ("SELECT a::int FROM t WHERE b ILIKE 'x'", Dialect.POSTGRES),
        ("SELECT TOP 3 * FROM [dbo].[users]", Dialect.TSQL),
        ("SELECT NVL(a, 0) FROM dual", Dialect.ORACLE),
        ("SELECT a FROM t QUALIFY row_number() OVER () = 1", Dialect.DUCKDB),
        ("SELECT a FROM t WHERE b = 'ENGINE=InnoDB ::int'", Dialect.UNKNOWN),
    ],
)
def test_the_dialect_is_told_by_words_that_only_it_has(sql: str, dialect: Dialect) -> None:
    assert detect_dialect(sql) is dialect


def test_the_fence_and_the_instruction_tell_the_dialect_first() -> None:
    assert detect_dialect("SELECT 1", fence="postgresql") is Dialect.POSTGRES
    assert detect_dialect("SELECT 1", instruction="Write a MySQL query.") is Dialect.MYSQL
    assert detect_dialect("SELECT 1", instruction="MySQL or PostgreSQL?") is Dialect.UNKNOWN


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT * FROM t WHERE a = ? AND b = :b AND c = %s AND d = $1", ("?", ":b", "%s", "$1")),
        ("SELECT '%s' FROM {table} WHERE a = '{name}'", ("{name}", "{table}")),
        ("INSERT INTO t VALUES (1, '%s'), (format('%d', 1), ':b')", ("%s", ":b")),
        ("UPDATE t SET a = '?' WHERE b <> '<the id>'", ("?", "<the id>")),
        ("SELECT a::int, '12:30', x ->> 'a', 7 % s FROM t WHERE b LIKE '%s'", ()),
        ("SELECT data ? 'key' FROM t -- what?", ()),
        ("CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET :NEW.a = 1", ()),
        ("PREPARE p AS SELECT * FROM t WHERE a = $1", ()),
        ("SELECT * FROM t WHERE a < b AND c > d", ()),
        ("SELECT strftime('%s', a), DATE_FORMAT(a, '%s'), format('%s', a) FROM t", ()),
        ("SELECT REPLACE(a, '?', '') FROM t WHERE b @> '{red}' AND '{red}' <@ b", ()),
        ("INSERT INTO t (tags) VALUES ('{red}')", ()),
    ],
)
def test_unbound_placeholders(sql: str, found: tuple[str, ...]) -> None:
    assert unbound(sql) == found


def test_a_text_that_may_be_a_placeholder_is_run_and_noted() -> None:
    reading = read_response("```sql\nINSERT INTO t (tags) VALUES ('{red}');\n```")

    assert reading.placeholders == ()
    assert "'{red}' may be a placeholder; it was run as a text." in reading.notes


def test_the_shape_of_a_statement() -> None:
    trigger = shape("CREATE TRIGGER x AFTER INSERT OR UPDATE ON public.users BEGIN SELECT 1; END")

    assert (trigger.creates, trigger.made, trigger.target) == ("trigger", "x", "users")
    assert trigger.events == {"insert", "update"}
    assert shape("UPDATE `users` SET a = 1").target == "users"
    assert shape("INSERT INTO a SELECT * FROM b").uses == {"a", "b"}
    assert shape("CREATE TABLE a (b INT REFERENCES c(d))").uses == {"c"}
    hidden = shape(
        "CREATE /* FROM x */ TRIGGER [my t] AFTER INSERT ON [main].[a.b] BEGIN SELECT 'FROM y'; END",
        Dialect.SQLITE,
    )
    assert (hidden.made, hidden.uses) == ("my t", {"a.b"})
    definer = "CREATE DEFINER = `a b`@'%' FUNCTION `f g`() RETURNS INT RETURN 1"
    assert (shape(definer, Dialect.MYSQL).creates, shape(definer, Dialect.MYSQL).made) == (
        "function",
        "f g",
    )


@pytest.mark.parametrize("remark", ["works", "slow", "OK", "Fine", "PASS", "v2", "TODO", "O(1)"])
def test_a_word_beside_a_call_is_a_remark_unless_the_sql_has_it(remark: str) -> None:
    made = "CREATE FUNCTION grade(n INT) RETURNS TEXT RETURN IF(n > 89, 'A', 'B');"

    reading = read_response(f"```sql\n{made}\n```\n```sql\nSELECT grade(95); -- {remark}\n```")

    assert not any(case.expected for case in reading.cases)


@pytest.mark.parametrize(
    ("said", "value"), [("A", "A"), ("'A'", "A"), ("3", 3), ("2024-01-01", "2024-01-01"),
                        ("Expected: C", "C")]
)  # fmt: skip
def test_a_value_beside_a_call_is_its_result(said: str, value: object) -> None:
    made = "CREATE FUNCTION grade(n INT) RETURNS TEXT RETURN IF(n > 89, 'A', 'B');"

    reading = read_response(f"```sql\n{made}\n```\n```sql\nSELECT grade(95); -- {said}\n```")

    assert [case.expected and case.expected.rows for case in reading.cases] == [((value,),)]


def test_the_sql_of_two_blocks_is_two_statements_without_a_semicolon_between() -> None:
    reading = read_response("```sql\nSELECT a FROM t\n```\nand\n```sql\nWITH c AS (SELECT b FROM u) SELECT b FROM c;\n```")  # fmt: skip

    assert reading.statements == ("SELECT a FROM t", "WITH c AS (SELECT b FROM u) SELECT b FROM c")


@pytest.mark.parametrize("tests", ["-- Te", "-- nothing yet\n```\n", "/* a */\n-- b\n```", ""])
def test_a_test_that_is_only_a_comment_is_none(tests: str) -> None:
    """As a response that was cut off in the first line of its test leaves it."""
    text = f"[Implementation]\n```sql\nSELECT 1;\n```\n\n[Tests]\n```sql\n{tests}"
    reading = read_response(text, instruction="Write a query.")
    assert reading.statements == ("SELECT 1",) and reading.cases == ()
