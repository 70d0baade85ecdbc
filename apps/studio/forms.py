"""What a browser may say about a try, and about a prompt to look at."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from apps.core.params import LARGEST
from apps.fewshot.models import Version
from apps.generation.engines import default_choice
from apps.generation.models import Run
from apps.generation.recipes import RecipeSpec, spec_of, spec_usual
from apps.generation.words import STAGES
from apps.seeds.models import Seed
from apps.studio import trying
from apps.studio.previewing import Wanted

RUNS_OFFERED = 20
SEEDS = 5
_MOST_TYPED = 400
MOST_ARRANGEMENT = 32_767


def run_field() -> forms.TypedChoiceField:
    """A run whose recipe is to be used but for its examples; None: what is usual here."""
    return forms.TypedChoiceField(
        label="Model and settings",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="As in that run, but for the examples.",
    )


def run_choices() -> list[tuple[int | str, str]]:
    """The newest runs that are no tries, then what is usual here."""
    real = Run.objects.without_tries().select_related("recipe")
    newest = real.order_by("-pk")[:RUNS_OFFERED]
    usual = default_choice()
    return [
        *((run.pk, f"Run {run.pk}: {run.recipe.model}") for run in newest),
        ("", f"What is usual here: {usual.model or usual.engine}"),
    ]


def spec_like(run_id: int | None) -> RecipeSpec:
    """The ingredients of that run's recipe, or those that are usual here."""
    if run_id is None:
        return spec_usual()
    return spec_of(Run.objects.select_related("recipe").get(pk=run_id).recipe)


class TrialForm(forms.Form):
    """Which seeds, and how they are asked; `seeds(base)` and `spec` give what the service takes."""

    HOW = (
        ("random", "at random"),
        ("failed", "those where nothing passed with the published version"),
        ("named", "these, by their numbers"),
    )
    how = forms.ChoiceField(label="Seeds", choices=HOW, initial="random", widget=forms.RadioSelect)
    count = forms.IntegerField(
        label="How many", min_value=1, max_value=trying.MOST_SEEDS, initial=SEEDS
    )
    numbers = forms.CharField(
        label="Their numbers",
        required=False,
        max_length=_MOST_TYPED,
        help_text=f"As on the pages of seeds; {trying.MOST_SEEDS} at most.",
    )
    like = run_field()
    shows_changes = forms.BooleanField(
        label="Show the examples that differ in every prompt",
        required=False,
        initial=True,
        help_text="A run draws them now and then only.",
    )
    responses = forms.IntegerField(
        label="Responses per seed", min_value=1, max_value=trying.MOST_RESPONSES, initial=1
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = run_choices()
        self.fields["like"].choices = choices  # type: ignore[attr-defined]
        self.fields["like"].initial = choices[0][0]

    def clean_numbers(self) -> list[int]:
        given = re.findall(r"[^\s,;]+", self.cleaned_data["numbers"])
        if not all(each.isascii() and each.isdecimal() for each in given):
            raise forms.ValidationError("Write numbers with spaces or commas between them.")
        if len(given) > trying.MOST_SEEDS:
            raise forms.ValidationError(f"Name {trying.MOST_SEEDS} seeds at most.")
        return [min(int(each), LARGEST) for each in given]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("how") == "named" and "numbers" in data and not data["numbers"]:
            self.add_error("numbers", "Name the seeds, or choose them another way.")
        return data

    def seeds(self, base: Version | None) -> list[Seed]:
        """The chosen seeds; call it on a valid form."""
        data = self.cleaned_data
        if data["how"] == "named":
            return trying.seeds_named(data["numbers"])
        if data["how"] == "failed":
            return trying.seeds_failed(base, data["count"]) if base else []
        return trying.seeds_at_random(data["count"])

    @property
    def spec(self) -> RecipeSpec:
        return spec_like(self.cleaned_data["like"])


class PreviewForm(forms.Form):
    """Which prompt to look at; whatever is not said is chosen."""

    stage = forms.ChoiceField(label="Stage", required=False, choices=list(STAGES.items()))
    seed = forms.IntegerField(
        label="Seed", required=False, min_value=0, max_value=LARGEST, help_text="Empty: any."
    )
    arrangement = forms.IntegerField(
        label="Arrangement",
        required=False,
        min_value=0,
        max_value=MOST_ARRANGEMENT,
        help_text="Empty: the seed's own.",
    )
    like = run_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["like"].choices = run_choices()  # type: ignore[attr-defined]

    def wanted(self) -> Wanted:
        """What was asked for; what makes no sense is left out, as its field says."""
        data = self.cleaned_data
        return Wanted(
            stage=data.get("stage") or "",
            seed_id=data.get("seed"),
            arrangement=data.get("arrangement"),
        )
