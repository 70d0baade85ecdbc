"""What the API shows: seeds, runs, pairs, labels, in pages and as lines."""

from __future__ import annotations

import json

import pytest

from apps.accounts.models import User
from apps.core.models import Job
from apps.generation.models import Import
from apps.review.looking import Found, Look, Patience
from apps.review.models import Label, Queue
from apps.review.services import claim_next, label_add
from tests.api.client import Program, program
from tests.builders import make_completion, make_run, make_seed, make_user
from tests.review.building import make_failed_check, make_queued, make_verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> Program:
    return program(make_user("editor"))


def lines(answer: object) -> list[dict[str, object]]:
    assert answer["Content-Type"] == "application/jsonl"  # type: ignore[index]
    return [json.loads(line) for line in answer.getvalue().splitlines()]  # type: ignore[attr-defined]


def test_pages_go_on_behind_the_last_item(editor: Program) -> None:
    made = [make_seed().pk for _ in range(53)]
    first = editor.get("/seeds").json()
    assert [item["id"] for item in first["items"]] == made[:2:-1]
    second = editor.get(f"/seeds?before={first['next']}").json()
    assert [item["id"] for item in second["items"]] == made[2::-1] and second["next"] is None
    assert [row["id"] for row in lines(editor.get(f"/seeds.jsonl?after={made[49]}"))] == made[50:]
    assert editor.get(f"/seeds/{made[0]}").json()["path"] == "a.sql"


@pytest.mark.parametrize("query, status", [
    ("verdict=passed&label=none", 200), ("verdict=sqlite:passed", 200), ("verdict=passes", 422),
    ("run=x", 422), ("strength=2-3", 422), ("colour=red", 422), ("label=purple", 422),
    ("&".join(f"run={n}" for n in range(21)), 422), ("text=%00", 422), ("before=0", 422),
])  # fmt: skip
def test_filters_are_those_of_the_page_and_nonsense_is_refused(
    editor: Program, query: str, status: int
) -> None:
    for path in ("/pairs", "/pairs.jsonl"):
        if "before" not in query or path == "/pairs":
            answer = editor.get(f"{path}?{query}")
            assert answer.status_code == status, answer.content


