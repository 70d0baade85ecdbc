"""The audit log: what editors and admins changed. Labels are their own log and are not in it.

Every request that may change something is noted, unless it is refused or an everyday act of one's
own: a view that is added is noted by itself, after its answer. Views that are `audited`, and what
others do as a `deed`, are noted in the transaction that does what is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.messages import ERROR
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, UnreadablePostError
from django.http.request import RawPostDataException

from apps.accounts.models import AuditEntry, User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
Handler = Callable[[HttpRequest], HttpResponseBase]
_READING = ("GET", "HEAD", "OPTIONS", "TRACE")
# What everybody does for themselves, by the names of the views.
OWN = {
    "accounts:login", "accounts:logout", "accounts:password",
    "review:label", "review:relabel", "review:skip", "review:undo", "review:leave", "review:flag",
    "review:keys", "review:keys-reset", "validation:try",
}  # fmt: skip
# Parts of names of fields whose value is nobody's to read later.
_HIDDEN = ("csrf", "password", "secret", "token", "email", "username")
MOST_FIELDS = 20
LONGEST_VALUE = 200


class Audit:
    """Middleware, within those that say who is signed in."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        audit_write(request, status=response.status_code)
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """Note who asks before the view: it may change their role, or log them out."""
        user = getattr(request, "user", None)
        if isinstance(user, User) and _name(request) not in OWN:
            audit_note(request, user)


def audit_note(request: HttpRequest, user: User) -> None:
    """Have a request that may change something recorded as this person's, should it go well."""
    if request.method not in _READING and user.is_editor:
        request.audit_actor = User(pk=user.pk)  # type: ignore[attr-defined]


def audit_write(request: HttpRequest, *, status: int) -> None:
    """Record a request as it was noted, unless it was refused or is recorded already."""
    actor: User | None = getattr(request, "audit_actor", None)
    if actor is None or status >= 400 or _was_refused(request):
        return
    request.audit_actor = None  # type: ignore[attr-defined]
    audit_record(
        actor=actor,
        action=_name(request),
        path=request.path,
        status=status,
        details=_details(request),
    )


def audited(view: View[P]) -> View[P]:
    """Have what a view changes and its entry in one transaction: both are there, or neither is.
    For views that do nothing but write to the database. Innermost of the decorators.
    """

    @wraps(view)
    def within(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method in _READING:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            response = view(request, *args, **kwargs)
            audit_write(request, status=response.status_code)
        return response

    return within


@contextmanager
def deed(request: HttpRequest, *, status: int = 302) -> Iterator[None]:
    """The part of a view that writes to the database, in one transaction with its entry: for views
    that keep a file before, or look something up in a snapshot of its own. status: what the view
    answers then.
    """
    with transaction.atomic():
        yield
        audit_write(request, status=status)


def audit_record(
    *, actor: User, action: str, path: str, status: int, details: Mapping[str, Any]
) -> None:
    """Add an entry. details: short values, without secrets, names and addresses of people."""
    AuditEntry.objects.create(
        actor_id=actor.pk,
        action=action[:80],
        path=path[:300],
        status=status,
        details=dict(details),
    )


def _name(request: HttpRequest) -> str:
    match = request.resolver_match
    return (match.view_name if match else "") or "another page"


def _was_refused(request: HttpRequest) -> bool:
    """Whether the page says that it was not done. Read where it does not mark messages as seen."""
    said = getattr(getattr(request, "_messages", None), "_queued_messages", ())
    return any(message.level >= ERROR for message in said)


def _details(request: HttpRequest) -> dict[str, str]:
    """Some of what a form sent, shortened."""
    try:
        files = [(str(name), [str(file)]) for name, file in request.FILES.items()]
        sent = [*request.POST.lists(), *files]
    except (RawPostDataException, UnreadablePostError):
        return {}
    shown = [
        (name[:60], ", ".join(map(str, values[:MOST_FIELDS])))
        for name, values in sent[: 10 * MOST_FIELDS]
        if not any(part in name.lower() for part in _HIDDEN)
    ]
    return {
        name.replace("\0", ""): value.replace("\0", "")[:LONGEST_VALUE]
        for name, value in shown[:MOST_FIELDS]
        if value
    }
