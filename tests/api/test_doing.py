"""What is done through the API: labels, runs, drafts, imports, exports, validations; once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apps.accounts.models import AuditEntry
from apps.api.models import Scope
from apps.core.models import Job, WorkUnit
from apps.generation.models import Import, Run
from apps.generation.runs import AHEAD_QUEUE
from apps.review.models import Label, Queue
from apps.review.models_beside import SecondLook
from apps.review.queue import default_queue
from tests.api.client import Program, program
from tests.builders import make_response, make_run, make_seed, make_user, make_version
from tests.exports.building import accept, with_prompt, write
from tests.fewshot.data import make_published
from tests.review.building import make_queued
from worker import tasks

pytestmark = pytest.mark.django_db
LINES = b'{"instruction": "Give 1.", "response": "SELECT 1;"}\n'


@pytest.fixture
def editor() -> Program:
    return program(make_user("editor"))


def queue_path(what: str) -> str:
    return f"/queues/{default_queue().pk}/{what}"


# -- labels ------------------------------------------------------------
def test_a_reviewers_client_takes_labels_skips_and_takes_back() -> None:
    first, second = make_queued(), make_queued()
    mine = program(make_user(), Scope.LABEL)
    taken = mine.post(queue_path("next")).json()
    assert taken["id"] == first.pk and taken["verdicts"][0]["outcome"] == "passed"
    assert mine.post(queue_path("next")).json()["id"] == first.pk
    sent = {"pair": first.pk, "value": "bad", "reasons": ["wrong_result"], "seconds": 4.2}
    answer = mine.post(queue_path("labels"), sent)
    assert answer.status_code == 201 and answer.json()["seconds"] == 4.2
    assert answer.json()["taken"]["id"] == second.pk
    assert mine.post(queue_path("labels"), sent).json()["id"] == answer.json()["id"]
    assert mine.post(queue_path("next")).json()["id"] == second.pk
    assert mine.post(queue_path("skips"), {"pair": second.pk}).status_code == 200
    assert mine.post(queue_path("next")).status_code == 204
    assert mine.post(queue_path("undo")).json()["id"] == second.pk
    assert mine.post(queue_path("undo")).json()["id"] == first.pk
    assert mine.post(queue_path("undo")).status_code == 409
    assert mine.post(queue_path("release")).status_code == 200
    values = Label.objects.order_by("pk").values_list("value", flat=True)
    assert list(values) == ["bad", "skipped", "withdrawn", "withdrawn"]


@pytest.mark.parametrize("changed, status", [
    ({"value": "good", "reasons": ["wrong_result"]}, 422), ({"value": "bad", "reasons": []}, 422),
    ({"value": "bad", "reasons": ["no_such"]}, 409), ({"value": "great"}, 422),
    ({"seconds": -1}, 422), ({"seconds": "4"}, 422), ({"pair": 999_999}, 404), ({"pair": 0}, 422),
    ({"pair": True}, 422), ({"note": "x" * 2001}, 422), ({"note": "\x00"}, 400),
    ({"other": 1}, 422),
])  # fmt: skip
def test_a_label_that_makes_no_sense_is_refused(changed: dict[str, Any], status: int) -> None:
    pair = make_queued()
    mine = program(make_user())
    mine.post(queue_path("next"))
    answer = mine.post(queue_path("labels"), {"pair": pair.pk, "value": "good"} | changed)
    assert answer.status_code == status and answer["Content-Type"] == "application/problem+json"
    assert not Label.objects.exists()


def test_a_pair_that_one_does_not_hold_is_not_ones_to_label() -> None:
    pair = make_queued()
    mine, other = program(make_user()), program(make_user())
    mine.post(queue_path("next"))
    for path in (queue_path("labels"), f"/pairs/{pair.pk}/labels"):
        sent = {"value": "good"} | ({"pair": pair.pk} if "queues" in path else {})
        assert other.post(path, sent).status_code == 409
    assert mine.post(queue_path("labels"), {"pair": pair.pk, "value": "good"}).status_code == 201
    changed = mine.post(f"/pairs/{pair.pk}/labels", {"value": "bad", "reasons": ["wrong_result"]})
    assert changed.status_code == 201 and changed.json()["value"] == "bad"


def test_a_blind_queue_hides_the_model_and_a_closed_one_gives_nothing() -> None:
    pair = make_queued()
    mine = program(make_user("editor"))
    assert mine.get(f"/pairs/{pair.pk}").json()["model"]
    Queue.objects.update(is_blind=True)
    taken = mine.post(queue_path("next")).json()
    assert taken["model"] is None and taken["verdicts"] and taken["look"] is None
    assert mine.get(f"/pairs/{pair.pk}").json()["model"] is None
    closed = Queue.objects.create(name="Old", is_closed=True)
    side = Queue.objects.create(name="Side by side", is_pairwise=True)
    for queue in (closed, side):
        for what, body in (("next", None), ("labels", {"pair": pair.pk, "value": "good"})):
            assert mine.post(f"/queues/{queue.pk}/{what}", body).status_code == 409


def test_evidence_that_comes_last_is_shown_after_the_label_as_on_the_page() -> None:
    pair, second = make_queued(), make_queued()
    Queue.objects.update(evidence_last=True)
    mine = program(make_user())
    for said in (mine.post(queue_path("next")), mine.get(f"/pairs/{pair.pk}")):
        shown = said.json()
        assert shown["verdicts"] is shown["checks"] is shown["agreement"] is None
    first = mine.post(queue_path("labels"), {"pair": pair.pk, "value": "good"}).json()
    assert first["taken"]["id"] == pair.pk and first["taken"]["verdicts"]
    assert first["taken"]["look"] == {"value": "good", "reasons": [], "note": ""}
    changed = {"pair": pair.pk, "value": "bad", "reasons": ["wrong_result"], "looked": True}
    last = mine.post(queue_path("labels"), changed).json()
    assert last["taken"]["id"] == second.pk and last["taken"]["verdicts"] is None
    look = SecondLook.objects.get()
    assert (look.first_id, look.last_id) == (first["id"], last["id"])


def test_pairs_to_come_that_no_database_has_run_are_asked_for_ahead() -> None:
    pair = make_queued()
    pair.verdicts.all().delete()
    mine = program(make_user())
    for _ in range(2):
        assert mine.post(queue_path("next")).json()["id"] == pair.pk
    (unit,) = WorkUnit.objects.filter(queue=AHEAD_QUEUE)
    assert unit.payload == {"responses": [pair.pk]}


# -- flags, corrections, batches ------------------------------------------------------------
def test_a_flag_goes_up_and_down_and_an_editor_takes_all_down() -> None:
    pair = make_queued()
    mine, editor = program(make_user()), program(make_user("editor"))
    for _ in range(2):
        assert mine.ask("PUT", f"/pairs/{pair.pk}/flag").json() == {"pair": pair.pk, "up": True}
    assert pair.flags.count() == 1
    assert mine.ask("DELETE", f"/pairs/{pair.pk}/flags").status_code == 403
    assert mine.ask("DELETE", f"/pairs/{pair.pk}/flag").json()["up"] is False
    mine.ask("PUT", f"/pairs/{pair.pk}/flag")
    assert mine.post(queue_path("next")).json()["flagged"] is True
    assert "1 flags" in editor.ask("DELETE", f"/pairs/{pair.pk}/flags").json()["detail"]
    assert not pair.flags.exists()


def test_a_response_is_corrected_by_who_may_and_once(editor: Program) -> None:
    pair = make_queued()
    path, reviewer = f"/pairs/{pair.pk}/corrections", program(make_user())
    sent = {"text": "Better.\n\n```sql\nSELECT 2;\n```", "seen": 0}
    reviewer.post(queue_path("next"))
    assert reviewer.post(path, sent).status_code == 403
    Queue.objects.update(may_correct=True)
    assert reviewer.post(path, sent, Idempotency_Key="a").status_code == 201
    assert reviewer.post(path, sent, Idempotency_Key="a")["Idempotency-Replayed"] == "true"
    assert editor.post(path, sent | {"text": "Mine."}).status_code == 409
    assert editor.post(path, {"text": " ", "seen": 1}).status_code == 422
    assert editor.post(path, {"text": "Mine."}).status_code == 422
    assert editor.post(path, {"text": "Mine.", "seen": 1}).status_code == 201
    befores = [row["before"] for row in reviewer.get(path).json()["items"]]
    assert befores == [sent["text"], pair.text]
    asked = {"instruction": "Give two.", "text": "Mine.", "seen": 2}
    assert editor.post(path, asked).json()["part"] == "instruction"
    shown = editor.get(f"/pairs/{pair.pk}").json()
    assert (shown["response"], shown["instruction"]) == ("Mine.", "Give two.")


def test_a_batch_of_labels_is_given_watched_and_taken_back(editor: Program) -> None:
    first, second = make_queued(), make_queued()
    sent = {"value": "bad", "reasons": ["wrong_result"], "note": "all"}
    assert editor.post("/batches?colour=red", sent).status_code == 422
    assert editor.post("/batches", {"value": "bad", "reasons": []}).status_code == 422
    assert editor.post("/batches", sent | {"reasons": ["no_such"]}).status_code == 409
    path = f"/batches?run={first.run_id}&verdict=passed"
    made = editor.post(path, sent, Idempotency_Key="b")
    assert made.status_code == 201, made.content
    assert editor.post(path, sent, Idempotency_Key="b").content == made.content
    batch = made.json()
    assert batch["filter"] == {"run": [str(first.run_id)], "verdict": ["passed"]}
    one = made["Location"].removeprefix("/api/v1")
    tasks.work(WorkUnit.objects.get(key="give").pk)
    shown = editor.get(one).json()
    assert shown["labels"] == 1 and shown["job"]["status"] == "done"
    assert Label.objects.get().response_id == first.pk != second.pk
    assert editor.get("/batches").json()["items"][0]["id"] == batch["id"]
    assert editor.post(f"{one}/undo").json()["undone_at"]
    assert editor.post(f"{one}/undo").status_code == 409
    tasks.work(WorkUnit.objects.get(key="take").pk)
    assert list(Label.objects.order_by("pk").values_list("value", flat=True)) == [
        "bad", "withdrawn",
    ]  # fmt: skip
    # Given once, though it was answered twice, and taken back.
    entries = AuditEntry.objects.filter(path__startswith="/api/v1/batches")
    assert entries.count() == 2


# -- runs ------------------------------------------------------------
def test_a_run_is_started_paused_resumed_extended_and_limited(editor: Program) -> None:
    make_version()
    seeds = [make_seed() for _ in range(3)]
    answer = editor.post("/runs", {"count": 2, "stop_tokens": 1000, "engine": "url", "model": "m"})
    assert answer.status_code == 201, answer.content
    run = answer.json()
    assert answer["Location"] == f"/api/v1/runs/{run['id']}" and run["seeds"] == 2
    assert run["limits"]["tokens"] == 1000 and run["model"] == "m"
    path = f"/runs/{run['id']}"
    assert editor.post(f"{path}/resume").status_code == 409
    assert editor.post(f"{path}/pause").json()["job"]["status"] == "paused"
    assert (
        editor.post(f"{path}/pause").json()["detail"] == f"Run {run['id']} is paused, not running."
    )
    assert editor.post(f"{path}/resume").json()["job"]["status"] == "running"
    for _ in range(2):
        extended = editor.post(f"{path}/extend", {"seeds": 5}, Idempotency_Key="e").json()
        assert extended["seeds"] == 1
    assert editor.get(path).json()["seeds"] == len(seeds)
    assert editor.post(f"{path}/extend", {}).status_code == 422
    assert editor.ask("PUT", f"{path}/limits", {"stop_hours": 2.5}).json()["limits"]["hours"] == 2.5
    assert editor.ask("PUT", f"{path}/limits", {}).json()["limits"] == {}
    assert editor.post(f"{path}/retry").status_code == 409
    assert editor.post(f"{path}/cancel").json()["job"]["status"] == "cancelled"
    assert editor.post(f"{path}/cancel").status_code == 409


@pytest.mark.parametrize("changed", [{"count": 0}, {"count": "2"}, {"chain": "x"}, {"colour": 1},
                                     {"fewshot": 999_999_999}, {"temperature": 3}, {"tasks": ["x"]},
                                     {"engine": "x"}, {"stop_hours": -1}])  # fmt: skip
def test_a_run_that_makes_no_sense_is_not_started(
    editor: Program, changed: dict[str, object]
) -> None:
    make_version()
    make_seed()
    answer = editor.post("/runs", {"count": 1} | changed)
    assert answer.status_code == 422 and answer.json()["errors"]
    assert not Run.objects.exists()


# -- few-shot ------------------------------------------------------------
def test_a_draft_is_made_changed_published_and_discarded(editor: Program) -> None:
    base = make_published()
    (listed,) = editor.get("/fewshot").json()["items"]
    draft = editor.post(f"/fewshot/sets/{listed['id']}/draft").json()
    assert draft["status"] == "draft" and len(draft["examples"]) == 3
    path = f"/fewshot/examples/{draft['examples'][0]['id']}"
    left_out = ("id", "number", "is_on")
    sent = {name: each for name, each in draft["examples"][0].items() if name not in left_out}
    changed = editor.ask("PUT", path, sent | {"category": "changed"})
    assert changed.status_code == 200, changed.content
    assert changed.json()["category"] == "changed" and changed.json()["seen"] != sent["seen"]
    assert editor.ask("PUT", path, sent).status_code == 409
    assert editor.ask("DELETE", path).status_code == 200
    version = f"/fewshot/versions/{draft['id']}"
    systems = {"s_c": "You know SQL.", "c_i": "You know SQL.", "i_r": "You know SQL."}
    assert editor.ask("PUT", f"{version}/systems", systems).status_code == 200
    assert editor.post(f"{version}/publish", {"note": ""}).status_code == 422
    published = editor.post(f"{version}/publish", {"note": "One fewer."})
    assert published.json()["status"] == "published", published.content
    assert editor.ask("DELETE", version).status_code == 409
    assert editor.get(f"{version}/file").status_code == 200
    again = editor.post(f"/fewshot/sets/{base.fewshot_set_id}/draft").json()
    assert editor.ask("DELETE", f"/fewshot/versions/{again['id']}").status_code == 200
    assert editor.get(f"/fewshot/versions/{again['id']}").status_code == 404


def test_what_others_changed_in_a_draft_is_not_lost(editor: Program) -> None:
    make_published()
    (listed,) = editor.get("/fewshot").json()["items"]
    draft = editor.post(f"/fewshot/sets/{listed['id']}/draft").json()
    version, example = f"/fewshot/versions/{draft['id']}", draft["examples"][0]
    path = f"/fewshot/examples/{example['id']}"
    left_out = ("id", "number", "is_on")
    sent = {name: each for name, each in example.items() if name not in left_out}
    assert editor.ask("PUT", path, sent | {"category": "changed"}).status_code == 200
    answer = editor.ask("DELETE", f"{path}?seen={example['seen']}")
    assert answer.status_code == 409 and "Look at it" in answer.json()["detail"]
    note = {"note": "As it was."}
    assert editor.post(f"{version}/publish", note | {"seen": draft["seen"]}).status_code == 409
    systems = {"s_c": "You know SQL.", "c_i": "You know SQL.", "i_r": "You know SQL."}
    seen = {"seen": draft["systems_seen"]}
    saved = editor.ask("PUT", f"{version}/systems", systems | seen)
    assert saved.status_code == 200 and saved.json()["systems_seen"] != draft["systems_seen"]
    assert editor.ask("PUT", f"{version}/systems", systems | seen).status_code == 409
    published = editor.post(f"{version}/publish", note | {"seen": saved.json()["seen"]})
    assert published.json()["status"] == "published", published.content


# -- imports, exports, validations ------------------------------------------------------------
def test_a_file_is_brought_in_once(editor: Program) -> None:
    first = editor.post("/imports?file_name=mine.jsonl", LINES)
    assert first.status_code == 201 and first.json()["file_name"] == "mine.jsonl"
    again = editor.post("/imports?file_name=other.jsonl", LINES)
    assert again.status_code == 200 and again.json()["id"] == first.json()["id"]
    path = f"/imports/{first.json()['id']}"
    assert editor.post(f"{path}/stop").json()["job"]["status"] == "stopped"
    assert editor.post(f"{path}/resume").json()["job"]["status"] == "running"
    assert editor.post("/imports?file_name=../../x", LINES).status_code == 422
    assert editor.post("/imports", b"").status_code == 422
    assert Import.objects.count() == 1


def test_a_file_that_is_too_large_is_refused(
    editor: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.api.operations.imports.MOST_BYTES", 1000)
    assert editor.post("/imports", b"x" * 1001).status_code == 413
    assert not Import.objects.exists()


def test_a_body_that_is_larger_than_any_text_is_refused(editor: Program) -> None:
    assert editor.post("/exports", b'{"tag": "' + b"x" * 3_000_000 + b'"}').status_code == 413


@pytest.mark.django_db(transaction=True)
def test_an_export_is_started_stopped_listed_and_downloaded() -> None:
    accept(with_prompt(make_response()))
    export = write()
    mine = program(make_user("editor"))
    shown = mine.get(f"/exports/{export.pk}").json()
    assert [file["part"] for file in shown["files"]][0] == "pairs" and shown["rows"] == 1
    path = f"/exports/{export.pk}/files"
    whole = mine.get(f"{path}/pairs").getvalue()
    assert json.loads(whole)["response"]
    part = mine.ask("GET", f"{path}/pairs", Range="bytes=0-9")
    assert part.status_code == 206 and part.getvalue() == whole[:10]
    assert mine.get(f"{path}/nothing").status_code == 404
    reviewer = program(make_user())
    assert reviewer.get(f"/exports/{export.pk}").status_code == 200
    assert reviewer.get(f"{path}/pairs").status_code == 403
    assert mine.ask("DELETE", path).status_code == 200
    assert mine.get(f"{path}/pairs").status_code == 404
    begun = mine.post("/exports", {"tag": "x", "format": "chat", "validation": 10.0}).json()
    assert begun["shape"] == {"format": "chat"} and begun["care"] == {"validation": 0.1}
    assert mine.post(f"/exports/{begun['id']}/stop").json()["job"]["status"] == "stopped"
    assert mine.post(f"/exports/{begun['id']}/stop").status_code == 409


def test_a_text_is_validated_for_who_asked(editor: Program) -> None:
    answer = editor.post("/validations", {"kind": "sql", "text": "SELECT 1;"})
    assert answer.status_code == 201 and answer.json()["found"] is None
    job = Job.objects.get(kind="try")
    job.units.update(result={"problem": "", "verdicts": []})
    assert editor.get(f"/validations/{job.pk}").json()["found"]["verdicts"] == []
    assert editor.post("/validations", {"text": ""}).status_code == 422
    for _ in range(2):
        editor.post("/validations", {"text": "SELECT 1;"})
    assert editor.post("/validations", {"text": "SELECT 1;"}).status_code == 409


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b'"x"', b'{"tag": NaN}', b'{"tag": "\\ud800"}', b"\xff\xfe",
    b"[" * 100_000, b'{"tag": ' + b"9" * 5000 + b"}", b'{"runs": [' + b"[" * 30 + b"]" * 30 + b"]}",
])  # fmt: skip
def test_bodies_that_are_no_json_object_are_refused(editor: Program, body: bytes) -> None:
    answer = editor.post("/exports", body)
    assert answer.status_code in (400, 422), answer.content
    assert answer["Content-Type"] == "application/problem+json"


def test_no_run_is_changed_by_a_program_that_may_only_read() -> None:
    run = make_run()
    mine = program(make_user("editor"), Scope.READ, Scope.LABEL)
    answer = mine.post(f"/runs/{run.pk}/pause")
    assert answer.status_code == 403 and "scope “run”" in answer.json()["detail"]


def test_what_editors_do_is_in_the_audit_log_and_labels_are_not() -> None:
    make_queued()
    run, editor = make_run(), make_user("editor")
    mine = program(editor)
    assert mine.get("/runs").status_code == 200
    assert mine.post(queue_path("next")).status_code == 200
    assert mine.post("/runs/999999/cancel").status_code == 404
    assert mine.post(f"/runs/{run.pk}/cancel").status_code == 200
    (entry,) = AuditEntry.objects.all()
    assert entry.actor_id == editor.pk and entry.path == f"/api/v1/runs/{run.pk}/cancel"
    assert entry.action.endswith("cancel")
