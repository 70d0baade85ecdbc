"""Who may do what through the API: every operation, each scope and each role, in one table."""

from __future__ import annotations

from itertools import count

import pytest

from apps.api.document import document
from apps.api.models import Scope, Token
from tests.api.client import Program, make_secret
from tests.builders import make_user

pytestmark = pytest.mark.django_db
ANY, READ, LABEL, RUN, EXPORT, ADMIN = "any", *Scope.values
SCOPES = {
    "account_me": ANY,
    "account_tokens": ADMIN,
    "account_revoke": ADMIN,
    "seeds_seeds": READ,
    "seeds_seeds_jsonl": READ,
    "seeds_seed": READ,
    "runs_runs": READ,
    "runs_start": RUN,
    "runs_run": READ,
    "runs_figures": READ,
    "runs_pause": RUN,
    "runs_resume": RUN,
    "runs_cancel": RUN,
    "runs_extend": RUN,
    "runs_retry": RUN,
    "runs_limit": RUN,
    "runs_completions": READ,
    "runs_completions_jsonl": READ,
    "pairs_pairs": READ,
    "pairs_pairs_jsonl": READ,
    "pairs_pair": READ,
    "correcting_flag": LABEL,
    "correcting_unflag": LABEL,
    "correcting_clear": RUN,
    "correcting_corrections": READ,
    "correcting_correct": LABEL,
    "batches_batches": RUN,
    "batches_start": RUN,
    "batches_detail": RUN,
    "batches_undo": RUN,
    "queues_queues": READ,
    "queues_queue": READ,
    "queues_reasons": READ,
    "queues_take": LABEL,
    "queues_label": LABEL,
    "queues_skip": LABEL,
    "queues_undo": LABEL,
    "queues_release": LABEL,
    "queues_relabel": LABEL,
    "queues_labels": READ,
    "queues_labels_jsonl": READ,
    "fewshot_sets": READ,
    "fewshot_version": READ,
    "fewshot_version_file": READ,
    "fewshot_draft": RUN,
    "fewshot_discard": RUN,
    "fewshot_publish": RUN,
    "fewshot_systems": RUN,
    "fewshot_example_add": RUN,
    "fewshot_example": READ,
    "fewshot_example_save": RUN,
    "fewshot_example_remove": RUN,
    "imports_imports": READ,
    "imports_start": RUN,
    "imports_detail": READ,
    "imports_stop": RUN,
    "imports_resume": RUN,
    "exports_exports": READ,
    "exports_start": EXPORT,
    "exports_detail": READ,
    "exports_stop": EXPORT,
    "exports_delete": EXPORT,
    "exports_download": EXPORT,
    "validations_start": RUN,
    "validations_detail": RUN,
}
ROLES = {READ: "reviewer", LABEL: "reviewer", RUN: "editor", EXPORT: "editor", ADMIN: "admin"}
ORDER = ("reviewer", "editor", "admin")
OPERATIONS = {
    operation["operationId"]: (method.upper(), path)
    for path, operations in document()["paths"].items()
    for method, operation in operations.items()
}
_numbers = count(10**12)


def filled(path: str) -> str:
    """An address in which every number is of something that is not there."""
    for name in ("part", "queue_id", "version_id", "example_id", "set_id", "import_id",
                 "export_id", "job_id", "run_id", "batch_id", "seed_id", "pair_id", "token_id"):  # fmt: skip
        value = "pairs" if name == "part" else str(next(_numbers))
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path
    return path.removeprefix("/api/v1")


def test_every_operation_has_a_row_and_says_its_scope() -> None:
    said = {
        operation["operationId"]: operation["x-scope"]
        for operations in document()["paths"].values()
        for operation in operations.values()
    }
    assert said == SCOPES


@pytest.mark.parametrize("role", ORDER)
@pytest.mark.parametrize("scope", Scope.values)
def test_each_operation_with_each_scope_and_role(role: str, scope: str) -> None:
    secret = make_secret(make_user(role), READ)
    # Also what no page would make: the scope of a role that its owner had once.
    Token.objects.update(scopes=[scope])
    mine = Program(secret)
    for name, (method, path) in OPERATIONS.items():
        needed = SCOPES[name]
        may = needed == ANY or (needed == scope and ORDER.index(role) >= ORDER.index(ROLES[needed]))
        status = mine.ask(
            method, filled(path), {} if method in ("POST", "PUT") else None
        ).status_code
        assert (status not in (401, 403)) == may, (name, status)
        assert status < 500 and status != 405, (name, status)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_nobody_without_a_token_and_no_other_method(name: str) -> None:
    method, path = OPERATIONS[name]
    answer = Program("").ask(method, filled(path), {})
    assert answer.status_code == 401 and answer.json()["status"] == 401
    there = {m.upper() for m in document()["paths"][path]}
    other = next(m for m in ("PATCH", "PUT", "DELETE") if m not in there)
    answer = Program("").ask(other, filled(path))
    assert answer.status_code == 405 and set(answer["Allow"].split(", ")) == there
    assert answer["Content-Type"] == "application/problem+json"
