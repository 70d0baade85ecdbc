"""`manage.py password_link NAME`: where somebody who forgot their password gets a new one."""

from __future__ import annotations

import argparse
from typing import Any
from urllib.parse import urljoin

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.mails import reset_path
from apps.accounts.models import User


class Command(BaseCommand):
    help = "Print a link, good once and for an hour, by which a user chooses a new password."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--site",
            default="http://localhost:8000/",
            help="the address under which people open Winnow (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['username']!r}.")
        self.stdout.write(urljoin(options["site"], reset_path(user)))
