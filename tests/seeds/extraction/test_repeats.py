"""What a file repeats is passed unsplit, and all that is told stays as if it had been split."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.seeds.extraction.chain import ExtractionSettings, Rejection, SeedCandidate, extract
from apps.sql.dialects import Dialect
from apps.sql.normalise import repeated
from apps.sql.splitting import Role, Splitter, split

UPDATE = b"UPDATE creature SET name='%s', build=%d WHERE entry=%d;\n"
# What makes the end of a statement doubtful, between statements or inside their literals.
TROUBLE = st.sampled_from(
    [
        "it''s",
        "a\\'b",
        "a\\rb",
        "a\\",
        "a;b",
        "a\nb",
        "-- c",
        "/* c */",
        '"',
        "`",
        "$$",
        "",
        "x' ; '",
        "GO",
        "5.5",
    ]
)
VALUES = st.one_of(
    st.integers(-9, 99).map(str),
    st.decimals(-9, 9, places=1).map(str),
    st.just("NULL"),
    TROUBLE.map(lambda text: f"'{text}'"),
    st.text("ab 1;'\n)", max_size=6).map(lambda text: f"'{text}'"),
)
ROWS = st.tuples(st.sampled_from(["t", "u"]), VALUES, VALUES).map(
    lambda row: f"INSERT INTO {row[0]} (a, b) VALUES ({row[1]}, {row[2]});"
)
BETWEEN = st.sampled_from(
    [
        "\n",
        " ",
        "",
        "\n-- a note\n",
        " -- it\n",
        "\nGO\n",
        "\n\\echo x\n",
        "\nDELIMITER //\n",
        "\n//\n",
    ]
)
SCRIPTS = st.lists(st.tuples(ROWS, BETWEEN), max_size=60).map(
    lambda pairs: "".join(statement + between for statement, between in pairs)
)


def told(content: bytes, dialect: Dialect) -> tuple[object, ...]:
    """Seeds, rejections by reason, samples and statements of a file."""
    extraction = extract(content, path="a.sql", settings=ExtractionSettings(dialect=dialect))
    items = list(extraction)
    rejected: Counter[str] = Counter()
    for item in items:
        if isinstance(item, Rejection):
            rejected[item.reason] += item.number
    return (
        [(one.start, one.end, one.text) for one in items if isinstance(one, SeedCandidate)],
        rejected,
        [one for one in items if isinstance(one, Rejection) and one.sample],
        extraction.reasons,
        extraction.statements,
    )


def slowly(content: bytes, dialect: Dialect) -> tuple[object, ...]:
    """The same, each statement split and judged."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Splitter, "repeat", lambda self, pattern: None)
        return told(content, dialect)


def test_thousands_of_one_form_are_one_piece() -> None:
    content = b"".join(UPDATE % (b"a; b", n, n) for n in range(1000))
    splitter = Splitter(content, Dialect.MYSQL)
    pieces = splitter.pieces()
    first = next(pieces)
    pattern = repeated(content[first.start : first.end], Dialect.MYSQL)
    assert pattern
    splitter.repeat(pattern)
    (rest,) = pieces
    assert (rest.role, rest.number) == (Role.REPEATED, 999)
    assert content[rest.end :] == b";\n"


def test_what_is_told_of_a_flood_is_the_same() -> None:
    flood = [UPDATE % (b"it is", n, n) for n in range(300)]
    flood[100] = b"SELECT name, age FROM people WHERE id = 1; -- of it\n"
    flood[200] = b"-- said before\nDELETE FROM people WHERE name = 'x';\n"
    content = b"".join(flood)
    assert told(content, Dialect.MYSQL) == slowly(content, Dialect.MYSQL)
    assert sum(1 for _ in split(content, Dialect.MYSQL)) == 300


@pytest.mark.parametrize("dialect", [Dialect.MYSQL, Dialect.POSTGRES])
def test_what_differs_at_its_end_is_told_in_linear_time(dialect: Dialect) -> None:
    rows = ", ".join("'x y'" for _ in range(150))
    statement = f"INSERT INTO t VALUES ({rows})".encode()
    pattern = repeated(statement, dialect)
    assert pattern
    assert pattern.match(statement + b";")
    started = time.process_time()
    assert not pattern.match(statement + b" ON CONFLICT DO NOTHING;")
    assert time.process_time() - started < 1


@settings(max_examples=300, deadline=None)
@given(SCRIPTS, st.sampled_from(Dialect), st.integers(0, 99))
def test_any_script_is_told_the_same(script: str, dialect: Dialect, number: int) -> None:
    flood = b"".join(b"INSERT INTO t (a, b) VALUES (%d, '%d');\n" % (n, number) for n in range(30))
    content = flood + script.encode()
    assert told(content, dialect) == slowly(content, dialect)
