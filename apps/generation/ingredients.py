"""What a run was made from, in words: for its own page, and beside another run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from apps.generation.models import Recipe, Run
from apps.generation.runs import Selection
from apps.generation.stages.properties import DIALECTS
from apps.generation.words import KIND_WORDS, STAGES, STYLE_WORDS, TASK_WORDS

GRAMMARS = (("concepts_grammar", "concepts"), ("response_grammar", "responses"))
_WORDS = dict(KIND_WORDS) | dict(TASK_WORDS) | dict(STYLE_WORDS) | DIALECTS
_NONE = "–"


def tokens_at_most(recipe: Recipe) -> list[tuple[str, int]]:
    """Tokens at most, by stage in words."""
    return _by_stage(recipe, recipe.sampling.get("max_tokens", {}))


def examples_shown(recipe: Recipe) -> list[tuple[str, int]]:
    """Examples that a prompt shows, by stage in words."""
    return _by_stage(recipe, recipe.examples)


def seeds_chosen(run: Run) -> str:
    """Which seeds were admitted, in words."""
    selection = Selection.from_json(run.selection)
    told = [_words(codes) for codes in (selection.kinds, selection.dialects) if codes]
    told += ["with a comment of their own"] if selection.described else []
    return f"only {'; '.join(told)}" if told else "any"


def drawn_from(recipe: Recipe) -> str:
    """What its instructions are drawn from, in words; "" for a recipe that draws nothing."""
    return "; ".join(map(_words, recipe.mix.values()))


def led(recipe: Recipe) -> str:
    """What of a recipe a grammar leads, in words; "" for nothing."""
    return ", ".join(words for name, words in GRAMMARS if name in recipe.sampling)


def ingredients(run: Run) -> list[tuple[str, str]]:
    """Everything that decides what a run's model writes: a name and a value each, always the same
    names.
    """
    recipe, sampling, mix = run.recipe, run.recipe.sampling, run.recipe.mix
    return [
        ("Few-shot examples", str(recipe.fewshot)),
        ("Model", f"{recipe.model} {recipe.revision}".strip()),
        ("Engine", recipe.engine),
        ("Stages", "; ".join(STAGES[stage] for stage in recipe.stages)),
        ("Seeds", seeds_chosen(run)),
        ("Temperature", f"{sampling.get('temperature')}"),
        ("Top p", f"{sampling.get('top_p')}"),
        ("Frequency penalty", f"{sampling.get('frequency_penalty')}"),
        ("Tokens at most", _listed(tokens_at_most(recipe))),
        ("Examples shown", _listed(examples_shown(recipe))),
        ("Arrangements of examples", str(recipe.arrangements or _NONE)),
        ("Responses per instruction", str(run.draws)),
        ("Responses begin with", recipe.response_prefix or _NONE),
        ("Responses end before", ", ".join(map(repr, sampling.get("response_stop", []))) or _NONE),
        ("Led by a grammar", _grammars(recipe)),
        ("Instructions per seed", str(recipe.instructions)),
        ("Tasks", _words(mix.get("tasks", ()))),
        ("Styles", _words(mix.get("styles", ()))),
        ("Dialects", _words(mix.get("dialects", ()))),
        ("Random seed", str(recipe.random_seed)),
        ("Templates", recipe.templates_hash[:8]),
    ]


def _by_stage(recipe: Recipe, numbers: dict[str, int]) -> list[tuple[str, int]]:
    return [(STAGES[stage], numbers[stage]) for stage in recipe.stages if stage in numbers]


def _listed(pairs: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{label} {number:,}" for label, number in pairs) or _NONE


def _words(codes: Iterable[str]) -> str:
    return ", ".join(_WORDS.get(code, code) for code in codes) or _NONE


def _grammars(recipe: Recipe) -> str:
    """Which, each with the beginning of its SHA-256: they are long."""
    texts = {words: recipe.sampling.get(name, "") for name, words in GRAMMARS}
    hashes = {words: hashlib.sha256(text.encode()).hexdigest() for words, text in texts.items()}
    told = [f"{words} ({hashes[words][:8]})" for words, text in texts.items() if text]
    return ", ".join(told) or _NONE
