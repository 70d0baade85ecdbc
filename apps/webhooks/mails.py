"""What admins are told by mail of endpoints."""

from __future__ import annotations

import logging

from django.template.loader import render_to_string

from apps.accounts.mails import mail_queue
from apps.accounts.models import User
from apps.webhooks.models import Endpoint

log = logging.getLogger(__name__)


def admins_mail(*, endpoint: Endpoint, status: Endpoint.Status, problem: str) -> int:
    """Tell every admin who has an address that an endpoint is off; how many. problem: what the
    last attempt came to.
    """
    log.warning("The webhook %s is off (%s): %s", endpoint.name, status.label, problem)
    context = {
        "endpoint": endpoint,
        "problem": problem,
        "is_gone": status == Endpoint.Status.GONE,
        "waiting": endpoint.messages.waiting().count(),
    }
    text = render_to_string("webhooks/off_mail.txt", context)
    # A name may have a line end in it, a subject may not.
    subject = f"Winnow: the webhook {' '.join(endpoint.name.split())} is off"
    admins = User.objects.filter(role=User.Role.ADMIN, is_active=True).exclude(email="")
    addresses = sorted(set(admins.values_list("email", flat=True)))
    return sum(mail_queue(to=to, subject=subject, text=text) for to in addresses)
