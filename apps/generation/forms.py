"""What a browser may say about a new run."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.fewshot.models import Version
from apps.generation.engines import (
    DEFAULT_MODELS,
    default_choice,
    is_small,
    missing,
    usual_fewshot,
    usual_seeds,
    usual_size,
)
from apps.generation.recipes import CHAINS, RecipeSpec
from apps.generation.runs import Selection
from apps.generation.stages.properties import DIALECTS, WRITTEN
from apps.generation.words import KIND_WORDS, STYLE_WORDS, TASK_WORDS

CHAIN_LABELS = {
    "s_c-c_i-i_r": "seed → concepts → instruction → responses",
    "s_i-i_r": "seed → instruction → responses",
}
MOST_SEEDS = 1_000_000
SEEDS = 100


class RunForm(forms.Form):
    """A recipe and a choice of seeds; `spec()` and `selection()` give what the services take."""

    count = forms.IntegerField(
        label="Seeds", min_value=1, max_value=MOST_SEEDS,
        help_text="How many seeds to draw, evenly over all that fit.",
    )  # fmt: skip
    described = forms.BooleanField(label="Only seeds with a comment of their own", required=False)
    kinds = forms.MultipleChoiceField(
        label="Only these statements", choices=KIND_WORDS, required=False,
        widget=forms.CheckboxSelectMultiple, help_text="All where none is chosen.",
    )  # fmt: skip
    seed_dialects = forms.MultipleChoiceField(
        label="Only seeds of these dialects", choices=list(DIALECTS.items()), required=False,
        widget=forms.CheckboxSelectMultiple, help_text="All where none is chosen.",
    )  # fmt: skip
    chain = forms.ChoiceField(
        label="Way",
        choices=[(name, CHAIN_LABELS[name]) for name in CHAINS],
        initial=next(iter(CHAINS)),
    )
    fewshot = forms.ModelChoiceField(
        label="Few-shot examples",
        queryset=Version.objects.none(),
        help_text="Published versions only.",
    )
    engine = forms.ChoiceField(
        label="Engine",
        help_text="What follows changes with it: a CPU is asked for minutes of work.",
    )
    model = forms.CharField(
        label="Model",
        max_length=300,
        help_text="The engine's own, a name at the hub, or a folder or GGUF file on the worker.",
    )
    revision = forms.CharField(label="Revision", max_length=80, required=False)
    responses = forms.IntegerField(label="Responses per instruction", min_value=1, max_value=64)
    instructions = forms.IntegerField(
        label="Instructions per seed", min_value=1, max_value=16, initial=1
    )
    tasks = forms.MultipleChoiceField(
        label="Tasks", choices=TASK_WORDS, widget=forms.CheckboxSelectMultiple,
        help_text="Drawn for each instruction, all equally often.",
    )  # fmt: skip
    styles = forms.MultipleChoiceField(
        label="Wording", choices=STYLE_WORDS, widget=forms.CheckboxSelectMultiple
    )
    dialects = forms.MultipleChoiceField(
        label="Dialects", choices=list(DIALECTS.items()), initial=WRITTEN,
        widget=forms.CheckboxSelectMultiple,
        help_text="For seeds whose own is not known, and to translate into.",
    )  # fmt: skip
    temperature = forms.FloatField(label="Temperature", min_value=0, max_value=2, initial=0.7)
    top_p = forms.FloatField(label="Top p", min_value=0.01, max_value=1, initial=1)
    frequency_penalty = forms.FloatField(
        label="Frequency penalty", min_value=0, max_value=2, required=False,
        help_text="Keeps a small model from repeating itself; 0 for a large one.",
    )  # fmt: skip
    max_tokens = forms.IntegerField(
        label="Tokens at most, per response", min_value=16, max_value=16_384,
        help_text="Concepts and instructions get no more than usual.",
    )  # fmt: skip
    examples = forms.IntegerField(
        label="Examples per prompt", min_value=1, max_value=16,
        help_text="For concepts and instructions; responses are shown one.",
    )  # fmt: skip
    arrangements = forms.IntegerField(
        label="Arrangements of examples", min_value=1, max_value=1000, required=False,
        help_text="About so many per stage. One shows every prompt the same examples.",
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
    response_stop = forms.CharField(
        label="Responses end before",
        required=False,
        strip=False,
        max_length=500,
        widget=forms.Textarea({"rows": 2, "class": "sql"}),
        help_text="One text a line, \\n is a new line. For a small model that never ends its tests,"
        " else empty.",
    )

    def __init__(self, *args: Any, engine: str = "", **kwargs: Any) -> None:
        initial = _usual(engine if engine in DEFAULT_MODELS else "")
        super().__init__(*args, **{**kwargs, "initial": initial | kwargs.get("initial", {})})
        self.fields["engine"].choices = _engines()  # type: ignore[attr-defined]
        published = Version.objects.filter(status=Version.Status.PUBLISHED)
        field = self.fields["fewshot"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = published.select_related("fewshot_set").order_by("-published_at")
        usual = usual_fewshot(str(initial["engine"]), str(initial["model"]))
        suits = field.queryset.filter(fewshot_set__name=usual).first()
        field.initial = suits or field.queryset.first()

    @property
    def proposes_small(self) -> bool:
        """Whether the model that stands in the form is the small one of the first run."""
        return is_small(str(self["engine"].value()), str(self["model"].value()))

    def clean_response_stop(self) -> tuple[str, ...]:
        lines = self.cleaned_data["response_stop"].splitlines()
        return tuple(line.replace("\\n", "\n") for line in lines if line)

    def clean(self) -> dict[str, Any]:
        """Another engine's own model is a leftover of a choice that was changed."""
        data = self.cleaned_data
        engine, model = data.get("engine"), data.get("model")
        others = {own: name for name, own in DEFAULT_MODELS.items() if own and name != engine}
        if engine and model in others and engine != "url":
            own = DEFAULT_MODELS[engine]
            self.add_error(
                "model", f"{model} is of the engine {others[model]}; {engine} has {own}."
            )
        return data

    def spec(self) -> RecipeSpec:
        """The recipe's ingredients; call it on a valid form."""
        data = self.cleaned_data
        usual = usual_size(data["engine"], data["model"])
        fewer = {stage: min(n, data["max_tokens"]) for stage, n in usual.max_tokens.items()}
        return RecipeSpec(
            engine=data["engine"],
            model=data["model"],
            revision=data["revision"],
            chain=data["chain"],
            temperature=data["temperature"],
            top_p=data["top_p"],
            frequency_penalty=data["frequency_penalty"] or 0.0,
            responses=data["responses"],
            instructions=data["instructions"],
            tasks=tuple(data["tasks"]),
            styles=tuple(data["styles"]),
            dialects=tuple(data["dialects"]),
            arrangements=data["arrangements"] or usual.arrangements,
            max_tokens=fewer | {"i_r": data["max_tokens"]},
            examples=usual.examples | dict.fromkeys(("s_c", "c_i", "s_i"), data["examples"]),
            random_seed=data["random_seed"],
            response_prefix=data["response_prefix"],
            response_stop=data["response_stop"],
            response_grammar=usual.grammar(
                tokens=data["max_tokens"],
                stop=data["response_stop"],
                prefix=data["response_prefix"],
            ),
            concepts_grammar=usual.grammar_of_concepts(tokens=fewer["s_c"]),
        )

    def selection(self) -> Selection:
        """Which seeds; call it on a valid form."""
        data = self.cleaned_data
        return Selection(
            count=data["count"],
            kinds=tuple(data["kinds"]),
            dialects=tuple(data["seed_dialects"]),
            described=data["described"],
        )


def _usual(engine: str) -> dict[str, Any]:
    """What the form says at first for an engine."""
    choice = default_choice(engine)
    size = usual_size(choice.engine, choice.model)
    return {
        "engine": choice.engine,
        "model": choice.model,
        "revision": choice.revision,
        "count": usual_seeds(choice.engine, SEEDS),
        "responses": size.responses,
        "tasks": [str(task) for task in size.tasks],
        "styles": [str(style) for style in size.styles],
        "temperature": size.temperature,
        "frequency_penalty": size.frequency_penalty,
        "max_tokens": size.max_tokens["i_r"],
        "examples": size.examples["c_i"],
        "arrangements": size.arrangements,
        "response_stop": "\n".join(stop.replace("\n", "\\n") for stop in size.response_stop),
    }


def _engines() -> list[tuple[str, str]]:
    """Engines by what they are called; what this machine lacks may be there on the worker's."""
    named = {name: missing(name) for name in DEFAULT_MODELS}
    return [
        (name, f"{name} (not on this machine: {lack})" if lack else name)
        for name, lack in named.items()
    ]
