"""`manage.py create_admin`: once, and its password is for the owner's eyes."""

import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from tests.builders import make_user

pytestmark = pytest.mark.django_db


def create(path: Path, *words: str) -> str:
    out = StringIO()
    call_command("create_admin", "--password-file", str(path), *words, stdout=out)
    return out.getvalue()


def test_the_first_admin_gets_a_password_printed_once_and_kept_in_a_private_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "new folder" / "admin-password"
    printed = create(path)
    password = path.read_text().strip()
    assert password in printed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert User.objects.get(username="admin", role="admin").check_password(password)


def test_the_second_call_says_that_there_is_one_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "admin-password"
    create(path, "--username", "ada")
    password = path.read_text()
    printed = create(path)
    assert printed == f"There is an admin already: 'ada'. The first password is in {path}.\n"
    assert path.read_text() == password
    assert User.objects.count() == 1


def test_a_name_taken_by_a_reviewer_is_refused_with_the_way_out(tmp_path: Path) -> None:
    make_user("reviewer", "admin")
    with pytest.raises(CommandError, match="Name another: --username NAME"):
        create(tmp_path / "admin-password")


def test_nobody_is_added_when_the_password_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="nobody was added.*--password-file PATH"):
        create(tmp_path / "file" / "admin-password")
    assert not User.objects.exists()
