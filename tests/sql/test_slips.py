"""Whatever sqlglot's own code trips over, a statement is one that it does not read, and no more.

"Expr object expected; got None" was seen once among 100,000 mixed responses.
"""

from __future__ import annotations

import pytest
import sqlglot

from apps.sql import skeleton
from apps.sql.dialects import Dialect
from apps.sql.parsing.parsers import reads_with_sqlglot
from apps.sql.shape import parse, shape
from apps.validation.checks.copies import normalise_sql
from apps.validation.reading import read_response


@pytest.mark.parametrize("slip", [TypeError, KeyError, IndexError, AssertionError, AttributeError])
def test_a_slip_of_the_parser_costs_one_statement(
    monkeypatch: pytest.MonkeyPatch, slip: type[Exception]
) -> None:
    def trip(*_: object, **__: object) -> None:
        raise slip("Expr object expected; got None")

    monkeypatch.setattr(sqlglot, "parse", trip)
    sql = f"SELECT {slip.__name__} FROM slips"

    assert parse(sql) is None
    assert shape(sql).verb == "select"
    assert not reads_with_sqlglot(sql.encode(), "select", Dialect.UNKNOWN)
    assert skeleton._parsed(sql, Dialect.UNKNOWN) is None
    assert normalise_sql(sql)
    assert read_response(f"```sql\n{sql};\n```").statements == (sql,)
