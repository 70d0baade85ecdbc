"""An installation that has been begun: migrated, its static files collected, with an admin and the
few-shot examples. It is made once for all workers of the run, by the commands that make any, and
copied for tests of what comes after.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.once import made_once

ROOT = Path(__file__).resolve().parents[1]
# Of the test run, not of an installation.
OF_THE_RUN = ("DATABASE_URL", "REDIS_URL", "WINNOW_TESTING", "PYTEST_CURRENT_TEST")
_BEGIN = """
from apps.core.embedded import default_var, running
with running(default_var(), durable=False):
    import django
    django.setup()
    from django.core.management import call_command
    from apps.core.preparing import prepare
    prepare()
    call_command("create_admin")
    call_command("import_fewshot")
"""


def environment(var: Path, **more: str) -> dict[str, str]:
    """That of a command of the installation at `var`."""
    clean = {name: value for name, value in os.environ.items() if name not in OF_THE_RUN}
    return clean | {"WINNOW_VAR": str(var), **more}


def begun(var: Path) -> Path:
    """Make `var` a copy of the one that has been begun; ports are its own."""
    # With its owners: the services have accounts of their own where root starts them.
    subprocess.run(["cp", "-a", str(made_once("begun", _begin)), str(var)], check=True)
    (var / "services.json").unlink()
    return var


def _begin(var: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BEGIN], cwd=ROOT,
        env=environment(var, DJANGO_SETTINGS_MODULE="apps.settings"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
