"""An export: the record's format, the same bytes for the same selection, and where it came from."""

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings
from redis.exceptions import ResponseError

from apps.core import progress, work
from apps.exports import differing, staleness, storing, writing
from apps.exports.card import card
from apps.exports.choice.choosing import Item
from apps.exports.choice.filters import Filters
from apps.exports.exporting import export_write
from apps.exports.models import Export
from apps.exports.rows.values import Row
from apps.exports.services import export_start, exports_remove, rows_written
from apps.exports.verifying import verify
from apps.generation.models import Response
from apps.review.correcting import pair_correct
from apps.review.models import Correction, Decision
from apps.validation.models import Verdict
from tests.builders import make_response, make_user
from tests.exports.building import accept, file_of, place, with_prompt, write

pytestmark = pytest.mark.django_db(transaction=True)
FIELDS = [
    "prompt", "fingerprint", "id", "seed", "description", "concepts", "instruction", "response",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _var(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def test_accepted_pairs_are_written_in_the_format_of_the_output_record() -> None:
    pair = accept(with_prompt(make_response()))
    accept(with_prompt(make_response()), good=False)
    with_prompt(make_response())
    export = write()
    data = file_of(export).read_bytes()
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
    pair = with_prompt(make_response())
    Correction.objects.create(response=pair, editor=make_user(username="edda"), before="As it was.")
    accept(pair)
    export = write()
    lineage = json.loads(file_of(export, "lineage").read_text())
    assert lineage["path"] == "a.sql" and lineage["response"] == pair.pk
    assert lineage["verdicts"] == {"overall": "passed"}
    assert lineage["labels"][0]["value"] == "good"
    assert lineage["corrected_by"] == ["edda"]


def test_a_corrected_instruction_is_exported_with_the_prompt_that_was_sent() -> None:
    pair = with_prompt(make_response())
    asked = pair.instruction.text
    plain = json.loads(file_of(write_of(pair)).read_text())
    editor = make_user("editor", username="edda")
    pair_correct(response=pair, editor=editor, text=pair.text, instruction="Give two.", seen=0)
    Verdict.objects.filter(response=pair).delete()

    export = write_of(pair)

    record = json.loads(file_of(export).read_text())
    assert record["instruction"] == "Give two."
    assert record["prompt"] == plain["prompt"] and asked in record["prompt"]
    lineage = json.loads(file_of(export, "lineage").read_text())
    assert (lineage["asked"], lineage["corrected_by"]) == (asked, ["edda"])
    assert not verify(place(export)).problems


def write_of(pair: Response) -> Export:
    """The export of a pair that is accepted as it stands."""
    Decision.objects.filter(response=pair).delete()
    accept(pair)
    return write()


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

    monkeypatch.setattr("apps.exports.formats.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        export_write(export=export, lease=work.Lease())
    assert not place(export).exists() and not list(place(export).parent.glob(".draft-*"))
    monkeypatch.undo()


def test_while_the_cache_has_no_room_an_export_is_written_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise ResponseError("MISCONF Errors writing to the AOF file: No space left on device")

    for name in ("get", "set", "delete"):
        monkeypatch.setattr(progress.cache, name, full, raising=False)
    monkeypatch.setattr(writing, "SHOW_EVERY", 1)
    accept(with_prompt(make_response()))
    export = write()
    assert export.rows == 1 == rows_written(export)


def test_an_export_that_is_odd_keeps_no_other_from_being_looked_at_or_removed(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    accept(with_prompt(make_response()))
    other, odd = write(), write()

    def patched(export: Export, *_: object, **__: object) -> Any:
        if export.pk == odd.pk:
            raise KeyError("a damaged index")
        return SimpleNamespace(counts=lambda: {"added": 1})

    monkeypatch.setattr(differing, "patch", patched)
    Export.objects.update(looked_at=0)
    assert staleness.look(most=1) == staleness.look(most=1) == 1
    assert Export.objects.get(pk=other.pk).changes == {"added": 1}

    def remove(export: Export, **named: Any) -> None:
        if export.pk == odd.pk:
            raise PermissionError("somebody else's")
        kept(export, **named)

    kept = storing.remove
    monkeypatch.setattr(storing, "remove", remove)
    Export.objects.update(deleted_at=timezone.now())
    assert exports_remove() == 1 and not place(other).exists()


def test_a_pair_that_cannot_be_written_is_left_out_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    odd, kept = accept(with_prompt(make_response())), accept(with_prompt(make_response()))
    made = writing._made

    def broken(item: Item, row: Row, *others: Any) -> Any:
        if row.response_id == odd.pk:
            raise KeyError("spec")
        return made(item, row, *others)

    monkeypatch.setattr(writing, "_made", broken)
    export = write()
    assert export.rows == 1 and export.manifest["left_out"] == {"not_written": 1}
    (line,) = file_of(export).read_text().splitlines()
    assert json.loads(line)["id"] == 0 and json.loads(line)["response"] == kept.text


@pytest.mark.parametrize(
    ("licences", "said"),
    [(["MIT"], "mit"), (["GPL-3.0-only"], "gpl-3.0"), (["blessing"], "other"),
     (["MIT", "ISC"], "other"), ([""], "other"), (["MIT OR ISC"], "other")],
)  # fmt: skip
def test_a_card_names_a_licence_that_the_hub_knows_or_none(licences: list[str], said: str) -> None:
    accept(with_prompt(make_response()))
    made = write().manifest
    made["composition"]["licence"] = dict.fromkeys(licences, 1)
    assert f"license: {said}\n" in card(made)
