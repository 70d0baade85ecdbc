"""What a test asserts by itself: only what ends in an error can fail."""

from __future__ import annotations

import pytest

from apps.sql.dialects import Dialect
from apps.validation.asserting import raises

BLOCK = "DO $$\nBEGIN\n  {}\nEND $$;"


@pytest.mark.parametrize(
    "inner",
    [
        "ASSERT twice(2) = 4, 'twice';",
        "IF twice(2) <> 4 THEN RAISE EXCEPTION 'no: %', twice(2); END IF;",
        "IF twice(2) <> 4 THEN raise 'no'; END IF;",
    ],
)
def test_a_block_that_raises_asserts(inner: str) -> None:
    assert raises(BLOCK.format(inner), Dialect.POSTGRES)


@pytest.mark.parametrize(
    "inner",
    [
        "IF twice(2) <> 4 THEN RAISE NOTICE 'FAIL'; ELSE RAISE NOTICE 'PASS'; END IF;",
        "RAISE NOTICE 'ASSERT twice(2) = 4';",
        "PERFORM twice(2); -- RAISE EXCEPTION 'no'",
        "PERFORM twice(2); /* ASSERT twice(2) = 4 */",
        "INSERT INTO asserts VALUES (1);",
    ],
)
def test_a_block_that_only_tells_asserts_nothing(inner: str) -> None:
    assert not raises(BLOCK.format(inner), Dialect.POSTGRES)


def test_only_a_block_asserts() -> None:
    assert not raises("SELECT 'RAISE EXCEPTION'", Dialect.POSTGRES)
