"""Each thing that an export can be narrowed to keeps the pairs that have it, and no other; what it
then says of itself; and what it wrote comes back in as it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.exports.choice.care import Care, PerInstruction
from apps.exports.choice.filters import Filters
from apps.exports.differing import patch
from apps.exports.models import Export
from apps.exports.shape import FileKind, Format, Shape
from apps.generation.import_reading import Pair, read_pairs
from apps.generation.models import Import, Instruction, Response, Run
from apps.review.models import Correction, Label
from apps.seeds.models import Seed, Source, SourceFile
from apps.validation.checks import CHECKS
from apps.validation.models import Agreement, StoredReading, Verdict
from apps.validation.values import VERSION
from tests.builders import make_file, make_response, make_seed, make_user
from tests.exports.building import accept, file_of, with_prompt, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _var(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def a_pair(number: int = 1) -> Response:
    """An accepted pair of a seed, a file and a source of its own."""
    source = Source.objects.create(spec=f"/source/{number}", kind="folder")
    file = make_file(f"{number}.sql")
    file.source = source
    file.save()
    seed = make_seed(file=file)
    return accept(with_prompt(make_response(f"```sql\nSELECT {number};\n```", seed=seed)))


def written(export: Export) -> set[int]:
    lines = file_of(export, "lineage").read_text().splitlines()
    return {json.loads(line)["response"] for line in lines}


def on_database(pair: Response) -> Filters:
    Verdict.objects.create(response=pair, database="duckdb", outcome="passed", version=1)
    return Filters(databases=("duckdb",))


def of_strength(pair: Response) -> Filters:
    Verdict.objects.filter(response=pair, database="overall").update(strength=0.75)
    return Filters(strength=0.75)


def of_agreement(pair: Response) -> Filters:
    Agreement.objects.create(
        response=pair, instruction=pair.instruction, score=0.5, in_largest_group=True
    )
    return Filters(agreement=0.5)


def of_licence(pair: Response) -> Filters:
    assert pair.instruction.seed
    SourceFile.objects.filter(pk=pair.instruction.seed.file_id).update(licences=["MIT", "ISC"])
    return Filters(licences=("ISC",))


def of_source(pair: Response) -> Filters:
    assert pair.instruction.seed
    return Filters(sources=(pair.instruction.seed.source_id,))


def of_kind(pair: Response) -> Filters:
    Seed.objects.filter(pk=pair.instruction.seed_id).update(kind="select")
    return Filters(kinds=("select",))


def of_dialect(pair: Response) -> Filters:
    StoredReading.objects.create(response=pair, dialect="duckdb", data={})
    return Filters(dialects=("duckdb",))


def of_difficulty(pair: Response) -> Filters:
    Instruction.objects.filter(pk=pair.instruction_id).update(difficulty="Hard")
    return Filters(difficulties=("Hard",))


def of_verdict(pair: Response) -> Filters:
    Verdict.objects.filter(response=pair, database="overall").update(outcome="no_tests")
    return Filters(outcomes=("no_tests",))


def of_many_labels(pair: Response) -> Filters:
    Label.objects.create(response=pair, reviewer=make_user(), value="good")
    return Filters(least_labels=2)


def of_run(pair: Response) -> Filters:
    assert pair.run_id
    return Filters(runs=(pair.run_id,))


@pytest.mark.parametrize(
    "give",
    [on_database, of_strength, of_agreement, of_licence, of_source, of_kind, of_dialect,
     of_difficulty, of_verdict, of_many_labels, of_run],
)  # fmt: skip
def test_what_is_chosen_is_all_that_is_kept(give: Callable[[Response], Filters]) -> None:
    has, lacks = a_pair(1), a_pair(2)
    filters = give(has)
    export = write(filters)
    assert written(export) == {has.pk} and lacks.pk
    assert sum(export.manifest["left_out"].values()) == 1 and len(export.manifest["left_out"]) == 1
    assert written(write()) == {has.pk, lacks.pk}


def test_where_a_pair_comes_from_is_chosen() -> None:
    made, brought = a_pair(1), a_pair(2)
    row = Import.objects.create(file_name="a.jsonl", sha256="0" * 64)
    record = {"instruction": brought.instruction.text, "response": brought.text}
    Instruction.objects.filter(pk=brought.instruction_id).update(
        imported=row, record=record, seed=None, concepts=None, completion=None
    )
    Response.objects.filter(pk=brought.pk).update(completion=None, run=None)
    assert written(write(Filters(origins=("imported",)))) == {brought.pk}
    assert written(write(Filters(origins=("generated",)))) == {made.pk}
    assert written(write(Filters(origins=("generated", "imported")))) == {made.pk, brought.pk}


def test_of_responses_that_agree_the_largest_group_is_kept() -> None:
    first = a_pair()
    group = {first.pk}
    Agreement.objects.create(
        response=first, instruction=first.instruction, score=0.67, in_largest_group=True
    )
    for draw, is_in in ((1, True), (2, False)):
        other = accept(
            Response.objects.create(instruction=first.instruction, draw=draw, text=f"SELECT {draw}")
        )
        Agreement.objects.create(
            response=other, instruction=first.instruction, score=0.67, in_largest_group=is_in
        )
        group |= {other.pk} if is_in else set()
    never_measured = a_pair(2)
    export = write(care=Care(per_instruction=PerInstruction.GROUP.value))
    assert written(export) == group and never_measured.pk not in group
    assert export.manifest["left_out"] == {"not_the_best": 2}


@pytest.mark.parametrize("quota", ["per_kind", "per_dialect", "per_concept"])
def test_at_most_so_many_of_a_kind_a_dialect_and_a_concept(quota: str) -> None:
    common = [a_pair(number) for number in range(5)]
    rare = a_pair(9)
    for pair, what in [(one, "sqlite") for one in common] + [(rare, "duckdb")]:
        StoredReading.objects.create(response=pair, dialect=what, data={"sql": "SELECT 1"})
        assert pair.instruction.concepts
        pair.instruction.concepts.items = [what]
        pair.instruction.concepts.save()
        Seed.objects.filter(pk=pair.instruction.seed_id).update(
            kind="update" if what == "sqlite" else "select"
        )
    care = Care(**{quota: 2})  # type: ignore[arg-type]
    first = written(write(care=care))
    assert len(first) == 3 and rare.pk in first and written(write(care=care)) == first


def test_what_was_corrected_since_is_left_out_unless_asked_for() -> None:
    stays, changed = a_pair(1), a_pair(2)
    before = write(Filters(stale=True))
    assert written(before) == {stays.pk, changed.pk}
    Response.objects.filter(pk=changed.pk).update(text="```sql\nSELECT 3;\n```")
    Correction.objects.create(response=changed, editor=make_user("editor"), part="response")
    export = write()
    assert written(export) == {stays.pk} and export.manifest["left_out"] == {"stale": 1}
    assert list(patch(before).changed) == [changed.pk]
    assert not any(patch(export).counts().values())


def test_the_manifest_and_the_card_say_what_is_in_it_and_how_it_was_made() -> None:
    pair = a_pair()
    other = a_pair(2)
    Label.objects.create(response=pair, reviewer=make_user(), value="good")
    made = write(Filters(outcomes=("passed",), strength=0.0, labels="majority"))
    told, card = made.manifest, file_of(made, "card").read_text()
    assert told["rows"] == 2
    assert told["filters"] == {"labels": "majority", "outcomes": ["passed"]}
    assert told["agreement"] == {"judged_by_several": 1, "all_said_the_same": 1}
    assert told["rules"] == {"judging": VERSION} | {one.name: one.version for one in CHECKS}
    recipes = {one["fingerprint"]: one for one in told["recipes"]}
    runs = Run.objects.select_related("recipe__fewshot__fewshot_set")
    for run in runs.filter(pk__in=[pair.run_id, other.run_id]):
        said, recipe = recipes[run.recipe.fingerprint], run.recipe
        assert said["rows"] == 1 and said["model"] == recipe.model
        assert said["fewshot"] == str(recipe.fewshot)
        assert said["templates_sha256"] == recipe.templates_hash
    assert all(len(file["sha256"]) == 64 for file in told["files"])
    for part in ("license: ", "How it was made", "What is in it", "Agreement of reviewers",
                 "Decontamination and duplicates", "What was left out", "Limits"):  # fmt: skip
        assert part in card
    assert "| update | 2 | 100.0% | ████████████████████████ |" in card


@pytest.mark.parametrize("format", list(Format))
@pytest.mark.parametrize("file", list(FileKind))
def test_every_format_comes_back_in_as_it_was(format: Format, file: FileKind) -> None:
    pair = a_pair()
    bad = Response.objects.create(instruction=pair.instruction, draw=1, text="No SQL.")
    Verdict.objects.create(response=bad, database="overall", outcome="no_sql", version=1)
    export = write(shape=Shape(format=format, file=file))
    with file_of(export).open("rb") as stream:
        (found,) = read_pairs(stream)
    assert isinstance(found, Pair)
    assert (found.instruction, found.response) == (pair.instruction.text, pair.text)
