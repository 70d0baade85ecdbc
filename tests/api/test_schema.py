"""Schemathesis against the OpenAPI document: what comes back is what the document says, what the
document does not allow is refused, and nothing is an error of the server.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings

from apps.api.document import document
from apps.review.services import claim_next
from tests.api.client import Program, make_secret
from tests.builders import make_completion, make_run, make_seed, make_user
from tests.fewshot.data import make_published
from tests.review.building import make_queued

pytestmark = pytest.mark.django_db
EXAMPLES = 4
# So many bytes Hypothesis draws for one example (its BUFFER_SIZE).
MOST_DRAWN = 8192
# Not schema.parametrize(): it gives all operations one address, by which pytest-xdist takes them for
# one test and runs the first only. Nor from the schema itself: see `operations`.
NAMES = [
    f"{method.upper()} {path}"
    for path, operations in document()["paths"].items()
    for method in operations
]
# Several a test: an admin and something of everything take longer to make than they are asked for.
PARTS = [NAMES[first::8] for first in range(8)]


def forget_lengths(part: Any) -> None:
    """Leave out how long a text may be that has a pattern as well, where no longer one is ever
    drawn: schemathesis makes one pattern of both, which takes a seventh of a second each time.
    """
    if isinstance(part, dict):
        if "pattern" in part and part.get("maxLength", 0) > MOST_DRAWN:
            del part["maxLength"]
        part = list(part.values())
    for each in part if isinstance(part, list) else ():
        forget_lengths(each)


@cache
def operations() -> dict[str, Any]:
    """Schemathesis's operations by their names. It is imported where it is used: it takes seconds,
    and every worker of pytest-xdist collects this file.
    """
    import schemathesis

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    forget_lengths(schema.raw_schema)
    schemathesis.serializer.alias("application/jsonl", "application/octet-stream")
    # A form may refuse what no schema can say (a good label with reasons), and things may stand so
    # that what is asked cannot be done: both are documented answers.
    schema.config.checks.positive_data_acceptance.expected_statuses = [
        *("2xx", "401", "403", "404", "409", "422"),
    ]
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """A request's end would close the connection that the test's transaction is on."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def secret() -> str:
    """An admin's token, and something of everything."""
    admin = make_user("admin")
    seed = make_seed()
    make_completion(make_run(seeds=[seed]), seed, "s_c", seed.pk)
    make_published()
    make_queued()
    claim_next(reviewer=admin)
    return make_secret(admin)


def test_every_operation_of_the_document_is_tried() -> None:
    assert set(operations()) == set(NAMES)


@pytest.mark.parametrize("names", PARTS, ids=[part[0] for part in PARTS])
def test_what_the_document_says_holds(names: list[str], secret: str) -> None:
    """Data that it allows is answered as it says; data that it does not allow is refused with
    problem details.
    """
    failed = []
    for name, mode in product(names, ("positive", "negative")):
        # What one operation does is not there for the next.
        with transaction.atomic():
            try:
                holds(name, mode, secret)
            except Exception:  # noqa: BLE001  told with those of the others
                failed.append(f"{name}, {mode}:\n{traceback.format_exc()}")
            transaction.set_rollback(True)
    assert not failed, "\n".join(failed)


def long_texts() -> Iterator[tuple[str, str, str, int]]:
    """Of bodies the texts of which nothing is drawn that is too long: method, path, field, length."""
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            place = content.get("application/json", {}).get("schema", {}).get("$ref", "/")
            body = document()["components"]["schemas"].get(place.rpartition("/")[2], {})
            for name, field in body.get("properties", {}).items():
                for kind in (field, *field.get("anyOf", ())):
                    if "pattern" in kind and kind.get("maxLength", 0) > MOST_DRAWN:
                        yield method, path, name, kind["maxLength"]


def test_what_is_too_long_to_be_drawn_is_refused_too() -> None:
    mine, asked = Program(make_secret(make_user("admin"))), list(long_texts())
    assert len(asked) >= 5
    for method, path, name, most in asked:
        address = re.sub(r"{\w+}", "1", path).removeprefix("/api/v1")
        answer = mine.ask(method.upper(), address, {name: "x" * (most + 1)})
        told = [each["message"] for each in answer.json()["errors"] if each["field"].endswith(name)]
        assert answer.status_code == 422 and f"at most {most} characters" in told[0], (path, name)


def holds(name: str, mode: str, secret: str) -> None:
    """Raises what schemathesis finds."""
    from schemathesis import GenerationMode

    @given(case=operations()[name].as_strategy(generation_mode=GenerationMode(mode)))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    def answers(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {secret}"})

    answers()
