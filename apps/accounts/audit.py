"""The audit log: what editors and admins changed. Labels are their own log and are not in it.

One way: what changes something is a `deed`, one transaction with its entry, so that both are there
or neither is. A view that is `audited` is a deed as a whole; one that answers with a page, or does
more than to write to the database, `notes_deeds` of its own. A change by an editor that is neither
is not done at all, unless it is an everyday act of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.messages import WARNING
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, UnreadablePostError
from django.http.request import RawPostDataException

from apps.accounts.models import AuditEntry, User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
Handler = Callable[[HttpRequest], HttpResponseBase]
READING = ("GET", "HEAD", "OPTIONS", "TRACE")
# What everybody does for themselves, by the names of the views; and what is sent to be shown.
OWN = {
    "accounts:login", "accounts:logout", "accounts:password", "accounts:tour", "accounts:invited",
    "accounts:reset", "accounts:reset_confirm",
    "review:label", "review:relabel", "review:alike", "review:skip", "review:undo", "review:leave",
    "review:flag", "review:keys", "review:keys-reset", "review:prefer", "review:duel-undo",
    "review:difference", "fewshot:example_check", "validation:try",
}  # fmt: skip
# Its operations say themselves which of them are deeds.
_API = "api:v1"
# Parts of names of fields whose value is nobody's to read later.
_HIDDEN = ("csrf", "password", "secret", "token", "email", "username")
MOST_FIELDS = 20
LONGEST_VALUE = 200


@dataclass
class Deed:
    """What is being done; whoever does it may say that nothing came of it."""

    status: int
    is_done: bool = True


class Audit:
    """Middleware, within those that say who is signed in: what nothing notes is not done."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Handler, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """The answer to an editor's change by a view that notes nothing: that it takes none."""
        if _actor(request) is None or is_audited(view):
            return None
        if _name(request) in (*OWN, _API):
            return None
        with transaction.atomic():
            response = view(request, *args, **kwargs)
            if response.status_code < 400:
                raise ImproperlyConfigured(f"{_name(request)} changes something and notes nothing.")
        return response


def audited(view: View[P]) -> View[P]:
    """Have what a view changes be a deed. It answers with a redirect or nothing when it is done; a
    page, or a message of what is wrong, says that it is not. Innermost of the decorators.
    """

    @wraps(view)
    def within(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method in READING:
            return view(request, *args, **kwargs)
        with deed(request) as noted:
            response = view(request, *args, **kwargs)
            noted.status = response.status_code
            noted.is_done = response.status_code != 200
        return response

    return notes_deeds(within)


def notes_deeds(view: View[P]) -> View[P]:
    """Say of a view that what it changes stands within `deed`."""
    view.is_audited = True  # type: ignore[attr-defined]
    return view


def is_audited(view: Callable[..., object]) -> bool:
    """Whether what a view changes is noted."""
    return getattr(view, "is_audited", False)


@contextmanager
def deed(request: HttpRequest, *, status: int = 302) -> Iterator[Deed]:
    """What changes something, in one transaction with its entry. Nothing is noted where it raises,
    says that it was refused, or was asked for by somebody who is no editor. status: what is
    answered then.
    """
    # Who they are before: it may change their role, or log them out.
    actor, noted = _actor(request), Deed(status)
    with transaction.atomic():
        yield noted
        if actor is None or not noted.is_done or noted.status >= 400 or _was_refused(request):
            return
        audit_record(
            actor=actor,
            action=_name(request),
            path=request.path,
            status=noted.status,
            details=_details(request),
        )


def _actor(request: HttpRequest) -> User | None:
    """The editor or admin who asks for a change; None for anybody else, and for who only reads."""
    user = getattr(request, "user", None)
    if request.method in READING or not isinstance(user, User) or not user.is_editor:
        return None
    return User(pk=user.pk)


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
    return any(message.level >= WARNING for message in said)


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
