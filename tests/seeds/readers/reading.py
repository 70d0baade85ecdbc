"""Short ways to read a source whole and to look at what came out."""

import json
from collections.abc import Iterable

from apps.seeds.readers.base import Entry, Outcome, Reader, Reason, SourceItem, Unreadable


def read_all(reader: Reader) -> list[Outcome]:
    """Every outcome, the entries going through JSON as they do in a work unit."""
    stored = [json.dumps(entry.to_json()) for entry in reader.manifest()]
    outcomes = list(reader.read(Entry.from_json(json.loads(value)) for value in stored))
    locators = [outcome.locator for outcome in outcomes]
    assert len(set(locators)) == len(locators), "a locator names one file only"
    return outcomes


def texts(outcomes: Iterable[Outcome]) -> dict[str, bytes]:
    """The bytes of what was read, by path."""
    return {outcome.path: outcome.data for outcome in outcomes if isinstance(outcome, SourceItem)}


def refusals(outcomes: Iterable[Outcome]) -> dict[str, Reason]:
    """The reason of what was not, by path."""
    return {outcome.path: outcome.reason for outcome in outcomes if isinstance(outcome, Unreadable)}
