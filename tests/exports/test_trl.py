"""Exports of each format through trl's own checks, where trl installs."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from apps.exports.fetching import fetch_all
from apps.exports.shape import FileKind, Format, Shape
from apps.generation.models import Response
from apps.validation.models import StoredReading, Verdict
from tests.builders import make_response
from tests.exports.building import accept, with_prompt, write

pytestmark = [
    pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(600)
]  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
# Beside the engines' environments; git knows none of them.
KEPT = ROOT / ".venv-trl"
ASKED = "Count the ducks.\u2028Please."


@pytest.fixture(scope="module")
def trl() -> Path:
    """A folder with trl and what its checks need beside our own packages; made once. Without torch:
    trl asks for it, its checks of data sets do not.
    """
    wanted = HERE / "trl-requirements.txt"
    stamp = KEPT / wanted.name
    if stamp.is_file() and stamp.read_bytes() == wanted.read_bytes():
        return KEPT
    shutil.rmtree(KEPT, ignore_errors=True)
    made = subprocess.run(
        [Path(sys.executable).with_name("uv"), "pip", "install", "--quiet", "--python", sys.executable,
         "--no-deps", "--require-hashes", "--target", KEPT, "-r", wanted],
        env=os.environ | {"UV_SYSTEM_CERTS": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        shutil.rmtree(KEPT, ignore_errors=True)
        pytest.skip(f"trl does not install here: {made.stderr.strip()[-500:]}")
    shutil.copy(wanted, stamp)
    return KEPT


def checked(trl: Path, cache: Path, folders: dict[str, Path]) -> dict[str, dict[str, Any]]:
    given = [f"{name}={folder}" for name, folder in folders.items()]
    offline = {"HF_HUB_OFFLINE": "1", "PYTHONPATH": str(trl)}
    done = subprocess.run(
        [sys.executable, HERE / "trl_checks.py", cache, *given],
        env=os.environ | offline, cwd=cache.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_every_format_is_what_trl_takes_it_for(
    trl: Path, settings: Settings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    good = accept(with_prompt(make_response("SELECT count(*) FROM ducks", instruction=ASKED)))
    StoredReading.objects.create(response=good, data={"sql": good.text})
    bad = Response.objects.create(instruction=good.instruction, draw=1, text="SELECT ducks")
    Verdict.objects.create(response=bad, database="overall", outcome="sql_error", version=1)
    folders = {}
    for format in Format:
        for file in (FileKind.JSONL, FileKind.PARQUET):
            export = write(shape=Shape(format=format, file=file))
            folders[f"{format}.{file}"] = tmp_path / f"{format}.{file}"
            fetch_all(export, folders[f"{format}.{file}"])
    found = checked(trl, tmp_path / "cache", folders)

    chat = [{"role": "user", "content": ASKED}, {"role": "assistant", "content": good.text}]
    pair = {"prompt": ASKED, "completion": good.text}
    for file in ("jsonl", "parquet"):
        of = {format: found[f"{format}.{file}"] for format in Format}
        assert {name: told["conversational"] for name, told in of.items()} == {
            format: format is Format.CHAT for format in Format
        }
        assert of[Format.SHAREGPT]["from_value"] and not of[Format.CHAT]["from_value"]
        assert of[Format.CHAT]["chatml"]["messages"] == chat
        assert of[Format.CHAT]["templated"]["text"] == f"<user>{ASKED}<assistant>{good.text}"
        # trl renames the keys of ShareGPT's turns and keeps the names that it has for who speaks.
        turns = of[Format.SHAREGPT]["chatml"]["messages"]
        assert [turn["role"] for turn in turns] == ["human", "gpt"]
        assert [turn["content"] for turn in turns] == [ASKED, good.text]
        assert of[Format.SHAREGPT]["templated"]["text"] == f"<human>{ASKED}<gpt>{good.text}"
        assert of[Format.PROMPT_COMPLETION]["templated"] == pair
        twos = {"prompt": ASKED, "chosen": good.text, "rejected": bad.text}
        assert of[Format.PREFERENCE]["extracted"] == twos
        assert of[Format.PREFERENCE]["unpaired"] == [
            pair | {"label": True}, pair | {"completion": bad.text, "label": False}
        ]  # fmt: skip
        assert of[Format.UNPAIRED]["unpaired"] == [pair | {"label": True}]
