"""What a reviewer sends."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.review.models import Label
from apps.review.rubric import REASONS, problem_of

DAY = 86_400.0


def seconds_of(text: str) -> float | None:
    """How long a pair was looked at, as the page measured it; None when that makes no sense."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return round(seconds, 1) if 0 <= seconds <= DAY else None


class LabelForm(forms.Form):
    """Good, or bad with reasons. `seconds` is the page's own measurement and never refused."""

    value = forms.ChoiceField(choices=[("good", "good"), ("bad", "bad")])
    reasons = forms.MultipleChoiceField(
        choices=[(reason.code, reason.label) for reason in REASONS], required=False
    )
    note = forms.CharField(max_length=2000, required=False)
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


class CorrectionForm(forms.Form):
    """A response's new text; `seen` is how many corrections the page knew of."""

    text = forms.CharField(
        label="Response",
        max_length=100_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "class": "sql"}),
        help_text="Markdown. Labels of the old text are taken back, and the new one is run again.",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def clean_text(self) -> str:
        """Browsers end the lines of a form with CR LF, models with LF."""
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        if not text.strip():
            raise forms.ValidationError("A response cannot be empty; label it bad instead.")
        return text
