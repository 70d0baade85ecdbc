"""The web process migrates and collects where it must, and only there."""

import gc
import os
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import get_finder
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder

from apps.core import preparing


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: object) -> list[str]:
    """Commands that were called. `var/` and its static files are empty."""
    names: list[str] = []
    settings.VAR_DIR = tmp_path  # type: ignore[attr-defined]
    settings.STATIC_ROOT = tmp_path / "static"  # type: ignore[attr-defined]

    def call(name: str, **options: object) -> None:
        names.append(f"{name} {gc.get_threshold()}" if name == "migrate" else name)
        if name == "collectstatic":
            (tmp_path / "static").mkdir(exist_ok=True)

    monkeypatch.setattr(preparing, "call_command", call)
    return names


@pytest.mark.django_db
def test_a_migrated_database_is_left_alone_and_static_files_are_collected_once(
    called: list[str],
) -> None:
    preparing.prepare()
    assert called == ["collectstatic"]
    preparing.prepare()
    assert called == ["collectstatic"]


@pytest.mark.django_db(transaction=True)
def test_another_database_or_one_rolled_back_is_migrated(called: list[str]) -> None:
    # The last of an app that no other stands on: else its history would not be one.
    name = max(MigrationRecorder.Migration.objects.filter(app="exports").values_list("name"))[0]
    MigrationRecorder.Migration.objects.filter(app="exports", name=name).delete()
    try:
        assert preparing.migrations_unapplied() == {("exports", name)}
        usual = gc.get_threshold()
        preparing.prepare()
        assert called[0] == f"migrate {preparing.SELDOM}"
        assert gc.get_threshold() == usual
    finally:
        call_command("migrate", "exports", fake=True, verbosity=0)


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["content", "added", "deleted result"])
def test_static_files_are_collected_again_when_anything_changes(
    called: list[str], change: str, tmp_path: Path, settings: object
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.css").write_text("a { color: red }")
    settings.STATICFILES_DIRS = [source]  # type: ignore[attr-defined]
    get_finder.cache_clear()
    preparing.prepare()
    assert called == ["collectstatic"]
    if change == "content":  # same length, and the time of before
        times = (source / "a.css").stat()
        (source / "a.css").write_text("a { color: blu }")
        os.utime(source / "a.css", ns=(times.st_atime_ns, times.st_mtime_ns))
    elif change == "added":
        (source / "b.css").write_text("b {}")
    else:
        (tmp_path / "static").rmdir()
    preparing.prepare()
    get_finder.cache_clear()
    assert called == ["collectstatic"] * 2
