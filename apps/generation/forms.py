"""What a browser may say about a new run."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.fewshot.models import Version
from apps.generation.engines import DEFAULT_MODELS, default_choice
from apps.generation.recipes import CHAINS, EXAMPLES, MAX_TOKENS, RecipeSpec
from apps.generation.runs import Selection

CHAIN_LABELS = {
    "s_c-c_i-i_r": "seed → concepts → instruction → responses",
    "s_i-i_r": "seed → instruction → responses",
}
MOST_SEEDS = 1_000_000


class RunForm(forms.Form):
    """A recipe and a choice of seeds; `spec()` and `selection()` give what the services take."""

    count = forms.IntegerField(
        label="Seeds", min_value=1, max_value=MOST_SEEDS, initial=100,
        help_text="How many seeds to draw, evenly over all that fit.",
    )  # fmt: skip
    described = forms.BooleanField(label="Only seeds with a comment of their own", required=False)
    chain = forms.ChoiceField(label="Way", choices=[(name, CHAIN_LABELS[name]) for name in CHAINS])
    fewshot = forms.ModelChoiceField(
        label="Few-shot examples",
        queryset=Version.objects.none(),
        help_text="Published versions only.",
    )
    engine = forms.ChoiceField(label="Engine", choices=[(name, name) for name in DEFAULT_MODELS])
    model = forms.CharField(
        label="Model", max_length=300, help_text="A name at the hub, or a folder on the worker."
    )
    revision = forms.CharField(label="Revision", max_length=80, required=False)
    responses = forms.IntegerField(
        label="Responses per instruction", min_value=1, max_value=64, initial=10
    )
    temperature = forms.FloatField(label="Temperature", min_value=0, max_value=2, initial=0.7)
    top_p = forms.FloatField(label="Top p", min_value=0.01, max_value=1, initial=1)
    frequency_penalty = forms.FloatField(
        label="Frequency penalty", min_value=0, max_value=2, initial=0, required=False,
        help_text="Keeps a small model from repeating itself; 0 for a large one.",
    )  # fmt: skip
    max_tokens = forms.IntegerField(
        label="Tokens at most, per completion", min_value=16, max_value=16_384, initial=1536
    )
    examples = forms.IntegerField(
        label="Examples per prompt", min_value=1, max_value=16, initial=8,
        help_text="For concepts and instructions; responses are shown one.",
    )  # fmt: skip
    random_seed = forms.IntegerField(
        label="Random seed", initial=0, min_value=0, max_value=2**31 - 1,
        help_text="The same recipe on the same seeds asks the same.",
    )  # fmt: skip
    response_prefix = forms.CharField(
        label="Responses begin with",
        required=False,
        strip=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 2, "class": "sql"}),
        help_text="Steers a model that ignores the format. Usually empty.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        choice = default_choice()
        initial = {"engine": choice.engine, "model": choice.model, "revision": choice.revision}
        super().__init__(*args, **{**kwargs, "initial": initial | kwargs.get("initial", {})})
        published = Version.objects.filter(status=Version.Status.PUBLISHED)
        field = self.fields["fewshot"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = published.select_related("fewshot_set").order_by("-published_at")
        field.initial = field.queryset.first()

    def spec(self) -> RecipeSpec:
        """The recipe's ingredients; call it on a valid form."""
        data = self.cleaned_data
        shown = dict.fromkeys(("s_c", "c_i", "s_i"), data["examples"])
        return RecipeSpec(
            engine=data["engine"],
            model=data["model"],
            revision=data["revision"],
            chain=data["chain"],
            temperature=data["temperature"],
            top_p=data["top_p"],
            frequency_penalty=data["frequency_penalty"] or 0.0,
            responses=data["responses"],
            max_tokens=dict.fromkeys(MAX_TOKENS, data["max_tokens"]),
            examples=EXAMPLES | shown,
            random_seed=data["random_seed"],
            response_prefix=data["response_prefix"],
        )

    def selection(self) -> Selection:
        """Which seeds; call it on a valid form."""
        return Selection(count=self.cleaned_data["count"], described=self.cleaned_data["described"])
