"""An export: the record's format, the same bytes for the same selection, and where it came from."""

import hashlib
import json
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.core import work
from apps.exports import records
from apps.exports.models import Export
from apps.exports.records import Filters
from apps.exports.services import export_start, export_write, folder
from apps.generation.models import Response
from apps.review.models import Correction
from tests.builders import make_response, make_user
from tests.exports.building import accept, with_prompt

pytestmark = pytest.mark.django_db(transaction=True)
FIELDS = [
    "prompt", "fingerprint", "id", "seed", "description", "concepts", "instruction", "response",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _var(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def write(filters: Filters | None = None) -> Export:
    export = export_start(filters=filters or Filters())
    export_write(export=export, lease=work.Lease())
    export.refresh_from_db()
    return export


def test_accepted_pairs_are_written_in_the_format_of_the_output_record() -> None:
    pair = accept(with_prompt(make_response()))
    accept(with_prompt(make_response()), good=False)
    with_prompt(make_response())
    export = write()
    data = (folder() / export.file_name).read_bytes()
    (record,) = [json.loads(line) for line in data.splitlines()]
    assert list(record) == FIELDS
    assert record["prompt"].endswith("### Response\n") and "SQL" in record["prompt"]
    assert record["concepts"] == ["update", "set"] and record["id"] == 0
    assert record["response"] == pair.text
    assert export.sha256 == hashlib.sha256(data).hexdigest() == export.manifest["sha256"]
    assert export.manifest["recipes"][0]["fingerprint"] == record["fingerprint"]


def test_the_same_selection_has_the_same_bytes() -> None:
    for _ in range(3):
        accept(with_prompt(make_response()))
    assert write().sha256 == write().sha256


def test_a_line_knows_its_file_its_verdicts_and_its_labels() -> None:
    pair = accept(with_prompt(make_response()))
    Correction.objects.create(response=pair, editor=make_user(username="edda"), before="As it was.")
    export = write()
    path = folder() / export.file_name
    lineage = json.loads(path.with_suffix(".lineage.jsonl").read_text())
    assert lineage["path"] == "a.sql" and lineage["response"] == pair.pk
    assert lineage["verdicts"] == {"overall": "passed"}
    assert lineage["labels"][0]["value"] == "good"
    assert lineage["corrected_by"] == ["edda"]


def test_a_pair_whose_prompt_cannot_be_rebuilt_is_left_out_and_counted() -> None:
    accept(make_response())
    export = write()
    assert export.rows == 0 and export.manifest["left_out"] == {"prompt_changed": 1}


def test_filters_choose_by_run_verdict_kind_and_licence() -> None:
    pair = accept(with_prompt(make_response()))
    assert pair.run
    assert write(Filters(runs=(pair.run.pk,))).rows == 1
    assert write(Filters(runs=(pair.run.pk + 1,))).rows == 0
    assert write(Filters(outcomes=("passed",), kinds=("update",))).rows == 1
    assert write(Filters(outcomes=("wrong_result",))).rows == 0
    assert write(Filters(licences=("MIT",))).rows == 0
    assert write(Filters(strength=0.5)).rows == 0


def test_a_full_disk_leaves_no_file_under_the_final_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accept(with_prompt(make_response()))
    export = export_start(filters=Filters())

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("apps.exports.services.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        export_write(export=export, lease=work.Lease())
    assert not (folder() / export.file_name).exists()
    monkeypatch.undo()


def test_a_pair_that_cannot_be_written_is_left_out_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    odd, kept = accept(with_prompt(make_response())), accept(with_prompt(make_response()))
    lineage = records._lineage

    def broken(response: Response, number: int) -> dict[str, object]:
        if response.pk == odd.pk:
            raise KeyError("spec")
        return lineage(response, number)

    monkeypatch.setattr(records, "_lineage", broken)
    export = write()
    assert export.rows == 1 and export.manifest["left_out"] == {"not_written": 1}
    (line,) = (folder() / export.file_name).read_text().splitlines()
    assert json.loads(line)["id"] == 0 and json.loads(line)["response"] == kept.text
