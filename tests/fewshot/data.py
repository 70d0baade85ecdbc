"""A small valid few-shot file, and examples that differ in one word."""

from dataclasses import replace

from apps.fewshot import values
from apps.fewshot.importing import file_import
from apps.fewshot.models import Version

EXAMPLE = values.Example(
    number=1,
    code="SELECT * FROM books;",
    category="library one",
    language="SQL",
    concepts=("select", "filter"),
    difficulty="Easy",
    instruction="List the books.",
    solution="",
    reasoning="Read the table.",
    implementation="SELECT title FROM books;",
    explanation="One column.",
    tests="Expected Output:\n```text\ntitle\n\nEmma\n```",
)
FILE = values.FewShotFile(
    systems={label: f"Write SQL ({label})." for label in ("I->R", "C->I", "S->C")},
    examples=tuple(
        replace(EXAMPLE, number=number, category=f"library {word}")
        for number, word in enumerate(("one", "two", "three"), start=1)
    ),
)


def make_published() -> Version:
    return file_import(name="small", file=FILE).version
