"""Categories of tasks, as the few-shot examples have them, by the statement kind of a seed."""

from __future__ import annotations

DEFAULT_CATEGORY = "schema definition"
CATEGORIES = {
    "select": "data retrieval",
    "insert": "data modification",
    "update": "data modification",
    "delete": "data modification",
    "transaction": "transaction control",
    "create_index": "indexing",
    "alter_index": "indexing",
    "drop_index": "indexing",
    "create_function": "stored logic",
    "create_procedure": "stored logic",
    "create_package": "stored logic",
    "create_event": "stored logic",
    "do": "stored logic",
    "create_trigger": "stored logic",
}


def category_of(kind: str) -> str:
    """The category to ask for, from the statement kind of the seed."""
    return CATEGORIES.get(kind, DEFAULT_CATEGORY)
