"""A published version with a draft that differs, and a model server that answers for a try."""

from collections.abc import Sequence
from dataclasses import replace

from apps.core.models import WorkUnit
from apps.fewshot.models import Version
from apps.fewshot.queries import example_value, fingerprint
from apps.fewshot.services import draft_open, example_save
from apps.generation.recipes import RecipeSpec
from apps.seeds.models import Seed
from apps.studio.models import Trial
from apps.studio.trying import trial_start
from tests.fewshot.data import make_published
from worker import tasks

SPEC = RecipeSpec(
    engine="url",
    model="tiny",
    responses=4,
    examples={"s_c": 3, "c_i": 3, "i_r": 3, "s_i": 3},
    arrangements=1,
)
# What a model writes; {title} is the row that its test expects.
RESPONSE = """[Reasoning]
One row is enough.

[Implementation]
```sql
CREATE TABLE books (title TEXT);
INSERT INTO books VALUES ('Emma');
SELECT title FROM books;
```

[Explanation]
The table is made and read.

[Tests]
Expected Output:
```text
title

{title}
```"""


def make_draft(category: str = "museum keeping") -> Version:
    """A draft whose first example has another category."""
    published = make_published()
    draft = draft_open(fewshot_set=published.fewshot_set, created_by=None)
    change(draft, category)
    return draft


def change(draft: Version, category: str) -> None:
    """Every stage shows the difference."""
    row = draft.examples.get(number=1)
    value = example_value(row)
    example_save(
        example=row,
        content=replace(
            value,
            category=category,
            code=f"SELECT '{category}';",
            instruction=f"List {category}.",
        ),
        seen=fingerprint(value),
    )


def make_trial(seeds: Sequence[Seed], *, draft: Version | None = None) -> Trial:
    return trial_start(draft=draft or make_draft(), spec=SPEC, seeds=seeds)


def do_all() -> None:
    """All units that wait, as a worker does them."""
    while units := list(WorkUnit.objects.unfinished().order_by("pk").values_list("pk", flat=True)):
        for pk in units:
            tasks.work(pk)
