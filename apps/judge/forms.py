"""What a browser may say about a new judging."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.generation.engines import DEFAULT_MODELS, default_choice
from apps.generation.models import Run
from apps.judge.services import SAMPLE, JudgeSpec

CHOICES = 100


class JudgingForm(forms.Form):
    """A run, a judge, and how many of its pairs people label to calibrate it."""

    run = forms.ModelChoiceField(label="Run", queryset=Run.objects.none())
    engine = forms.ChoiceField(
        label="Engine",
        choices=[(name, name) for name in DEFAULT_MODELS],
        help_text="url is the server of WINNOW_JUDGE_URL, or else that of WINNOW_MODEL_URL.",
    )
    model = forms.CharField(label="Model", max_length=300)
    revision = forms.CharField(label="Revision", max_length=80, required=False)
    threshold = forms.IntegerField(
        label="Good from", min_value=1, max_value=5, initial=4,
        help_text="A pair is good when each of its four scores (1 to 5) is at least this.",
    )  # fmt: skip
    sample = forms.IntegerField(
        label="Sample for calibration", min_value=0, max_value=10_000, initial=SAMPLE,
        help_text="So many pairs, drawn at random, come first in the review queue.",
    )  # fmt: skip

    def __init__(self, *args: Any, run_id: int | None = None, **kwargs: Any) -> None:
        choice = default_choice()
        initial = {"run": run_id, "engine": choice.engine, "model": choice.model}
        super().__init__(*args, **{**kwargs, "initial": initial})
        field = self.fields["run"]
        assert isinstance(field, forms.ModelChoiceField)
        newest = Run.objects.without_tries().order_by("-pk").values_list("pk", flat=True)[:CHOICES]
        wanted = set(newest) if run_id is None else {*newest, run_id}
        field.queryset = Run.objects.filter(pk__in=wanted).order_by("-pk")

    def spec(self) -> JudgeSpec:
        """Who is to judge; call it on a valid form."""
        data = self.cleaned_data
        return JudgeSpec(data["engine"], data["model"], data["revision"], data["threshold"])
