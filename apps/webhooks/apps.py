from typing import Any

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "apps.webhooks"

    def ready(self) -> None:
        from apps.accounts.services import forgotten

        forgotten.connect(_messages_forget, dispatch_uid="messages")


def _messages_forget(*, user: Any, name: str, **_: Any) -> None:
    """What was told of a job has its message, which may name who ended it."""
    from apps.webhooks.services import messages_forget

    messages_forget(name=name, becomes=user.username)
