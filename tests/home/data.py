"""Pairs to count: brought in by an import, so that no run is needed."""

from apps.generation.models import Import, Instruction, Response
from apps.review.models import Decision, Entry, Label
from apps.seeds.models import Seed, Source, SourceFile
from apps.validation.models import Verdict
from tests.builders import make_user


def make_seeds(count: int) -> None:
    source = Source.objects.create(spec="/sql", kind="folder")
    file = SourceFile.objects.create(source=source, key=b"k" * 32, path="a.sql")
    for number in range(count):
        Seed.objects.create(
            file=file, text=f"SELECT {number};", text_hash=bytes([number]) * 32, template_hash=b"t" * 16,
            start=number * 10, end=number * 10 + 9, line=number + 1, kind="select",
            description="This statement retrieves data.", description_source="kind",
        )  # fmt: skip


def make_pairs(passed: int, failed: int = 0, good: int = 0, bad: int = 0, seeds: int = 0) -> None:
    """Pairs with an overall verdict; the first `good` + `bad` of them are labelled, the rest open."""
    if seeds:
        make_seeds(seeds)
    brought = Import.objects.create(file_name="a.jsonl", sha256="0" * 64)
    reviewer = make_user("reviewer", "labeller")
    for row in range(passed + failed):
        instruction = Instruction.objects.create(imported=brought, import_row=row, text="Count.")
        response = Response.objects.create(instruction=instruction, text="SELECT 1;")
        outcome = "passed" if row < passed else "wrong_result"
        for database in ("overall", "sqlite"):
            Verdict.objects.create(response=response, database=database, outcome=outcome, version=1)
        done = row < good + bad
        Entry.objects.filter(response=response).update(state="done" if done else "open")
        if done:
            value = "good" if row < good else "bad"
            label = Label.objects.create(response=response, reviewer=reviewer, value=value)
            Decision.objects.create(response=response, good=row < good, label=label)
