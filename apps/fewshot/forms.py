"""Forms for an example and for the system texts, with validation.py's messages at the fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms

from apps.fewshot import values
from apps.fewshot.models import Version
from apps.fewshot.queries import published_versions
from apps.fewshot.services import MAX_NOTE
from apps.fewshot.validation import MAX_TEXT, normalised, validate_example, validate_system

OFFERED = 200
_SQL = {"class": "sql", "spellcheck": "false", "rows": 4}


def _text(label: str, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    # validate_example says what is wrong with a text; here only the size is bounded.
    return forms.CharField(
        label=label, help_text=help_text, widget=widget, required=False, max_length=2 * MAX_TEXT
    )


def _sql(label: str, help_text: str = "") -> forms.CharField:
    field = _text(label, help_text)
    field.widget = forms.Textarea(attrs=_SQL)
    return field


class ExampleForm(forms.Form):
    """All sections of an example; `example` is the value once the form is valid, `written` what
    was entered after is_valid(), valid or not."""

    written: values.Example

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    category = forms.CharField(required=False, max_length=500)
    concepts = forms.CharField(
        required=False, max_length=2_000, help_text="One to twelve, separated by commas."
    )
    difficulty = forms.ChoiceField(choices=[(name, name) for name in values.DIFFICULTIES])
    code = _sql("Code", "The snippet that inspires the task. SQL alone, without a fence.")
    instruction = _text("Instruction", "The task, with its tables and the rows that are expected.")
    solution = _sql("Solution (optional)")
    reasoning = _text("Reasoning")
    implementation = _sql("Implementation")
    explanation = _text("Explanation")
    tests = _text(
        "Tests", "Input tables, then 'Expected Output:' and a table in a fenced text block."
    )

    unshown = _text(
        "Not shown", "What a file of another pipeline had beside these. No model is shown it."
    )

    def __init__(self, *args: Any, number: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._number = number
        self.fields["tests"].widget.attrs.update(_SQL)

    @property
    def example(self) -> values.Example:
        """What was entered. Only after is_valid()."""
        entered = {name: text for name, text in self.cleaned_data.items() if name != "seen"}
        entered["concepts"] = tuple(entered.get("concepts", "").split(","))
        blank = dict.fromkeys(_TEXTS, "")
        return normalised(
            values.Example(**{**blank, **entered}, number=self._number, language=values.LANGUAGE)
        )

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.written = self.example
        for name, message in validate_example(self.written).items():
            if name not in self.errors:
                self.add_error(name if name in self.fields else None, message)
        return self.cleaned_data


class PublishForm(forms.Form):
    """Why a version is made: whoever compares two of them later asks that first. `seen` is the
    draft that was looked at, None where nobody says."""

    seen = forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=64, empty_value=None
    )
    note = forms.CharField(
        label="What changes, and why",
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say in a few words why this version is made."},
    )


_TEXTS = tuple(name for name in ExampleForm.base_fields if name not in ("seen", "concepts"))


def example_initial(example: values.Example) -> dict[str, str]:
    """What an ExampleForm shows of an example, except `seen`."""
    initial = {name: getattr(example, name) for name in _TEXTS}
    return {**initial, "concepts": ", ".join(example.concepts)}


if TYPE_CHECKING:
    _VersionChoice = forms.ModelChoiceField[Version]
else:
    _VersionChoice = forms.ModelChoiceField


class SetForm(forms.Form):
    """A new set: its name, and what its first draft begins with."""

    name = forms.CharField(label="Name", max_length=values.MAX_SET_NAME)
    like = _VersionChoice(
        label="Begin with",
        queryset=Version.objects.none(),
        required=False,
        empty_label="nothing",
        help_text="The draft gets a copy of its examples and system texts.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newest = list(published_versions().values_list("pk", flat=True)[:OFFERED])
        self.fields["like"].queryset = published_versions().filter(pk__in=newest)  # type: ignore[attr-defined]


class SystemsForm(forms.Form):
    """The system text of each mode; a mode that is not required may be left empty. `seen` is what
    the editor began with, None where nobody says."""

    seen = forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=64, empty_value=None
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for label in values.MODE_LABELS:
            self.fields[field_name(label)] = _text(label.replace("->", "→"))

    @property
    def systems(self) -> dict[str, str]:
        """Texts by mode label. Only after is_valid()."""
        return {label: self.cleaned_data[field_name(label)] for label in values.MODE_LABELS}

    def clean(self) -> dict[str, Any]:
        super().clean()
        for label in values.MODE_LABELS:
            text = self.cleaned_data.get(field_name(label), "")
            if text or label in values.REQUIRED_MODE_LABELS:
                message = validate_system(label, text)
                if message:
                    self.add_error(field_name(label), message)
        return self.cleaned_data


def field_name(label: str) -> str:
    """The form field of a mode: "S->C" → "s_c"."""
    return label.replace("->", "_").lower()


def systems_initial(systems: Mapping[str, str]) -> dict[str, str]:
    """What a SystemsForm shows of a version's system texts, except `seen`."""
    return {field_name(label): text for label, text in systems.items()}
