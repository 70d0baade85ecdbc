"""What a reviewer sends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from apps.review.models import Label
from apps.review.rubric import problem_of

DAY = 86_400.0


def seconds_of(text: str) -> float | None:
    """How long a pair was looked at, as the page measured it; None when that makes no sense."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return round(seconds, 1) if 0 <= seconds <= DAY else None


class LabelForm(forms.Form):
    """Good, or bad with reasons (codes in `known`). `seconds` is the page's own measurement and
    never refused.
    """

    value = forms.ChoiceField(choices=[("good", "good"), ("bad", "bad")])
    reasons = forms.MultipleChoiceField(required=False)
    note = forms.CharField(max_length=2000, required=False)
    seconds = forms.CharField(required=False)

    def __init__(self, *args: Any, known: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = frozenset(known)
        reasons = self.fields["reasons"]
        assert isinstance(reasons, forms.MultipleChoiceField)
        reasons.choices = [(code, code) for code in self.known]

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
            known=self.known,
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
