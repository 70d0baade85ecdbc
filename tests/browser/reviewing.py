"""A queue of pairs as they come out of a model, and its page: fixtures of the review's tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.generation.models import Response
from apps.review.models import Label
from apps.review.services import enqueue
from tests.browser.harness import login
from tests.builders import make_file, make_response, make_seed, make_user
from tests.review.building import make_failed_check, make_verdict

PAIRS = Path(__file__).parents[2] / "apps" / "home" / "sample_pairs" / "labelled-pairs.jsonl"
WRONG = {
    "columns": ["id", "name", "age"],
    "rows": [
        {"tag": "same", "cells": [1, "Bob", 25]},
        {"tag": "missing", "cells": [3, "Bob", 15]},
        {"tag": "unexpected", "cells": [3, "Charlie", 15]},
        {"tag": "unexpected", "cells": [4, None, None]},
    ],
    "expected_columns": [],
    "actual_columns": [],
    "cut": False,
}
SEED = """CREATE TABLE IF NOT EXISTS users (
    id serial PRIMARY KEY,
    name text NOT NULL, -- shown on the profile
    age integer CHECK (age >= 0),
    created_at timestamptz DEFAULT now()
);"""


def real_pairs() -> list[dict[str, Any]]:
    return [json.loads(line) for line in PAIRS.read_text().splitlines()]


def make_real(row: int, outcome: str, message: str, **verdict: Any) -> Response:
    pair = real_pairs()[row]
    file = make_file(
        f"app/migrations/{row:04}_users.sql", repository="example/app", licences=["MIT"]
    )
    seed = make_seed(f"{SEED}\n-- {row}", file=file, description="Table of the users of the shop.")
    response = make_response(pair["response"], instruction=pair["instruction"], seed=seed)
    concepts = response.instruction.concepts
    assert concepts
    concepts.items = pair["concepts"]
    concepts.save()
    for database in ("overall", "sqlite"):
        make_verdict(response, outcome, database=database, message=message, **verdict)
    return response


@pytest.fixture
def queue() -> list[Response]:
    """Three pairs in the order of the queue: wrong result, SQL error, no SQL."""
    wrong = make_real(
        1, "wrong_result", "1 expected row is missing and 2 rows are unexpected.",
        diff=WRONG, strength=0.75,
    )  # fmt: skip
    error = make_real(3, "sql_error", 'near "return": syntax error')
    no_sql = make_real(4, "no_sql", "The response has no SQL, only python.")
    for response in (wrong, no_sql):
        start = response.instruction.text.index("Python")
        make_failed_check(
            response,
            start=start,
            end=start + 6,
            reason="asks_for_python",
            message="The instruction asks for Python.",
        )
    queue = [wrong, error, no_sql]
    enqueue(response_ids=[response.pk for response in queue])
    return queue


@pytest.fixture
def desk(page: Page, queue: list[Response]) -> Page:
    """The queue page, opened by a reviewer."""
    login(page, make_user("reviewer", "rosa"))
    page.goto("/review/")
    return page


def expect_pair(page: Page, response: Response) -> None:
    expect(page.locator(f"#work[data-pair='{response.pk}']")).to_be_visible()


def values() -> list[str]:
    return list(Label.objects.order_by("pk").values_list("value", flat=True))
