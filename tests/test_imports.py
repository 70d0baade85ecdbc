"""What `django.setup()` and the URLconf may not import: seconds and memory of every process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Each is imported by whoever needs it: readers, parsers and databases by the workers that use
# them, the queue's client by what sends.
HEAVY = (
    *("boto3", "botocore", "s3transfer", "requests", "httpx", "aiohttp", "fsspec"),
    *("datasets", "pyarrow", "pandas", "numpy", "huggingface_hub"),
    *("detect_secrets", "charset_normalizer", "rensa", "sqlglot", "tree_sitter"),
    *("tree_sitter_sql", "duckdb", "pymysql", "xllamacpp"),
    *("celery", "kombu", "redis", "redis.cluster", "granian", "rich"),
)
SETUP = "import django; django.setup()"
URLS = f"{SETUP}; from django.urls import get_resolver; get_resolver().url_patterns"
PRELOADED = "from apps.core.processes.preloading import preload; list(preload())"
EMBEDDED = "import apps.core.embedded, apps.core.processes.__main__"


def imported_by(code: str, var: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "apps.settings", "WINNOW_VAR": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("code", [SETUP, URLS])
def test_pages_and_commands_import_nothing_that_only_workers_need(
    tmp_path: Path, code: str
) -> None:
    assert imported_by(code, tmp_path) & set(HEAVY) == set()


def test_what_all_processes_share_holds_no_reader_parser_or_database(tmp_path: Path) -> None:
    shared = {"celery", "kombu", "redis", "redis.cluster", "granian"}
    assert imported_by(PRELOADED, tmp_path) & (set(HEAVY) - shared) == set()


def test_start_stop_and_status_import_neither_django_nor_a_client(tmp_path: Path) -> None:
    assert imported_by(EMBEDDED, tmp_path) & {*HEAVY, "django", "psycopg"} == set()
