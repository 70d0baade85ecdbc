"""One prompt as the model gets it: its blocks with their tokens, and what is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from django.utils.text import Truncator

from apps.fewshot.models import Version
from apps.generation.caching import CACHE_BLOCK
from apps.generation.engines import context_of
from apps.generation.models import Concepts, Instruction, Recipe, RunSeed, Stage
from apps.generation.prompting import Input, Prompter, properties_of
from apps.generation.recipes import RecipeSpec, recipe_unsaved
from apps.generation.rehearsal import row_standing_in
from apps.generation.stages.arranging import arrangement_of
from apps.generation.stages.base import Message, Prompt
from apps.generation.stages.properties import MOST_TABLES
from apps.generation.tokens import count_tokens
from apps.generation.words import STAGES
from apps.seeds.models import Seed


class PreviewError(Exception):
    """There is no such prompt; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which prompt: a stage (""; the first), a seed (None: any), an arrangement (None: its own)."""

    stage: str = ""
    seed_id: int | None = None
    arrangement: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a prompt; all of them after each other are its text. is_shared: every prompt of
    the arrangement begins with it.
    """

    label: str
    text: str
    tokens: int = 0
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """A prompt with its figures. stands_in: an example's text stands for what the model has yet
    to write. shared: tokens of the beginning that all prompts of the arrangement have. answer:
    the most tokens that are asked for; context: those of prompt and answer together, 0 where only
    the server knows. tables_cut: characters of the seed's table definitions that are left out.
    """

    prompt: Prompt
    seed: Seed
    stage: str
    arrangement: int
    arrangements: int
    stands_in: bool
    blocks: tuple[Block, ...]
    shared: int
    how: str
    is_exact: bool
    answer: int
    context: int
    tables_cut: int

    @property
    def label(self) -> str:
        return STAGES[self.stage]

    @property
    def tokens(self) -> int:
        return sum(block.tokens for block in self.blocks)

    @property
    def cached(self) -> int:
        """Tokens that a prefix cache serves from the arrangement's second prompt on."""
        return self.shared // CACHE_BLOCK * CACHE_BLOCK

    @property
    def too_many(self) -> int:
        """Tokens by which prompt and answer together are too long for the model; 0 where they fit
        or nobody knows.
        """
        return max(self.tokens + self.answer - self.context, 0) if self.context else 0


def preview(*, version: Version, spec: RecipeSpec, wanted: Wanted, run_id: int | None) -> Preview:
    """The prompt of a stage for a seed; of a draft as it is now. `run_id` is the run whose recipe
    `spec` is like: its place for the seed, and what it wrote, are used. Raises PreviewError.
    """
    recipe = recipe_unsaved(fewshot=version, spec=spec)
    stage = wanted.stage or recipe.stages[0]
    seed = _seed(wanted.seed_id)
    count = max(recipe.arrangements, 1)
    place = wanted.arrangement
    if place is None:
        place = arrangement_of(bytes(seed.text_hash), random_seed=recipe.random_seed, count=count)
    if place >= count:
        raise PreviewError(f"There are {count} arrangements: 0 to {count - 1}.")
    prompter = _prompter(recipe, stage, place)
    row, stands_in = _row(recipe, stage, seed, run_id)
    properties = properties_of(
        recipe=recipe, stage=stage, row=row, position=_position(run_id, seed)
    )
    prompt = prompter.prompt(row, properties)
    blocks = list(_blocks(prompt, prompter.example_numbers))
    counted, shared, how, is_exact = _counted(blocks, prompt, spec)
    tables = 0 if stage == Stage.I_R else max(len(seed.schema_context.strip()) - MOST_TABLES, 0)
    return Preview(
        prompt=prompt,
        seed=seed,
        stage=stage,
        arrangement=place,
        arrangements=count,
        stands_in=stands_in,
        blocks=counted,
        shared=shared,
        how=how,
        is_exact=is_exact,
        answer=spec.max_tokens[stage],
        context=context_of(spec.engine),
        tables_cut=tables,
    )


def _seed(seed_id: int | None) -> Seed:
    if seed_id is None:
        seed = Seed.objects.order_by("pk").first()
        if seed is None:
            raise PreviewError("There is no seed yet: gather some first (manage.py gather PATH).")
        return seed
    seed = Seed.objects.filter(pk=seed_id).first()
    if seed is None:
        raise PreviewError(f"There is no seed {seed_id}.")
    return seed


def _prompter(recipe: Recipe, stage: str, place: int) -> Prompter:
    try:
        return Prompter(recipe=recipe, stage=stage, arrangement=place)
    except KeyError as error:
        raise PreviewError(
            f"This version has no system text for {STAGES[stage]}: write one first."
        ) from error


def _row(recipe: Recipe, stage: str, seed: Seed, run_id: int | None) -> tuple[Input, bool]:
    """What was written for the seed, by the run's recipe if it can be, else what stands in."""
    written: Input | None = None
    of_run = {"recipe__runs": run_id} if run_id is not None else {}
    if stage == Stage.C_I:
        concepts = Concepts.objects.filter(seed=seed).select_related("seed").order_by("-pk")
        written = concepts.filter(**of_run).first() or concepts.first()
    elif stage == Stage.I_R:
        asked = Instruction.objects.filter(seed=seed, made_of=None).order_by("-pk")
        written = asked.filter(**of_run).first() or asked.first()
    if written is not None:
        return written, False
    try:
        return row_standing_in(recipe, stage, seed)
    except IndexError as error:
        raise PreviewError("This version shows no example: add one first.") from error


def _position(run_id: int | None, seed: Seed) -> int:
    """The seed's place in the run, by which an instruction's properties are drawn; else the
    first.
    """
    found = RunSeed.objects.filter(run=run_id, seed=seed).values_list("position", flat=True)
    return found.first() or 0


def _blocks(prompt: Prompt, numbers: tuple[int, ...]) -> Iterator[Block]:
    """The system text, each example with its answer, and what is asked."""
    begin = 0
    turns = prompt.messages
    ends = [_end(prompt.text, turns[:1])]
    ends += [_end(prompt.text, turns[: 3 + 2 * place]) for place in range(len(numbers))]
    labels = ["System text", *(f"Example {number}" for number in numbers)]
    for label, end in zip(labels, ends, strict=True):
        yield Block(label, prompt.text[begin:end], is_shared=True)
        begin = end
    yield Block("What is asked", prompt.text[begin:])


def _end(text: str, turns: tuple[Message, ...]) -> int:
    """Where these first turns end in the prompt's text, the blank line after them included."""
    place = 0
    for turn in turns:
        place = text.index(turn["content"], place) + len(turn["content"])
    return place + len(text[place:]) - len(text[place:].lstrip("\n"))


def _counted(
    blocks: list[Block], prompt: Prompt, spec: RecipeSpec
) -> tuple[tuple[Block, ...], int, str, bool]:
    """Blocks with their tokens, the tokens that are shared, who counted and whether exactly.

    The text up to each block's end is counted, so that all blocks together have as many tokens as
    the prompt: counted alone, what lies over a border would count twice.
    """
    texts, read = [], ""
    for block in blocks:
        read += block.text
        texts.append(read)
    told = count_tokens([prompt.prefix, *texts], engine=spec.engine, model=spec.model)
    shared, *ends = told.counts
    counted = tuple(
        Block(block.label, block.text, end - begin, block.is_shared)
        for block, (begin, end) in zip(blocks, pairwise([0, *ends]), strict=True)
    )
    return counted, shared, Truncator(told.how).chars(300), told.is_exact
