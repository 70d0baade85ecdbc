"""Who may send how much: a small form before the log-in, files from editors to their two pages.

Decided before anything of a body is read by Django, and before a byte of a file is on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.core.files.uploadhandler import (
    FileUploadHandler,
    StopUpload,
    TemporaryFileUploadHandler,
)
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from apps.accounts.models import User
from apps.core.bodies import SMALL_BYTES

# What a form with files may have beside them.
OTHER_FIELDS = 1024 * 1024
View = Callable[..., HttpResponseBase]
Handler = Callable[[HttpRequest], HttpResponseBase]


def takes_files(most_bytes: Callable[[], int]) -> Callable[[View], View]:
    """Let editors send files to a view, of so many bytes in all. Outermost of its decorators."""

    def marked(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return marked


class BodyLimits:
    """Middleware that stands before CsrfViewMiddleware, which reads bodies."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self._get_response(request)
        finally:
            for handler in getattr(request, "files_taken", ()):
                handler.remove()

    def process_view(
        self, request: HttpRequest, view: View, *_arguments: Any
    ) -> HttpResponse | None:
        """Refuse what is too large, and say who takes the files of the rest."""
        length = _length(request)
        # A view that knows better than a session who sends says itself how much it takes.
        if length == 0 or getattr(view, "reads_bodies", False):
            return None
        user = cast(User, request.user)
        if not user.is_authenticated:
            return _too_large(request, SMALL_BYTES) if length > SMALL_BYTES else None
        given: Callable[[], int] | None = getattr(view, "most_bytes", None)
        if given is None or not user.is_editor:
            return None
        most = given()
        if length > most + OTHER_FIELDS:
            return _too_large(request, most)
        handler = BoundedFiles(request, most)
        request.upload_handlers = request.files_taken = [handler]  # type: ignore[attr-defined]
        return None


class NoFiles(FileUploadHandler):
    """For every request that was not given another handler: a file in it is refused unread."""

    def new_file(self, *_arguments: Any, **_named: Any) -> None:
        raise PermissionDenied("Files are taken from editors and admins, on the upload pages.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called: no file gets so far."""

    def file_complete(self, file_size: int) -> None:
        """Never called: no file gets so far."""


class BoundedFiles(TemporaryFileUploadHandler):
    """Django's, but a file that turns out longer than it may be cuts the connection off."""

    def __init__(self, request: HttpRequest, most_bytes: int) -> None:
        super().__init__(request)
        self._most_bytes = most_bytes

    def remove(self) -> None:
        """Django forgets a file that broke off; a whole one is of no use after the answer."""
        if getattr(self, "file", None) is not None:
            self.file.close()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > self._most_bytes:
            raise StopUpload(connection_reset=True)
        super().receive_data_chunk(raw_data, start)


def _length(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdecimal() and len(given) < 19 else 0


def _too_large(request: HttpRequest, most: int) -> HttpResponse:
    return render(request, "413.html", {"most": most}, status=413)
