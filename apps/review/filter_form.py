"""The filter of pairs as a form: what may be asked, by names, and what is asked now."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict

from apps.review.filters import Field, fields_for
from apps.review.naming import NAMED, offered
from apps.review.rubric import words_of_reasons

ANY = ("", "any")
# The checks of apps.validation.checks, which parsers come with.
CHECKS = (
    *("asks_for_sql", "benchmark_overlap", "cut_off", "few_shot_copy", "instruction_language"),
    *("refusal", "response_language", "seed_copy", "unbound_placeholders", "vacuous_concepts"),
)
# (value, words); with a group's name in the place of the value, its choices in that of the words.
Choices = list[tuple[str, Any]]


class PairFilterForm(forms.Form):
    """The allow-listed fields of a filter as they stand in an address; apps.review.filters reads
    and refuses, this only shows. A value that is asked for and not offered is offered as well, so
    that another field's change does not lose it.
    """

    def __init__(self, data: QueryDict, *, is_editor: bool) -> None:
        super().__init__(data)
        for one in fields_for(is_editor=is_editor):
            self.fields[one.name] = _form_field(one, is_editor, data.get(one.name, "").strip())


def _form_field(one: Field, is_editor: bool, asked: str) -> forms.Field:
    choices = _choices_of(one, is_editor)
    if choices is None:
        kind = {"type": "search"} if one.name == "text" else {}
        return forms.CharField(
            label=one.label,
            required=False,
            max_length=200,
            widget=forms.TextInput(kind | {"placeholder": one.hint}),
        )
    # A dialect may be empty: as a filter that would be none.
    choices = [choice for choice in choices if choice[0] != ""]
    if asked and asked not in _values(choices) and one.check(asked):
        choices.append((asked, asked))
    return forms.ChoiceField(label=one.label, required=False, choices=[ANY, *choices])


def _choices_of(one: Field, is_editor: bool) -> Choices | None:
    """What is offered of a field; None where it is typed."""
    choices: Choices = list(one.choices)
    if one.name == "verdict":
        each = [
            (database, [(f"{database}:{code}", f"{database}: {words}") for code, words in choices])
            for database in settings.WINNOW_DATABASES
        ]
        return [("All databases together", choices), *each]
    if one.name == "check":
        return [*choices, *((code, code.replace("_", " ")) for code in CHECKS)]
    if one.name == "reason":
        return sorted(words_of_reasons().items(), key=lambda pair: pair[1])
    # What reviewers may know of others' queues and of people is no more than a number they have.
    if is_editor and one.name in NAMED:
        return list(offered(one.name))
    return choices or None


def _values(choices: Choices) -> set[str]:
    found: set[str] = set()
    for value, words in choices:
        found |= {v for v, _ in words} if isinstance(words, list) else {value}
    return found
