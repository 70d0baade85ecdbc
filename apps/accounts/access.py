"""Who may open a view. Signing in is asked of everybody by LoginRequiredMiddleware already."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from apps.accounts.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def current_user(request: HttpRequest) -> User:
    """The signed-in user of a request. Raises PermissionDenied when nobody is signed in."""
    user: User | AnonymousUser = cast(Any, request.user)
    if not isinstance(user, User):
        raise PermissionDenied("Sign in first.")
    return user


def editor_required(view: View[P]) -> View[P]:
    """Let editors and admins in; others get a 403 page that names the role."""
    message = "This needs the role editor or admin."
    return _required(view, User.Role.EDITOR, lambda user: user.is_editor, message)


def admin_required(view: View[P]) -> View[P]:
    """Let admins in; others get a 403 page that names the role."""
    message = "This needs the role admin."
    return _required(view, User.Role.ADMIN, lambda user: user.is_admin, message)


def role_needed(view: Callable[..., object]) -> User.Role:
    """The least role that a view lets in, as its decorator says."""
    role: User.Role = getattr(view, "role_needed", User.Role.REVIEWER)
    return role


def _required(view: View[P], role: User.Role, may: Callable[[User], bool], message: str) -> View[P]:
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not may(current_user(request)):
            raise PermissionDenied(message)
        return view(request, *args, **kwargs)

    guarded.role_needed = role  # type: ignore[attr-defined]  # for the page of who may do what
    return guarded
