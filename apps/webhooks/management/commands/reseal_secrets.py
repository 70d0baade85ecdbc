"""`manage.py reseal_secrets`: the last step of changing WINNOW_SECRET_KEY."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.sealing import SealError
from apps.webhooks.services import secrets_reseal


class Command(BaseCommand):
    help = "Seal the secrets of webhooks under WINNOW_SECRET_KEY, without WINNOW_OLD_SECRET_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            number = secrets_reseal()
        except SealError as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        self.stdout.write(f"{number} endpoints have their secrets under the newest key.")
