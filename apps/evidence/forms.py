"""What a browser may say about a new blind test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from apps.evidence.blind_tests import FEWEST_SEEDS, SEEDS
from apps.generation.models import Recipe

CHOICES = 100


if TYPE_CHECKING:
    _RecipeChoice = forms.ModelChoiceField[Recipe]
else:
    _RecipeChoice = forms.ModelChoiceField


class RecipeField(_RecipeChoice):
    """Recipes by what tells them apart."""

    def label_from_instance(self, obj: Recipe) -> str:
        return f"{obj.fewshot}, {obj.model}, recipe {obj.fingerprint[:8]}"


class BlindTestForm(forms.Form):
    """Two recipes, and how many seeds are taken."""

    left = RecipeField(label="One recipe", queryset=Recipe.objects.none())
    right = RecipeField(label="The other", queryset=Recipe.objects.none())
    seeds = forms.IntegerField(
        label="Seeds at most", min_value=FEWEST_SEEDS, max_value=5_000, initial=SEEDS,
        help_text="One pair of each side for each. The test may end long before the last.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newest = Recipe.objects.exclude(runs=None).order_by("-pk").values_list("pk", flat=True)
        rows = Recipe.objects.filter(pk__in=list(newest.distinct()[:CHOICES]))
        for name in ("left", "right"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows.select_related("fewshot__fewshot_set").order_by("-pk")
