"""Several responses to one instruction, and runs with verdicts, for the tests of validation."""

from __future__ import annotations

from typing import Any

from apps.core.models import Job
from apps.generation.models import Instruction, Response, Run
from apps.validation.models import OVERALL, Agreement, CheckResult, Verdict
from tests.builders import make_completion, make_response, make_run, make_seed

ADULTS = "Write a SQL query that returns the names of all users older than 20."
TESTED = """[Implementation]
```sql
{sql}
```
[Tests]
Input Table: users
```text
id | name | age
1 | Alice | 25
2 | Bob | 15
3 | Carl | 30
```
Expected Output:
```text
name
Alice
Carl
```
"""
RIGHT = "SELECT name FROM users WHERE age > 20;"
SAME = "SELECT u.name FROM users AS u WHERE NOT u.age <= 20 ORDER BY 1;"
# Passes the test above, and is wrong wherever somebody is older than 30.
LUCKY = "SELECT name FROM users WHERE age BETWEEN 21 AND 30;"


def make_answers(*sql: str, text: str = TESTED) -> list[Response]:
    """Responses to one instruction, each with the test above."""
    first = make_response(text.format(sql=sql[0]), instruction=ADULTS)
    return [first, *(add_answer(first.instruction, text.format(sql=one)) for one in sql[1:])]


def add_answer(instruction: Instruction, text: str) -> Response:
    draw = instruction.responses.count()
    run = instruction.responses.get(draw=0).run
    assert run and instruction.seed
    completion = make_completion(run, instruction.seed, "i_r", instruction.pk, draw=draw, text=text)
    return Response.objects.create(
        completion=completion, instruction=instruction, run=run, draw=draw, text=text
    )


def make_verdicts(response: Response, **outcomes: str) -> None:
    """Verdicts by database; `overall` is the first one's outcome where it is not named."""
    named = {OVERALL: next(iter(outcomes.values())), **outcomes}
    for database, outcome in named.items():
        Verdict.objects.create(
            response=response, database=database, outcome=outcome, version=1, milliseconds=2.0,
            strength=0.75 if outcome == "passed" else None, message=f"{database} says so.",
        )  # fmt: skip


def make_judged_run(*outcomes: dict[str, str], **job: Any) -> Run:
    """A run with a response for each dict of outcomes by database."""
    seeds = [make_seed() for _ in outcomes]
    run = make_run(seeds=seeds)
    Job.objects.filter(pk=run.job_id).update(**job)
    for seed, said in zip(seeds, outcomes, strict=True):
        response = make_response(run=run, seed=seed)
        make_verdicts(response, **said)
        if "passed" not in said.values():
            CheckResult.objects.create(
                response=response, code="language", version=1, passed=False,
                reason="asks_for_python", part="instruction", message="It asks for Python.",
            )  # fmt: skip
        Agreement.objects.create(
            response=response, instruction=response.instruction, score=0.5,
            in_largest_group="wrong_result" not in said.values(),
        )  # fmt: skip
    run.refresh_from_db()
    return run
