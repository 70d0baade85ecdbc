"""A response beside the others to its instruction, line by line."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.generation.models import Response
from apps.review.comparing import compare
from tests.builders import make_completion, make_response, make_user
from tests.pages import markup
from tests.review.building import make_queued, make_verdict
from tests.review.test_queues import make_queue

pytestmark = pytest.mark.django_db
FIRST = "```sql\nSELECT a FROM t;\n```\nAs asked."
SECOND = "```sql\nSELECT b FROM t;\n```\nAs asked.\n<b>Really.</b>"


def make_sibling(response: Response, text: str, draw: int = 1) -> Response:
    """Another response to the same instruction."""
    seed = response.instruction.seed
    assert seed and response.run
    completion = make_completion(
        response.run, seed, "i_r", response.instruction_id, draw=draw, text=text
    )
    return Response.objects.create(
        completion=completion,
        instruction=response.instruction,
        run=response.run,
        draw=draw,
        text=text,
    )


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_user())
    return client


def address(response: Response, query: str = "") -> str:
    return reverse("review:siblings", args=[response.pk]) + query


def test_lines_that_differ_are_marked() -> None:
    rows = compare(FIRST, SECOND).rows

    assert [row.sign for row in rows] == ["=", "≠", "=", "=", "+"]
    assert (rows[1].left, rows[1].right) == ("SELECT a FROM t;", "SELECT b FROM t;")
    assert compare(FIRST, FIRST).same and not compare(FIRST, SECOND).same


def test_what_is_compared_is_bounded_and_says_so() -> None:
    long = compare("\n".join(["x"] * 500), "y" * 500)
    assert long.cut and not long.same and len(long.rows) == 400
    assert max(len(row.right) for row in long.rows) == 400


def test_two_responses_stand_side_by_side_with_their_verdicts(reader: Client) -> None:
    response = make_response(FIRST)
    second, third = make_sibling(response, SECOND), make_sibling(response, FIRST, draw=2)
    make_verdict(response, "passed", message="As expected.")
    make_verdict(second, "wrong_result", message="One row is missing.")

    page = markup(reader.get(address(response, "?queue=7")))
    assert "Other response 1 of 2" in page and "One row is missing." in page
    assert "&lt;b&gt;Really.&lt;/b&gt;" in page
    assert f"?with={third.pk}&amp;queue=7" in page and 'data-keys="arrowleft"' not in page
    assert reverse("review:work", args=[7]) in page
    page = markup(reader.get(address(response, f"?with={third.pk}")))
    assert "Both responses say the same" in page and 'data-keys="r escape"' in page


def test_what_is_hidden_of_one_is_hidden_of_both(reader: Client) -> None:
    response = make_queued()
    other = make_sibling(response, SECOND)
    make_verdict(other, "wrong_result", message="One row is missing.")
    make_queue(evidence_last=True)

    for one in (response, other):
        page = markup(reader.get(address(one)))
        assert "Its verdict is hidden" in page and "One row is missing." not in page


def test_only_siblings_stand_beside_a_pair(reader: Client) -> None:
    response, stranger = make_response(), make_response()

    assert "the only response to its instruction" in markup(reader.get(address(response)))
    assert reader.get(address(response, f"?with={stranger.pk}")).status_code == 404
    assert reader.get(address(response, f"?with={response.pk}")).status_code == 404
    assert reader.get(reverse("review:siblings", args=[10**9])).status_code == 404
    assert reader.post(address(response)).status_code == 405
    assert "accounts/login" in Client().get(address(response))["Location"]
