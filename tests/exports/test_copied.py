"""Benchmark questions in few-shot examples."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from apps.core import work
from apps.core.models import Job
from apps.exports.copied import copied_questions
from apps.fewshot import services
from apps.fewshot.running import state_of
from tests.fewshot.data import EXAMPLE, make_published
from worker import validating

QUESTIONS = [
    {"question": "Which singers are older than thirty?", "SQL": "SELECT 1"},
    {
        "question": "How many concerts took place in each stadium with more than five concerts?",
        "SQL": "SELECT s.name, count(*) FROM stadium AS s JOIN concert AS c ON c.stadium_id = s.id"
        " GROUP BY s.name HAVING count(*) > 5",
    },
]
SAME_SQL = """\
SELECT shop.town, count(*) FROM shop JOIN sale ON sale.shop_id = shop.id
GROUP BY shop.town HAVING count(*) > 99;"""


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "bird.json").write_text(json.dumps(QUESTIONS))
    return tmp_path / "benchmarks"


def test_a_question_is_found_by_its_words_and_by_its_skeleton(folder: Path) -> None:
    asked = replace(EXAMPLE, instruction="Say: Which singers are older than thirty?")
    assert [(one.where, one.message) for one in copied_questions(asked)] == [
        ("instruction", "The instruction has question 0 of bird.json in it:"
         " “Which singers are older than thirty?”"),
    ]  # fmt: skip
    (found,) = copied_questions(replace(EXAMPLE, implementation=f"SELECT 2; {SAME_SQL}"))
    assert found.message.startswith("Implementation is question 1 of bird.json but for names")
    assert copied_questions(EXAMPLE) == []


def test_a_file_that_changes_is_read_anew_and_none_is_no_fault(folder: Path) -> None:
    asked = replace(EXAMPLE, instruction="Who has lost the most of all their keys?")
    assert copied_questions(asked) == []
    path = folder / "bird.json"
    path.write_text(json.dumps([{"question": asked.instruction}]))
    os.utime(path, ns=(1, 1))
    assert len(copied_questions(asked)) == 1
    path.write_text("[")
    os.utime(path, ns=(2, 2))
    assert copied_questions(asked)[0].message.startswith("Benchmarks were not compared: bird.json")
    path.unlink()
    assert copied_questions(asked) == []


@pytest.mark.django_db
def test_it_is_said_beside_the_example_once_a_worker_has_run_it(
    folder: Path, settings: Any
) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]
    draft = services.draft_open(fewshot_set=make_published().fewshot_set, created_by=None)
    example = services.example_add(version=draft, content=replace(EXAMPLE, solution=SAME_SQL))
    unit = work.claim(unit_id=Job.objects.get().units.get().pk, owner="me")
    assert unit
    validating.do(unit, "me", work.Lease())
    messages = [said["message"] for said in state_of(example).found["checks"]]
    assert any("Solution is question 1 of bird.json" in message for message in messages)
