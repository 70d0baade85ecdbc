"""Reading and altering in processes of their own: the same, and ended when they take too long."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from apps.sql.dialects import Dialect
from apps.validation import apart, reading
from apps.validation.apart import services
from apps.validation.apart.pool import Children
from apps.validation.judging.plan import translate_reading
from apps.validation.judging.tools import Altered, Tools, once
from apps.validation.models import Verdict
from apps.validation.services import responses_validate
from apps.validation.values import Reading
from tests.builders import make_response
from tests.validation.building import RIGHT, make_answers
from tests.validation.caselib import written_cases

CASES = written_cases("judged")
# Half a second and more to read, of processor time, wherever it is read.
_QUERY = "SELECT a, b + {0} AS c FROM t WHERE a IN (1, 2, {0}) ORDER BY b;\n"
SLOW = f"```sql\n{''.join(_QUERY.format(number) for number in range(800))}```"


@pytest.fixture
def hurried() -> Iterator[Children]:
    children = Children(1, seconds=0.25)
    yield children
    children.close()


def test_what_is_read_altered_and_translated_apart_is_the_same() -> None:
    here = Tools()
    for case in CASES:
        found = reading.read_response(case.response, instruction=case.instruction)
        assert apart.read_response(case.response, instruction=case.instruction) == found
        assert apart.IN_CHILDREN.alter(found, backwards=True) == here.alter(found, backwards=True)
        translated = translate_reading(found, Dialect.MYSQL)
        assert apart.IN_CHILDREN.translate(found, Dialect.MYSQL) == translated


def test_what_was_altered_for_one_database_is_not_altered_for_the_next() -> None:
    asked: list[bool] = []

    def alter(reading: Reading, *, backwards: bool) -> Altered:
        asked.append(backwards)
        return Tools().alter(reading, backwards=backwards)

    case = next(case for case in CASES if case.mutate)
    read, again = (reading.read_response(case.response) for _ in range(2))
    tools = once(Tools(alter))
    first = tools.alter(read, backwards=True)
    assert tools.alter(read, backwards=True) is first and first.mutants
    assert tools.alter(read, backwards=False).backwards is None
    assert tools.alter(again, backwards=True) == first
    assert asked == [True, False, True]


def test_a_task_that_takes_too_much_processor_time_is_ended_and_the_next_is_done(
    hurried: Children,
) -> None:
    with pytest.raises(apart.TooCostlyError, match="to read it took too long"):
        hurried.do("read", SLOW)

    assert hurried.do("read", "```sql\nSELECT 1;\n```").statements == ("SELECT 1",)


def test_an_error_comes_back_as_it_was_raised(hurried: Children) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        hurried.do("read", "", unknown=1)
    with pytest.raises(KeyError, match="nothing of the kind"):
        hurried.do("nothing of the kind")


def test_a_fork_has_children_of_its_own(hurried: Children) -> None:
    hurried.do("read", "")
    if (pid := os.fork()) == 0:
        done = hurried.do("read", "```sql\nSELECT 2;\n```").statements == ("SELECT 2",)
        hurried.close()
        os._exit(0 if done else 1)

    assert os.waitpid(pid, 0)[1] == 0
    assert hurried.do("read", "```sql\nSELECT 1;\n```").statements == ("SELECT 1",)


@pytest.mark.django_db
def test_the_odd_response_is_not_judged_and_its_neighbours_are(
    hurried: Children, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]
    monkeypatch.setattr(services, "_children", lambda: hurried)
    odd = make_response(SLOW, instruction="Say it often.")
    neighbours = make_answers(RIGHT, RIGHT)

    responses_validate(response_ids=[odd.pk, *(one.pk for one in neighbours)])

    said = Verdict.objects.get(response=odd, database="overall")
    assert said.outcome == "not_judged" and "too long" in said.message
    for one in neighbours:
        assert Verdict.objects.get(response=one, database="overall").outcome == "passed"
