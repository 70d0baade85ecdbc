"""What a browser may ask of the validation's pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from apps.core.params import LARGEST
from apps.validation.models import NOTES, OUTCOMES
from apps.validation.queries import Selection
from apps.validation.tries import MAX_INSTRUCTION, MAX_TEXT, Try

RESPONSE, SQL = "response", "sql"


class PairsForm(forms.Form):
    """Which pairs of a run to list; `selection()` gives what the query takes."""

    show = forms.ChoiceField(
        choices=[
            ("disagreements", "Databases disagree"),
            ("outcome", "By outcome"),
            ("reason", "By a rule they broke"),
            ("note", "By what is noted of the result"),
            ("outliers", "Passed, but unlike the others"),
        ],
        required=False,
    )
    outcome = forms.ChoiceField(choices=OUTCOMES, required=False)
    code = forms.CharField(max_length=40, required=False)
    reason = forms.CharField(max_length=40, required=False)
    note = forms.ChoiceField(choices=NOTES, required=False)
    after = forms.IntegerField(required=False, min_value=0, max_value=LARGEST)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        needed = {"outcome": ("outcome",), "reason": ("code", "reason"), "note": ("note",)}
        for name in needed.get(data.get("show", ""), ()):
            if not data.get(name):
                self.add_error(name, "Say which.")
        return data

    def selection(self) -> Selection:
        data = self.cleaned_data
        return Selection(
            show=data["show"] or "disagreements",
            outcome=data["outcome"],
            code=data["code"],
            reason=data["reason"],
            note=data["note"],
            after=data["after"] or 0,
        )


class AgainForm(forms.Form):
    """Which pairs of a run are validated again: all with one outcome."""

    outcome = forms.ChoiceField(choices=OUTCOMES)


class TryForm(forms.Form):
    """A response or plain SQL to run; `wanted()` gives what the service takes."""

    kind = forms.ChoiceField(
        label="It is",
        choices=[(SQL, "SQL alone"), (RESPONSE, "a whole response, with its tests")],
        initial=SQL,
    )
    text = forms.CharField(
        label="SQL or response",
        max_length=MAX_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"class": "sql", "rows": 14, "spellcheck": "false"}),
    )
    instruction = forms.CharField(
        label="Instruction",
        max_length=MAX_INSTRUCTION,
        required=False,
        help_text="Tables that it defines are made before the SQL runs.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    databases = forms.MultipleChoiceField(
        label="Databases", widget=forms.CheckboxSelectMultiple(attrs={"class": "choices"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = settings.WINNOW_DATABASES
        field = self.fields["databases"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(name, name) for name in names]
        field.initial = list(names)

    def wanted(self) -> Try:
        data = self.cleaned_data
        return Try(
            text=data["text"].replace("\r\n", "\n"),
            databases=tuple(data["databases"]),
            instruction=data["instruction"].replace("\r\n", "\n"),
            is_sql=data["kind"] == SQL,
        )
