"""`manage.py fewshot import|export|check`."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.core.models import WorkUnit
from apps.fewshot.format import render, render_kept
from apps.fewshot.models import FewShotSet, Version
from apps.fewshot.queries import whole_file
from apps.fewshot.rendering import DEFAULT_FILE, PROMPTS
from apps.fewshot.services import draft_open, example_switch, version_publish
from tests.fewshot.data import EXAMPLE, FILE, make_published
from tests.fewshot.test_reading import ONE, OURS, PYTHON, lost

pytestmark = pytest.mark.django_db


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command("fewshot", *map(str, arguments), stdout=out, stderr=out)
    return out.getvalue()


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "theirs-fewshot.txt"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_our_file_is_byte_equal_through_import_and_export(tmp_path: Path):
    run("import")
    assert run("export", "self-ossinstruct") == DEFAULT_FILE.read_text(encoding="utf-8")
    run("export", "self-ossinstruct", "--to", tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_bytes() == DEFAULT_FILE.read_bytes()


def test_the_examples_of_an_imported_file_are_run_once(tmp_path: Path):
    file = replace(FILE, off=(replace(EXAMPLE, number=4),))
    path = written(tmp_path, render(file))
    run("import", path)
    units = WorkUnit.objects.filter(job__kind="example")
    # Such as models are shown.
    assert units.count() == len(FILE.examples)
    run("import", path)
    run("import", path, "--set", "other", "--no-run")
    assert units.count() == len(FILE.examples)


def test_gaps_in_numbers_and_examples_that_are_off_come_back(tmp_path: Path):
    file = replace(FILE, examples=FILE.examples[::2], off=(replace(EXAMPLE, number=2, tests=""),))
    path = written(tmp_path, render(file))
    assert "is now theirs version 1." in run("import", path)
    assert run("export", "theirs") == render(file)
    assert "is already theirs version 1." in run("import", path)


def test_an_example_that_an_editor_switched_off_is_in_the_file():
    draft = draft_open(fewshot_set=make_published().fewshot_set, created_by=None)
    example_switch(example=draft.examples.get(number=2), on=False)
    version_publish(version=draft, note="two off", published_by=None)
    assert "### Example 2 (off)\n" in run("export", "small")
    assert "(off)" not in run("export", "small", "--version", 1)


@pytest.mark.parametrize("count", [16, 21])
def test_a_file_of_another_pipeline_is_a_draft_and_loses_nothing(tmp_path: Path, count: int):
    head, example = PYTHON[: PYTHON.index("### Example 1")], PYTHON[PYTHON.index("[Code]") :]
    sql = ONE[ONE.index("[Code]") :].replace("- category", "- mood: x\n- category")
    each = [f"### Example {number}\n{(example, sql)[number % 2]}\n" for number in range(1, count + 1)]  # fmt: skip
    path = written(tmp_path, head + "\n".join(each))
    answer = run("import", path)
    assert f"theirs-fewshot.txt ({count} examples) is now theirs version 1." in answer
    assert "line 1, [System: I->R]: name SQL in the system text" in answer
    assert "example 2, [Property]: Write SQL: the model is taught nothing else." in answer
    version = Version.objects.get()
    assert version.is_draft
    assert version.examples.filter(is_on=True).count() == (count + 1) // 2
    exported = run("export", "theirs")
    assert exported == render_kept(whole_file(version))
    assert lost(path.read_text(encoding="utf-8"), exported) == []
    assert "is already theirs version 1." in run("import", path)


def test_a_file_in_another_order_is_published_when_nothing_lacks(tmp_path: Path):
    code, rest = ONE[: ONE.index("[Property]")], ONE[ONE.index("[Property]") :]
    heading, code = code.split("\n", 1)
    text = OURS[: OURS.index("### Example 1")] + f"{heading}\n{rest}\n\n{code}"
    run("import", written(tmp_path, text.replace("```sql\nSELECT *", "```\nSELECT *")))
    version = Version.objects.get()
    assert not version.is_draft
    assert whole_file(version).examples == FILE.examples[:1]


def test_a_check_names_every_problem_with_line_and_section_and_stores_nothing(tmp_path: Path):
    path = written(tmp_path, OURS.replace("- difficulty: Easy", "- difficulty: Trivial", 1))
    out = io.StringIO()
    with pytest.raises(CommandError, match="theirs-fewshot.txt: 1 problem"):
        call_command("fewshot", "check", str(path), stdout=out, stderr=out)
    assert "line 20, example 1, [Property]: Choose one of Easy, Medium, Hard." in out.getvalue()
    assert not Version.objects.exists()


def test_a_check_tells_doubts_with_their_line(tmp_path: Path):
    text = OURS.replace("SELECT title FROM books;", "SELECT (title FROM WHERE;", 1)
    answer = run("check", written(tmp_path, text))
    assert "line 33, example 1, [Implementation]: No parser reads the statement" in answer
    assert "example 1, [Instruction]: Example 2 asks nearly the same." in answer
    assert "theirs-fewshot.txt (3 examples) is well formed." in answer


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["export", "none"], "There is no set 'none'; there are: small."),
        (["export", "small", "--version", "7"], "small has no version 7."),
        (["export", "small", "--to", "/nowhere/x"], "/nowhere/x cannot be written: No such file"),
        (["import", "/nowhere/x"], "/nowhere/x cannot be read: No such file"),
        (["check", "/nowhere/x"], "/nowhere/x cannot be read: No such file"),
        (["import", "--set", "x" * 81], "A set's name has 1 to 80 characters"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], message: str):
    make_published()
    with pytest.raises(CommandError, match=message):
        run(*arguments)


def test_a_file_without_end_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("apps.fewshot.management.files.MAX_BYTES", 10)
    with pytest.raises(CommandError, match="is larger than 0 MB"):
        run("check", written(tmp_path, OURS))


def test_the_older_name_takes_a_sets_name_as_a_word() -> None:
    call_command("import_fewshot", str(PROMPTS / "short-fewshot.txt"), "--set", "short")
    assert FewShotSet.objects.get().name == "short"
