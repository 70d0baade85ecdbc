"""Mail, sent by a worker: a mail server that is slow makes no page slow, and how long a page takes
tells nobody whether an address is known here.
"""

from __future__ import annotations

import hashlib
import logging
from urllib.parse import urljoin

from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from apps.accounts.models import User

log = logging.getLogger(__name__)
MAIL = "worker.tasks.mail"
MAIL_RESET = "worker.tasks.mail_reset"
# One letter to an address within so many seconds, and so many asked for by one computer an hour.
PAUSE_SECONDS = 300
ASKED_AN_HOUR = 20


def mail_queue(*, to: str, subject: str, text: str) -> bool:
    """Have a mail sent; False when the queue does not answer."""
    return _send_task(MAIL, [to, subject, text])


def reset_queue(*, email: str, site: str, asked_from: str) -> None:
    """Have a link to a new password mailed to whoever has that address, if anybody has.

    site: how people open it, https://winnow.example.org/. What is asked for too often is left.
    """
    from redis.exceptions import RedisError  # with the cache, which only some pages ask

    address = hashlib.sha256(email.casefold().encode()).hexdigest()
    try:
        cache.add(f"resets-{asked_from}", 0, 3600)
        if cache.incr(f"resets-{asked_from}") > ASKED_AN_HOUR:
            log.warning("%s asks for too many new passwords.", asked_from)
            return
        if not cache.add(f"reset-{address}", 1, PAUSE_SECONDS):
            return
    except (RedisError, ValueError) as error:
        log.warning("A new password cannot be mailed while the queue is away: %s", error)
        return
    _send_task(MAIL_RESET, [email, site])


def reset_mail(*, email: str, site: str) -> int:
    """Mail the link to everybody who has that address; how many. Raises OSError."""
    sent = 0
    users = User.objects.filter(email__iexact=email, is_active=True)
    for user in users:
        # Who signs in elsewhere has no password here.
        if email and user.has_usable_password():
            context = {"user": user, "link": urljoin(site, reset_path(user))}
            text = render_to_string("accounts/reset_mail.txt", context)
            mail_send(to=user.email, subject="A new password for Winnow", text=text)
            sent += 1
    return sent


def reset_path(user: User) -> str:
    """The address, good once and for PASSWORD_RESET_TIMEOUT, where a user gets a new password."""
    number = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return reverse("accounts:reset_confirm", args=[number, token])


def mail_send(*, to: str, subject: str, text: str) -> None:
    """Send a mail now. Raises OSError (smtplib's errors are) when it is not taken."""
    send_mail(subject, text, None, [to])


def _send_task(name: str, words: list[str]) -> bool:
    from apps.core.queue import app  # Celery takes half a second: not for who sends nothing

    try:
        app.send_task(name, args=words, retry=False)
    except Exception as error:  # noqa: BLE001  kombu raises the transport's own errors
        log.warning("The queue does not answer (%s): a mail is not sent.", error)
        return False
    return True
