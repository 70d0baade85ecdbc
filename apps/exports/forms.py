"""What a browser may say about a new export."""

from __future__ import annotations

from django import forms
from django.core.validators import RegexValidator

from apps.exports.choice.care import Care
from apps.exports.choice.filters import Filters
from apps.exports.shape import Shape
from apps.generation.models import Run
from apps.sql.kinds import KINDS
from apps.validation.models import OUTCOMES

RUNS_OFFERED = 50
MOST_LICENCES = 30


class ExportForm(forms.Form):
    """Which accepted pairs; nothing chosen means all. `filters()` gives what the service takes."""

    tag = forms.CharField(
        label="Name",
        max_length=30,
        initial="winnow",
        validators=[
            RegexValidator(r"^[A-Za-z0-9_]+\Z", "Use letters, digits and underscores only.")
        ],
        help_text="A word in the file's name.",
    )
    outcomes = forms.MultipleChoiceField(
        label="Verdicts",
        choices=OUTCOMES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all. What a reviewer accepts need not have passed.",
    )
    strength = forms.FloatField(
        label="Least strength of the test, in percent",
        min_value=0,
        max_value=100,
        required=False,
        help_text="The share of altered queries that the test must notice. Empty: any.",
    )
    licences = forms.CharField(
        label="Licences",
        max_length=1000,
        required=False,
        help_text="SPDX identifiers, separated by commas: MIT, Apache-2.0. Empty: all.",
    )
    kinds = forms.MultipleChoiceField(
        label="Kinds of statement",
        choices=[(kind, kind.replace("_", " ")) for kind in KINDS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all.",
    )
    runs = forms.ModelMultipleChoiceField(
        label="Runs",
        queryset=Run.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all, and what was imported.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        newest = Run.objects.order_by("-pk").values("pk")[:RUNS_OFFERED]
        runs: forms.ModelMultipleChoiceField[Run] = self.fields["runs"]  # type: ignore[assignment]
        runs.queryset = Run.objects.filter(pk__in=newest).order_by("-pk")

    def clean_licences(self) -> tuple[str, ...]:
        named = [name.strip() for name in self.cleaned_data["licences"].split(",")]
        licences = tuple(dict.fromkeys(name for name in named if name))
        if len(licences) > MOST_LICENCES:
            raise forms.ValidationError(f"Name {MOST_LICENCES} licences at most.")
        return licences

    def filters(self) -> Filters:
        """The filters of a valid form; the same choice in another order gives the same ones."""
        data = self.cleaned_data
        return Filters(
            runs=tuple(sorted(run.pk for run in data["runs"])),
            outcomes=tuple(sorted(data["outcomes"])),
            kinds=tuple(sorted(data["kinds"])),
            licences=tuple(sorted(data["licences"])),
            strength=(data["strength"] or 0) / 100,
        )

    def care(self) -> Care:
        """What is done with the chosen pairs together; call it on a valid form."""
        return Care()

    def shape(self) -> Shape:
        """How the rows look; call it on a valid form."""
        return Shape()
