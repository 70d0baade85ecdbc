"""What an editor or admin changes and its entry in the audit log are both there, or neither is.

Each page is asked as it is, where the entry cannot be written, and for what it refuses. A page or
operation that changes something and has no row in the table fails the first tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.views.decorators.http import require_POST

from apps.accounts.audit import OWN, Audit, audited, is_audited
from apps.accounts.models import AuditEntry, User
from apps.api import document
from tests.accounts.deeds import DEEDS, OWN_OPERATIONS, REFUSED
from tests.api.test_permissions import OPERATIONS, SCOPES
from tests.builders import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    monkeypatch.setattr("apps.core.work.send", lambda units: None)


def views() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every view of the site by its name."""
    patterns: list[tuple[str, URLPattern | URLResolver]]
    patterns = [("", each) for each in get_resolver().url_patterns]
    while patterns:
        space, pattern = patterns.pop()
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            patterns += [(inner, each) for each in pattern.url_patterns]
        else:
            yield f"{space}{pattern.name}", pattern.callback


def test_every_page_that_changes_something_has_a_row_or_is_everybodys_own() -> None:
    assert {name for name, view in views() if is_audited(view)} == set(DEEDS)
    assert not set(DEEDS) & OWN and set(dict(views())) >= OWN


def test_every_operation_that_changes_something_is_a_deed_or_everybodys_own() -> None:
    changing = {name for name, (method, _) in OPERATIONS.items() if method != "GET"}
    noted = {
        operation.operation_id or operation.view_func.__module__.rpartition(".")[2]
        + "_" + operation.view_func.__name__
        for _, router in document.api._routers
        for path in router.path_operations.values()
        for operation in path.operations
        if is_audited(operation.view_func)
    }  # fmt: skip
    assert noted == changing - OWN_OPERATIONS
    assert all(SCOPES[name] == "label" for name in OWN_OPERATIONS)


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user("admin", "admin"))
    client.raise_request_exception = False
    return client


def stored() -> dict[str, str]:
    """A digest of every table but the audit log and the sessions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE relkind = 'r' AND nspname = current_schema()"
            " AND relname NOT IN ('accounts_auditentry', 'django_session')"
        )
        names = [name for (name,) in cursor.fetchall()]
        digests = ", ".join(
            f"(SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t)"
            for name in names
        )
        cursor.execute(f"SELECT {digests}")
        return dict(zip(names, cursor.fetchone(), strict=True))


def _cannot(**_entry: Any) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("name", sorted(DEEDS))
def test_a_deed_and_its_entry_are_both_there_or_neither(
    admin: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers, sent = DEEDS[name]()
    path, before = reverse(name, args=numbers), stored()
    with monkeypatch.context() as patch:
        patch.setattr("apps.accounts.audit.audit_record", _cannot)
        assert admin.post(path, sent).status_code == 500
    assert stored() == before and not AuditEntry.objects.exists()
    rewind(sent)
    answer = admin.post(path, sent)
    assert answer.status_code in (200, 302), name
    assert stored() != before
    assert list(AuditEntry.objects.values_list("action", "path")) == [(name, path)]


def rewind(sent: dict[str, Any]) -> None:
    for value in sent.values():
        if isinstance(value, SimpleUploadedFile):
            value.seek(0)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_refused_is_not_noted(admin: Client, name: str) -> None:
    numbers, sent = REFUSED[name]()
    before = stored()
    assert admin.post(reverse(name, args=numbers), sent).status_code < 500
    assert stored() == before and not AuditEntry.objects.exists()


def test_a_change_that_nothing_notes_is_not_done_for_an_editor() -> None:
    """Somebody forgot to say that a view is a deed: it fails for whoever would have been noted."""
    rosa = make_user("reviewer", "rosa")

    @require_POST
    def forgotten(_request: HttpRequest) -> HttpResponse:
        User.objects.filter(pk=rosa.pk).update(first_name="Rosa")
        return HttpResponse()

    request = RequestFactory().post("/somewhere/")
    request.resolver_match = None
    middleware = Audit(lambda _: HttpResponse())
    request.user = rosa
    assert middleware.process_view(request, forgotten, (), {}) is None
    request.user = make_user("editor")
    with pytest.raises(ImproperlyConfigured, match="notes nothing"):
        middleware.process_view(request, forgotten, (), {})
    rosa.refresh_from_db()
    assert rosa.first_name == ""
    assert middleware.process_view(request, audited(forgotten), (), {}) is None
