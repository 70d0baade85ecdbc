"""The filter of pairs as a form: what may be asked, by names, and what is asked now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.review.filters import AND, MOST_CHARACTERS, MOST_VALUES, OR, TEXT, Field, fields_for
from apps.review.judges import judges_offered
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


class _WithOthers(forms.Widget):
    """A control for the last value of a field; those asked for beside it stand under it, as boxes
    that are ticked until somebody takes one out: the form sends all of them again.
    """

    words: Mapping[str, str] = {}
    joined = OR

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        *others, last = value or [""]
        control = super().render(name, last, attrs, renderer)
        if not others:
            return control
        box = '<label><input type="checkbox" name="{}" value="{}" checked> {} {}</label>'
        said = ((name, one, self.joined, self.words.get(one, one)) for one in others)
        return format_html(
            '{}<span class="kept">{}</span>', control, format_html_join("", box, said)
        )


class _Typed(_WithOthers, forms.TextInput):
    pass


class _Words(_Typed):
    joined = AND


class _Select(forms.Select):
    """Written at once: in Django's own each of some hundred options is a template."""

    def render(self, name: str, value: Any, attrs: Any = None, *_: Any) -> SafeString:
        attributes = flatatt(self.build_attrs(self.attrs, attrs))
        options = format_html_join(
            "", "{}", ((self._options(each, str(value)),) for each in self.choices)
        )
        return format_html('<select name="{}"{}>{}</select>', name, attributes, options)

    def _options(self, choice: tuple[Any, Any], asked: str) -> SafeString:
        """An option, or a group's."""
        value, words = choice
        if isinstance(words, str):
            chosen = SafeString(" selected" if str(value) == asked else "")
            return format_html('<option value="{}"{}>{}</option>', value, chosen, words)
        inner = format_html_join("", "{}", ((self._options(one, asked),) for one in words))
        return format_html('<optgroup label="{}">{}</optgroup>', value, inner)


class _Chosen(_WithOthers, _Select):
    def __init__(self, choices: Choices) -> None:
        super().__init__(choices=choices)
        self.words = _words(choices)


class PairFilterForm(forms.Form):
    """The allow-listed fields of a filter as they stand in an address; apps.review.filters reads
    and refuses, this only shows. A value that is asked for and not offered is offered as well, and
    several of one field are all shown, so that another field's change loses none.
    """

    def __init__(self, data: QueryDict, *, is_editor: bool) -> None:
        super().__init__()
        for one in fields_for(is_editor=is_editor):
            asked = dict.fromkeys(filter(None, map(str.strip, data.getlist(one.name))))
            self.fields[one.name] = _form_field(one, is_editor, list(asked)[:MOST_VALUES])


def _form_field(one: Field, is_editor: bool, asked: Sequence[str]) -> forms.Field:
    choices = _choices_of(one, is_editor)
    if choices is None:
        attributes = {"placeholder": one.hint, "maxlength": MOST_CHARACTERS}
        is_text = one.name == TEXT
        typed = _Words({**attributes, "type": "search"}) if is_text else _Typed(attributes)
        return forms.Field(label=one.label, required=False, initial=asked, widget=typed)
    asked = [value for value in asked if one.check(value)]
    # A dialect may be empty: as a filter that would be none.
    choices = [ANY, *(choice for choice in choices if choice[0] != "")]
    known = _words(choices)
    choices += [(value, value) for value in asked if value not in known]
    chosen = _Chosen(choices=choices)
    return forms.Field(label=one.label, required=False, initial=asked, widget=chosen)


def _choices_of(one: Field, is_editor: bool) -> Choices | None:
    """What is offered of a field; None where it is typed."""
    choices: Choices = list(one.choices)
    if one.name == "verdict":
        each = [
            (database, [(f"{database}:{code}", f"{database}: {words}") for code, words in choices])
            for database in settings.WINNOW_DATABASES
        ]
        return [("All databases together", choices), *each]
    if one.name == "judge":
        return [("Any judge", choices), *judges_offered()]
    if one.name == "check":
        return [*choices, *((code, code.replace("_", " ")) for code in CHECKS)]
    if one.name == "reason":
        return sorted(words_of_reasons().items(), key=lambda pair: pair[1])
    # What reviewers may know of others' queues and of people is no more than a number they have.
    if is_editor and one.name in NAMED:
        return list(offered(one.name))
    return choices or None


def _words(choices: Choices) -> dict[str, str]:
    """What is said of each value."""
    found: dict[str, str] = {}
    for value, words in choices:
        found |= dict(words) if isinstance(words, list) else {value: words}
    return found
