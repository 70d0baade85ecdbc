"""What a reviewer sends."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import QueryDict

from apps.review.models import Label
from apps.review.rendering import is_vertical
from apps.review.rubric import problem_of

DAY = 86_400.0
MOST_REASONS = 50
MOST_NOTE = 2000
_CODE = re.compile(r"[-a-zA-Z0-9_]{1,40}")


def seconds_of(text: str) -> float | None:
    """How long a pair was looked at, as the page measured it; None when that makes no sense."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return round(seconds, 1) if 0 <= seconds <= DAY else None


class Codes(forms.Field):
    """Codes of reasons, as many checkboxes of one name send them."""

    widget = forms.SelectMultiple

    def clean(self, value: Any) -> list[str]:
        codes = [str(code) for code in value or ()]
        if len(codes) > MOST_REASONS or any(not _CODE.fullmatch(code) for code in codes):
            raise forms.ValidationError("The rubric has no such reason. Reload the page.")
        return codes


class LabelForm(forms.Form):
    """Good, or bad with reasons. `seconds` is the page's own measurement and never refused.

    Whether there are such reasons the database says when the label is given.
    """

    value = forms.ChoiceField(choices=[("good", "good"), ("bad", "bad")])
    reasons = Codes(required=False)
    note = forms.CharField(max_length=MOST_NOTE, required=False)
    seconds = forms.CharField(required=False)

    def clean_seconds(self) -> float | None:
        return seconds_of(self.cleaned_data["seconds"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        problem = problem_of(
            good=data["value"] == Label.Value.GOOD,
            reasons=tuple(data["reasons"]),
            note=data["note"],
        )
        if problem:
            self.add_error(None, problem)
        return data


def label_sent(given: QueryDict) -> dict[str, Any] | None:
    """What LabelForm makes of a label as it mostly comes; None where the form has to say. To make a
    form of fields is a tenth of the time of a label.
    """
    value, note, seconds = (given.get(name, "") for name in ("value", "note", "seconds"))
    note, codes = note.strip(), given.getlist("reasons")
    if value not in ("good", "bad") or len(note) > MOST_NOTE or "\0" in note + seconds:
        return None
    if len(codes) > MOST_REASONS or not all(map(_CODE.fullmatch, codes)):
        return None
    if problem_of(good=value == Label.Value.GOOD, reasons=tuple(codes), note=note):
        return None
    return {"value": value, "reasons": codes, "note": note, "seconds": seconds_of(seconds)}


class CorrectionForm(forms.Form):
    """A pair's new texts; `seen` is how many corrections the page knew of."""

    instruction = forms.CharField(
        max_length=20_000,
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text="What is asked. Other responses to it, and the prompt on record, stay as they"
        " are.",
    )
    text = forms.CharField(
        label="Response",
        max_length=100_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "class": "sql", "dir": "auto"}),
        help_text="Markdown. Labels of the old text are taken back, and the new one is run again.",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("instruction", "text"):
            if is_vertical(str(self[name].value() or "")):
                attributes = self.fields[name].widget.attrs
                attributes["class"] = f"{attributes.get('class', '')} vertical".strip()

    def clean_text(self) -> str:
        text = _lines(self.cleaned_data["text"])
        if not text.strip():
            raise forms.ValidationError("A response cannot be empty; label it bad instead.")
        return text

    def clean_instruction(self) -> str | None:
        """None where the form had no such field."""
        if "instruction" not in self.data:
            return None
        instruction = _lines(self.cleaned_data["instruction"])
        if not instruction.strip():
            raise forms.ValidationError("An instruction cannot be empty; label the pair bad.")
        return instruction


def _lines(text: str) -> str:
    """Browsers end the lines of a form with CR LF, models with LF."""
    return text.replace("\r\n", "\n")