def test_the_first_pairs_of_a_filter_are_not_waited_for_and_who_goes_on_gets_the_rest(
    editor: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    rare, *_, newest = [make_queued() for _ in range(5)]
    rare.verdicts.update(outcome="sql_error")
    monkeypatch.setattr("apps.review.looking.FIRST", 2)
    waits, by_indexes = [], Look._by_indexes

    def look(self: Look, seconds: float) -> Found | None:
        waits.append(seconds)
        return None if len(waits) == 1 else by_indexes(self, 60.0)

    monkeypatch.setattr(Look, "_by_indexes", look)
    PROGRAM, FURTHER = Patience.PROGRAM.value[1], Patience.FURTHER.value[1]
    for patience in (Patience.PROGRAM, Patience.FURTHER):
        monkeypatch.setattr(patience, "_value_", (0.0, *patience.value[1:]))
    first = editor.get("/pairs?verdict=sql_error").json()
    assert first["items"] == [] and rare.pk < first["next"] < newest.pk
    second = editor.get(f"/pairs?verdict=sql_error&before={first['next']}").json()
    assert [one["id"] for one in second["items"]] == [rare.pk] and second["next"] is None
    assert waits == [PROGRAM, FURTHER]


def test_a_pair_with_its_verdicts_checks_and_labels(editor: Program) -> None:
    pair, other = make_queued(), make_queued("sql_error")
    make_verdict(pair, "wrong_result", database="sqlite")
    make_failed_check(pair)
    assert [one["id"] for one in editor.get("/pairs?verdict=passed").json()["items"]] == [pair.pk]
    shown = editor.get(f"/pairs/{pair.pk}").json()
    assert shown["instruction"].startswith("Write a SQL") and shown["response"] == pair.text
    assert [one["outcome"] for one in shown["verdicts"]] == ["passed", "wrong_result"]
    assert [one["reason"] for one in shown["checks"]] == ["asks_for_python"]
    streamed = lines(editor.get("/pairs.jsonl"))
    assert [row["id"] for row in streamed] == [pair.pk, other.pk]
    assert streamed[0]["outcomes"] == {"overall": "passed", "sqlite": "wrong_result"}
    assert editor.get("/pairs/999999").json()["detail"] == "There is no such pair."


def test_reviewers_do_not_see_what_others_thought(editor: Program) -> None:
    pair, user, other = make_queued(), make_user(), make_user()
    assert claim_next(reviewer=other) == pair
    label_add(response=pair, reviewer=other, value="good")
    mine = program(user)
    assert mine.get(f"/pairs/{pair.pk}").json()["labels"] == []
    assert mine.get("/pairs").json()["items"][0]["good"] is None
    assert mine.get("/labels").json()["items"] == [] and lines(mine.get("/labels.jsonl")) == []
    for path in ("/labels?everyone=true", "/labels.jsonl?everyone=true", "/pairs?label=good",
                 "/pairs.jsonl?reviewer=1"):  # fmt: skip
        assert mine.get(path).status_code == 403
    assert editor.get("/pairs?label=good").json()["items"][0]["good"] is True
    assert editor.get(f"/pairs/{pair.pk}").json()["labels"][0]["reviewer"] == other.username
    assert [row["value"] for row in lines(editor.get("/labels.jsonl?everyone=true"))] == ["good"]


def test_a_run_with_its_figures_and_completions(editor: Program) -> None:
    seed = make_seed()
    run = make_run(seeds=[seed])
    good = make_completion(run, seed, "s_c", seed.pk, completion_tokens=7)
    bad = make_completion(run, seed, "c_i", 5, parsed=False, reason="no_instruction")
    shown = editor.get(f"/runs/{run.pk}").json()
    assert shown["seeds"] == 1 and shown["job"]["status"] == "running"
    figures = editor.get(f"/runs/{run.pk}/figures").json()
    assert [stage["stage"] for stage in figures["stages"]] == ["s_c", "c_i", "i_r"]
    path = f"/runs/{run.pk}/completions"
    assert [one["id"] for one in editor.get(path).json()["items"]] == [bad.pk, good.pk]
    assert [one["id"] for one in editor.get(f"{path}?rejected=true").json()["items"]] == [bad.pk]
    assert [row["id"] for row in lines(editor.get(f"{path}.jsonl?stage=s_c"))] == [good.pk]
    assert editor.get(f"{path}?stage=x").status_code == 422
    assert editor.get("/runs/999999999/completions").status_code == 404


@pytest.mark.parametrize("path", ["/seeds", "/runs", "/pairs", "/queues", "/labels", "/fewshot",
                                  "/imports", "/exports", "/reasons", "/me"])  # fmt: skip
def test_lists_are_there_when_nothing_else_is(editor: Program, path: str) -> None:
    assert editor.get(path).status_code == 200
    assert editor.ask("HEAD", path).content == b""


def test_what_belongs_to_others_is_not_there(editor: Program) -> None:
    owner = make_user("admin", "owner")
    queue = Queue.objects.create(name="Of others", created_by=owner)
    queue.people.add(owner)
    mine = program(make_user())
    assert mine.get(f"/queues/{queue.pk}").status_code == 404
    for what in ("next", "undo", "release"):
        assert mine.post(f"/queues/{queue.pk}/{what}").status_code == 404
    pair = make_queued()
    for what in ("labels", "skips"):
        sent = {"pair": pair.pk} | ({"value": "good"} if what == "labels" else {})
        assert mine.post(f"/queues/{queue.pk}/{what}", sent).status_code == 404
    assert editor.get(f"/queues/{queue.pk}").status_code == 200
    job = Job.objects.create(kind="try", created_by=owner)
    assert editor.get(f"/validations/{job.pk}").status_code == 404
    assert not Label.objects.exists()


def test_an_import_that_was_never_given_a_job_is_shown(editor: Program) -> None:
    made = Import.objects.create(file_name="a.jsonl", sha256="0" * 64)
    assert editor.get(f"/imports/{made.pk}").json()["job"] is None
    assert editor.post(f"/imports/{made.pk}/stop").status_code == 409


def test_errors_nobody_expected_are_problems_too(
    editor: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("apps.api.operations.account.token_in", broken)
    answer = editor.get("/me")
    assert answer.status_code == 500 and answer["Content-Type"] == "application/problem+json"
    assert "secret words" not in answer.content.decode()
    assert editor.get("/nowhere").json()["title"] == "Not Found"


def test_the_document_and_its_page(client: object) -> None:
    from django.test import Client

    client = Client()
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1") and "/api/v1/pairs" in document["paths"]
    assert client.get("/api/").status_code == 302
    client.force_login(User.objects.create(username="x"))
    page = client.get("/api/").content.decode()
    assert 'id="queues_label"' in page and "<script>" not in page and "style=" not in page
    # Backticks are for who writes the code; who reads the page sees what they mean, and once.
    assert "held as well (<code>release</code> gives it back)" in page and "`" not in page
    assert page.count("Label the pair that one holds") == 1
    assert client.post("/api/").status_code == 405


def test_an_address_with_a_line_end_is_answered_as_the_api_answers() -> None:
    answer = program(make_user("editor")).post("/runs/%0A1/retry")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
