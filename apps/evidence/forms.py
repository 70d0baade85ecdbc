"""What a browser may say about a new blind test, and a new search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from apps.evidence.blind_tests import FEWEST_SEEDS, SEEDS
from apps.evidence.searching import Budget
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
        for name in ("left", "right"):
            _offer(self.fields[name])


class SearchForm(forms.Form):
    """What is searched, and the budget; `budget()` is what the service takes."""

    like = RecipeField(
        label="Recipe", queryset=Recipe.objects.none(),
        help_text="Its few-shot version is searched; model and sampling are as it has them.",
    )  # fmt: skip
    size = forms.IntegerField(label="Examples to keep", min_value=1, max_value=100, initial=6)
    arrangements = forms.IntegerField(
        label="Arrangements to try", min_value=2, max_value=500, initial=Budget().arrangements
    )
    seeds = forms.IntegerField(
        label="Seeds", min_value=2, max_value=1_000_000, initial=Budget().seeds,
        help_text="Spread evenly over the arrangements.",
    )  # fmt: skip
    tokens = forms.IntegerField(
        label="Tokens at most", min_value=1_000, max_value=10**12, initial=Budget().tokens,
        help_text="The run stops when the model has written so many.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["like"])

    def budget(self) -> Budget:
        """Call it on a valid form."""
        data = self.cleaned_data
        return Budget(data["arrangements"], data["seeds"], data["tokens"])


def _offer(field: forms.Field) -> None:
    """The recipes that were used last."""
    assert isinstance(field, forms.ModelChoiceField)
    newest = (
        Recipe.objects.filter(is_trial=False)
        .exclude(runs=None)
        .order_by("-pk")
        .values_list("pk", flat=True)
    )
    rows = Recipe.objects.filter(pk__in=list(newest.distinct()[:CHOICES]))
    field.queryset = rows.select_related("fewshot__fewshot_set").order_by("-pk")
