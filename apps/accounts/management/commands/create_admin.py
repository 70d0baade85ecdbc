"""`manage.py create_admin`: the first admin, with a random password."""

from __future__ import annotations

import argparse
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import user_create


class Command(BaseCommand):
    help = (
        "Make the first admin with a random password, which is printed once and written to a file"
        " that only its owner can read. When there is an admin already, it says so."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--username", default="admin")
        parser.add_argument(
            "--password-file",
            type=Path,
            default=Path(settings.VAR_DIR) / "admin-password",
            help="where the password is written, mode 0600 (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        username: str = options["username"]
        path: Path = options["password_file"]
        admin = User.objects.filter(role=User.Role.ADMIN, is_active=True).order_by("pk").first()
        if admin is not None:
            self.stdout.write(_known(admin, path))
            return
        if User.objects.filter(username=username).exists():
            raise CommandError(
                f"There is a user {username!r}, who is no active admin."
                " Name another: --username NAME."
            )
        with transaction.atomic():
            created = user_create(username=username, role=User.Role.ADMIN)
            try:
                write_secret(path, created.password)
            except OSError as error:
                raise CommandError(
                    f"The password cannot be written to {path} ({error.strerror}), so nobody was"
                    " added."
                    " Name another file: --password-file PATH."
                ) from error
        self.stdout.write(
            f"Admin {username!r} with the password {created.password} (also in {path})."
        )


def _known(admin: User, path: Path) -> str:
    where = f" The first password is in {path}." if path.exists() else ""
    return f"There is an admin already: {admin.username!r}.{where}"


def write_secret(path: Path, secret: str) -> None:
    """Write a line to a file that only its owner can read, in one step; OSError when it cannot."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{secret}\n")
    draft.replace(path)
