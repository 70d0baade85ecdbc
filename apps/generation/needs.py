"""How many tokens prompt and answer of a recipe need together: what its server is to have room for.

A server with room for what its model could read keeps memory for texts that never come.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from django.db.models import Max
from django.db.models.functions import Length

from apps.generation.engines import DEFAULT_MODELS
from apps.generation.models import Recipe, RunSeed, Stage
from apps.generation.prompting import Prompter
from apps.generation.stages import composing, instructions, s_c

# Fewer than any code model's tokenizer makes of SQL and English: nothing may be too long.
_CHARACTERS: Final = 2.5
# What stands around a row: headings, properties, a turn's marks.
_AROUND: Final = 1_000
_STEP: Final = 2_048
_CONFIG_BYTES: Final = 1_000_000
_LIMITS: Final = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length")
_OWN: Final = {DEFAULT_MODELS["vllm"]: 16_384}


def context_needed(recipe: Recipe) -> int:
    """Tokens of the longest prompt and its answer, in steps that keep like recipes on one server;
    0 leaves it to the model: where the recipe needs all of it, or its limit is not known.
    """
    limit = _model_limit(recipe.model)
    if not limit:
        return 0
    needed = max((_stage_need(recipe, stage) for stage in recipe.stages), default=0)
    rounded = -(-needed // _STEP) * _STEP
    return rounded if 0 < rounded < limit else 0


def _stage_need(recipe: Recipe, stage: str) -> int:
    row = {Stage.C_I: s_c.MAX_CHARS, Stage.I_R: instructions.MAX_CHARS}
    longest = row[Stage(stage)] if stage in row else _longest_seed(recipe)
    answer = int(recipe.sampling["max_tokens"].get(stage, 0))
    characters = _longest_prefix(recipe, stage) + longest + _AROUND
    return round(characters / _CHARACTERS) + answer


def _longest_prefix(recipe: Recipe, stage: str) -> int:
    """Characters of the system's words and examples, of the arrangement that has most."""
    arrangements = range(recipe.arrangements) if recipe.arrangements else [None]
    prompters = (Prompter(recipe=recipe, stage=stage, arrangement=one) for one in arrangements)
    return max(composing.prefix_length(p.mode, p.system, p.examples) for p in prompters)


def _longest_seed(recipe: Recipe) -> int:
    """Characters of the longest seed of the recipe's runs, with what defines its tables."""
    sizes = RunSeed.objects.filter(run__recipe=recipe).aggregate(
        longest=Max(Length("seed__text") + Length("seed__schema_context"))
    )
    return int(sizes["longest"] or 0)


def _model_limit(model: str) -> int:
    """Tokens that the model can read at most; 0 where only its server will know."""
    file = Path(model) / "config.json"
    if not (model and file.is_file() and file.stat().st_size <= _CONFIG_BYTES):
        return _OWN.get(model, 0)
    try:
        config = json.loads(file.read_text())
        inner = config.get("text_config") or config
        return max(int(inner.get(name) or 0) for name in _LIMITS)
    except (ValueError, TypeError, AttributeError):
        return 0
