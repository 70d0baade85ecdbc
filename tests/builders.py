"""Small builders of rows. Each makes what it needs; a test names only what it is about."""

from __future__ import annotations

import hashlib
from itertools import count
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.core.models import Job
from apps.fewshot.models import Example, FewShotSet, Version
from apps.generation.models import (
    Completion,
    Concepts,
    Instruction,
    Recipe,
    Response,
    Run,
    RunSeed,
)
from apps.generation.recipes import RecipeSpec, recipe_get_or_create
from apps.seeds.models import Seed, Source, SourceFile

_numbers = count(1)
PASSWORD = "a long enough password"
ANY_SET = "any set"
MODES = ("S->C", "C->I", "I->R", "S->I")


def make_user(role: str = "reviewer", username: str = "", **fields: Any) -> User:
    """A user named after the role, with a number where that is taken; the password is PASSWORD."""
    is_taken = not username and User.objects.filter(username=role).exists()
    name = username or (f"{role}{next(_numbers)}" if is_taken else role)
    fields.setdefault("tour_seen_at", timezone.now())  # so that no dialog is in a test's way
    return User.objects.create_user(username=name, password=PASSWORD, role=role, **fields)


def make_file(path: str = "a.sql", **fields: Any) -> SourceFile:
    source, _ = Source.objects.get_or_create(spec="/sql", defaults={"kind": "folder"})
    key = hashlib.sha256(f"{path}{next(_numbers)}".encode()).digest()
    return SourceFile.objects.create(source=source, key=key, path=path, **fields)


def make_seed(text: str = "", **fields: Any) -> Seed:
    seed = seed_of(text, **fields)
    seed.save()
    return seed


def seed_of(text: str = "", **fields: Any) -> Seed:
    """A seed that is not stored yet."""
    text = text or f"UPDATE users SET age = {next(_numbers)} WHERE id = 1"
    digest = hashlib.sha256(text.encode()).digest()
    values = {
        "file": fields.pop("file", None) or make_file(),
        "text_hash": digest,
        "template_hash": digest[:16],
        "start": 0,
        "end": len(text.encode()),
        "line": 1,
        "kind": "update",
        "description": "This statement updates specific records in a table.",
        "description_source": "kind",
    }
    return Seed(text=text, **{**values, **fields})


def make_version(examples: int = 3, *, published: bool = True, name: str = "") -> Version:
    fewshot_set = FewShotSet.objects.create(name=name or f"set {next(_numbers)}")
    version = Version.objects.create(
        fewshot_set=fewshot_set, number=1, systems={m: f"You know SQL ({m})." for m in MODES}
    )
    Example.objects.bulk_create(
        Example(
            version=version,
            number=number,
            code=f"SELECT {number}",
            category="data retrieval",
            concepts=["select"],
            difficulty="Easy",
            instruction=f"Write a SQL query that returns {number}.",
            reasoning="One row.",
            implementation=f"SELECT {number};",
            explanation="It returns a number.",
            tests="Expected Output:",
        )
        for number in range(1, examples + 1)
    )
    if published:
        version.status, version.published_at = "published", timezone.now()
        version.save()
    return version


def any_version() -> Version:
    """A published version for a test that is not about one: the same for all that it makes."""
    found = Version.objects.filter(fewshot_set__name=ANY_SET, status="published").first()
    return found or make_version(name=ANY_SET)


def make_recipe(version: Version | None = None, **fields: Any) -> Recipe:
    values = {
        "engine": "url",
        "model": "tiny",
        "responses": 2,
        "examples": {"s_c": 2, "c_i": 2, "i_r": 1, "s_i": 2},
        "arrangements": 1,
        "random_seed": next(_numbers),
    }
    spec = RecipeSpec(**{**values, **fields})
    return recipe_get_or_create(fewshot=version or any_version(), spec=spec)


def make_run(recipe: Recipe | None = None, seeds: list[Seed] | None = None) -> Run:
    seeds = seeds if seeds is not None else [make_seed()]
    job = Job.objects.create(kind="generate", is_planned=True)
    run = Run.objects.create(recipe=recipe or make_recipe(), job=job, seeds_total=len(seeds))
    for position, seed in enumerate(seeds):
        RunSeed.objects.create(run=run, seed=seed, position=position)
    return run


def make_completion(run: Run, seed: Seed, stage: str, input_id: int, **fields: Any) -> Completion:
    """A completion of the run's one work unit, which was begun and counts nothing by itself."""
    _begin_unit(run)
    return _completion(run, seed, stage, input_id, **fields)


def _begin_unit(run: Run, *, is_new: bool = False) -> None:
    """is_new: the run was made a moment ago, so that nobody has to look for its unit."""
    payload = {"first": 0, "last": run.seeds_total - 1}
    named = {"queue": "generate", "key": "seeds-00000000"}
    values = {"payload": payload, "status": "done"}
    if is_new:
        run.job.units.create(**named, **values, lease_owner="test")
        return
    run.job.units.get_or_create(**named, defaults=values)
    run.job.units.filter(lease_owner="").update(lease_owner="test")


def _completion(run: Run, seed: Seed, stage: str, input_id: int, **fields: Any) -> Completion:
    values = {"example_numbers": [1], "prompt_hash": b"0" * 32, "parsed": True, "text": "…"}
    return Completion.objects.create(
        recipe=run.recipe,
        run=run,
        seed=seed,
        stage=stage,
        input_id=input_id,
        **{**values, **fields},
    )


def make_response(
    text: str = "```sql\nSELECT 1;\n```",
    *,
    instruction: str = "Write a SQL query that returns 1.",
    run: Run | None = None,
    seed: Seed | None = None,
    draw: int = 0,
) -> Response:
    """A pair with its whole way: seed, concepts, instruction, response."""
    seed = seed or make_seed()
    is_new, run = run is None, run or make_run(seeds=[seed])
    _begin_unit(run, is_new=is_new)
    first = _completion(run, seed, "s_c", seed.pk)
    concepts = Concepts.objects.create(
        completion=first, recipe=run.recipe, seed=seed, items=["update", "set"]
    )
    second = _completion(run, seed, "c_i", concepts.pk)
    asked = Instruction.objects.create(
        completion=second, recipe=run.recipe, seed=seed, concepts=concepts, text=instruction
    )
    third = _completion(run, seed, "i_r", asked.pk, draw=draw, text=text)
    return Response.objects.create(
        completion=third, instruction=asked, run=run, draw=draw, text=text
    )
