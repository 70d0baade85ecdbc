from typing import Any

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "apps.api"

    def ready(self) -> None:
        from apps.accounts.services import forgotten

        forgotten.connect(_answers_forget, dispatch_uid="answers")


def _answers_forget(*, user: Any, **_: Any) -> None:
    """Answers that are kept for a day name who asked; their tokens ask no more."""
    from apps.api.models import Answer

    Answer.objects.filter(token__user=user).delete()
