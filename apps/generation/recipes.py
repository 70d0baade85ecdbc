"""Recipes: what decides what a model writes, and its fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.fewshot.models import Version
from apps.generation.engines import Size, default_choice, usual_size
from apps.generation.models import Recipe, Stage
from apps.generation.stages import composing
from apps.generation.stages.arranging import arrangement_count
from apps.generation.stages.properties import WRITTEN, Mix

CHAINS: dict[str, list[str]] = {
    "s_c-c_i-i_r": [Stage.S_C, Stage.C_I, Stage.I_R],
    "s_i-i_r": [Stage.S_I, Stage.I_R],
}
TEMPLATES = composing.FOLDERS[composing.FORMAT]
SAMPLING = ("temperature", "top_p", "frequency_penalty", "response_stop", "max_tokens")
GRAMMARS = ("response_grammar", "concepts_grammar")


@dataclass(frozen=True, slots=True)
class RecipeSpec:
    """What a person chooses. Tokens and example counts are per stage; engines.usual_size says what
    suits an engine. `arrangements` of examples are drawn for each stage, or a number near to it
    that shows all equally often. A frequency penalty (0 to 2) keeps a small model from
    repeating itself without end; `response_stop` ends a response where
    what follows is too much for a model; `response_grammar` and `concepts_grammar` (GBNF) are what
    llama.cpp keeps responses and concepts to. `instructions` is how many each seed inspires; tasks,
    styles and dialects are what these are drawn from (stages.properties).
    """

    engine: str
    model: str
    revision: str = ""
    chain: str = "s_c-c_i-i_r"
    temperature: float = 0.7
    top_p: float = 1.0
    frequency_penalty: float = 0.0
    response_stop: tuple[str, ...] = ()
    max_tokens: dict[str, int] = field(default_factory=lambda: Size().max_tokens)
    examples: dict[str, int] = field(default_factory=lambda: Size().examples)
    arrangements: int = field(default_factory=lambda: Size().arrangements)
    response_grammar: str = ""
    concepts_grammar: str = ""
    responses: int = 10
    random_seed: int = 0
    response_prefix: str = ""
    instructions: int = 1
    tasks: tuple[str, ...] = field(default_factory=lambda: Size().tasks)
    styles: tuple[str, ...] = field(default_factory=lambda: Size().styles)
    dialects: tuple[str, ...] = WRITTEN


def templates_hash() -> str:
    """SHA-256 (hex) of the stage templates' names and bytes, in the order of their names, and of
    the version of how a prompt is put together from them.
    """
    digest = hashlib.sha256(f"format {composing.FORMAT}\0".encode())
    for path in sorted(Path(settings.BASE_DIR, "prompts", TEMPLATES).glob("*.jinja")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def recipe_get_or_create(*, fewshot: Version, spec: RecipeSpec) -> Recipe:
    """The recipe with these ingredients; made when it is new. The few-shot version must be
    final (ValueError otherwise), since a draft may still change.
    """
    return _stored(fewshot, _ingredients(fewshot, spec))


def recipe_of_trial(*, fewshot: Version, spec: RecipeSpec, focus: Sequence[int] = ()) -> Recipe:
    """The same for a try, which has recipes of its own; `focus` numbers examples that its prompts
    show always.
    """
    values = _ingredients(fewshot, spec) | {"is_trial": True, "focus": list(focus)}
    return _stored(fewshot, values)


def _stored(fewshot: Version, values: dict[str, Any]) -> Recipe:
    if fewshot.is_draft:
        raise ValueError(f"{fewshot} is a draft: publish it before a run uses it.")
    recipe, _ = Recipe.objects.get_or_create(
        fingerprint=_fingerprint(values=values, fewshot=fewshot),
        defaults={**values, "fewshot": fewshot},
    )
    return recipe


def recipe_unsaved(*, fewshot: Version, spec: RecipeSpec) -> Recipe:
    """The recipe that these ingredients would give, to look at its prompts; of a draft as well."""
    return Recipe(fewshot=fewshot, **_ingredients(fewshot, spec))


def spec_of(recipe: Recipe) -> RecipeSpec:
    """The ingredients that a recipe was made from, to make another one like it."""
    names = {one.name for one in fields(RecipeSpec)}
    plain = {name: getattr(recipe, name) for name in names if hasattr(recipe, name)}
    chain = next(name for name, stages in CHAINS.items() if stages == recipe.stages)
    mix = Mix.from_json(recipe.mix) if recipe.mix else Mix()
    drawn = {name: getattr(mix, name) for name in ("tasks", "styles", "dialects")}
    stored = recipe.sampling
    sampling = {name: stored[name] for name in (*SAMPLING, *GRAMMARS) if name in stored}
    if "response_stop" in sampling:
        sampling["response_stop"] = tuple(sampling["response_stop"])
    return RecipeSpec(**{**plain, **sampling, **drawn, "chain": chain})


def spec_usual() -> RecipeSpec:
    """What a recipe is made of here when nobody says otherwise."""
    choice = default_choice()
    size = usual_size(choice.engine, choice.model)
    sized = {one.name: getattr(size, one.name) for one in fields(Size)}
    return RecipeSpec(engine=choice.engine, model=choice.model, revision=choice.revision, **sized)


def _ingredients(fewshot: Version, spec: RecipeSpec) -> dict[str, Any]:
    """The columns of a recipe but its version and fingerprint."""
    values: dict[str, Any] = asdict(spec)
    stages = CHAINS[values.pop("chain")]
    sampling = {name: values.pop(name) for name in SAMPLING}
    # Named only where there is one: recipes without keep the fingerprints that they had.
    sampling |= {name: grammar for name in GRAMMARS if (grammar := values.pop(name))}
    values["arrangements"] = arrangement_count(
        spec.arrangements,
        available=fewshot.examples.filter(is_on=True).count(),
        shown=[spec.examples.get(stage, 0) for stage in stages],
    )
    mix = Mix(*(values.pop(name) for name in ("tasks", "styles", "dialects")))
    values |= {
        "format": composing.FORMAT,
        "mix": mix.as_json(),
        "stages": [str(stage) for stage in stages],
        "sampling": sampling,
        "templates_hash": templates_hash(),
    }
    return values


def _fingerprint(*, values: dict[str, Any], fewshot: Version) -> str:
    """SHA-256 (hex) of the ingredients as canonical JSON; the few-shot version counts with its
    content, so that equal recipes have equal fingerprints on every installation.
    """
    examples = fewshot.examples.filter(is_on=True).order_by("number").values_list(
        "number", "code", "category", "language", "concepts", "difficulty", "instruction",
        "solution", "reasoning", "implementation", "explanation", "tests",
    )  # fmt: skip
    content = {**values, "fewshot": {"systems": fewshot.systems, "examples": list(examples)}}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
