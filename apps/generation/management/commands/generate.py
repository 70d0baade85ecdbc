"""`manage.py generate`: a recipe, a choice of seeds, a run."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.fewshot.models import Version
from apps.generation import following, funnel
from apps.generation.engines import (
    DEFAULT_MODELS,
    default_choice,
    usual_fewshot,
    usual_seeds,
    usual_size,
)
from apps.generation.management.limit_options import add_limit_options, limits_of
from apps.generation.models import Run
from apps.generation.recipes import CHAINS, RecipeSpec, recipe_get_or_create
from apps.generation.rehearsal import Rehearsal, run_rehearse
from apps.generation.runs import SEEDS_PER_UNIT, NoSeedsError, Selection, run_start
from apps.generation.stages.properties import DIALECTS, WRITTEN, Style, Task

SEEDS = 1000
LITTLE = "the small model:"


class Command(BaseCommand):
    help = "Start a run: the workers write concepts, instructions and responses for some seeds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, help="how many seeds (1000; 12 on a CPU)")
        parser.add_argument("--kind", action="append", default=[], help="only this statement kind")
        parser.add_argument("--dialect", action="append", default=[], help="only this dialect")
        parser.add_argument("--described", action="store_true", help="only seeds with a comment")
        parser.add_argument("--fewshot", default="", help="few-shot set")
        parser.add_argument("--engine", default="", choices=["", *DEFAULT_MODELS])
        parser.add_argument("--model", default="", help="name at the hub, or a folder")
        parser.add_argument("--revision", default="")
        parser.add_argument("--chain", default="s_c-c_i-i_r", choices=list(CHAINS))
        parser.add_argument("--temperature", type=float, help=f"0 to 2 (0.7; {LITTLE} 0.3)")
        parser.add_argument("--top-p", type=float, default=1.0, help="above 0, to 1 (1)")
        parser.add_argument("--frequency-penalty", type=float, help=f"0 to 2 (0; {LITTLE} 0.3)")
        parser.add_argument("--responses", type=int, help="per instruction (10; on a CPU 2)")
        parser.add_argument("--instructions", type=int, default=1, help="per seed (1)")
        _add_mix(parser)
        parser.add_argument("--max-tokens", type=int, help=f"per completion (1536; {LITTLE} fewer)")
        parser.add_argument("--examples", type=int, help="few-shot examples per prompt (8; I→R 1)")
        parser.add_argument(
            "--arrangements", type=int, help="of examples per stage, about (32; on a CPU 1)"
        )
        parser.add_argument("--random-seed", type=int, default=0)
        parser.add_argument("--response-prefix", default="", help="what every response begins with")
        parser.add_argument(
            "--response-stop", action="append",
            help="ends a response, may be repeated; '' for none",
        )  # fmt: skip
        parser.add_argument("--seeds-per-unit", type=int, default=SEEDS_PER_UNIT)
        add_limit_options(parser)
        parser.add_argument("--dry-run", action="store_true", help="only show what would be asked")
        parser.add_argument("--background", action="store_true", help="return at once")

    def handle(self, *args: Any, **options: Any) -> None:
        _check_numbers(options)
        spec, limits = _spec(options), limits_of(options)
        version = latest_published(options["fewshot"] or usual_fewshot(spec.engine, spec.model))
        selection = Selection(
            count=options["count"] or usual_seeds(spec.engine, SEEDS),
            kinds=tuple(options["kind"]),
            dialects=tuple(options["dialect"]),
            described=options["described"],
        )
        try:
            if options["dry_run"]:
                self._show(run_rehearse(fewshot=version, spec=spec, selection=selection))
                return
            run = run_start(
                recipe=recipe_get_or_create(fewshot=version, spec=spec),
                selection=selection,
                seeds_per_unit=options["seeds_per_unit"],
                limits=limits,
            )
        except (NoSeedsError, ValueError) as error:
            raise CommandError(str(error)) from error
        recipe = run.recipe
        self.stdout.write(
            f"Run {run.pk}: {run.seeds_total} seeds, {recipe}, {recipe.model} on {recipe.engine}"
        )
        if not options["background"]:
            self._follow(run)

    def _follow(self, run: Run) -> None:
        job = following.follow(run, self.stdout)
        if job.status == job.Status.FAILED:
            raise CommandError(f"Run {run.pk} failed; the reason stands above.")
        if job.status == job.Status.DONE and not funnel.progress(run).pairs:
            raise CommandError(f"Run {run.pk} wrote no pair; the reasons stand above.")

    def _show(self, rehearsal: Rehearsal) -> None:
        for prompt in rehearsal.prompts:
            note = " (an example's text for what is yet to be written)" if prompt.stands_in else ""
            title = f"seed {prompt.seed_id}, {prompt.label}: {prompt.tokens:,} tokens{note}"
            self.stdout.write(f"==== {title}\n{prompt.text}")
        asks = ", ".join(f"{number:,} × {label}" for label, number in rehearsal.asks_by_label)
        self.stdout.write(f"Nothing was started. At most: {asks}.")
        self.stdout.write(f"{rehearsal.prompt_tokens:,} prompt tokens, {rehearsal.how}.")
        told = "nobody can say: no run of this model has got to its end"
        if found := rehearsal.estimate:
            speed = f"{found.tokens:,} tokens at {found.tokens_per_second:.0f} a second"
            told = f"about {found.time}: {speed}, as in run {found.run_id}"
        self.stdout.write(f"Time: {told}.")


def _add_mix(parser: CommandParser) -> None:
    """What instructions are drawn from; each option may be repeated."""
    add, small = parser.add_argument, f"{LITTLE} only to write, in the imperative"
    add("--task", action="append", choices=list(Task), help=f"kinds of tasks (all; {small})")
    add("--style", action="append", choices=list(Style), help="how they are worded (all)")
    add(
        "--write-dialect", action="append", choices=list(DIALECTS),
        help="where a seed's own is not known, and to translate into"
        f" ({', '.join(WRITTEN)})",
    )  # fmt: skip


def _check_numbers(options: dict[str, Any]) -> None:
    """What argparse cannot say of its numbers. Raises CommandError."""
    for name in (
        "count",
        "responses",
        "instructions",
        "max_tokens",
        "examples",
        "arrangements",
        "seeds_per_unit",
    ):
        if options[name] is not None and options[name] < 1:
            raise CommandError(f"--{name.replace('_', '-')} must be 1 or more.")
    if not 0 < options["top_p"] <= 1:
        raise CommandError("--top-p must be above 0 and at most 1.")
    for name in ("temperature", "frequency_penalty"):
        if options[name] is not None and not 0 <= options[name] <= 2:
            raise CommandError(f"--{name.replace('_', '-')} must be between 0 and 2.")


def latest_published(name: str) -> Version:
    """The newest published version of a few-shot set; CommandError when there is none."""
    version = (
        Version.objects.filter(fewshot_set__name=name, status=Version.Status.PUBLISHED)
        .order_by("-number")
        .first()
    )
    if version is None:
        raise CommandError(
            f"The few-shot set {name!r} has no published version: manage.py fewshot import"
        )
    return version


def _spec(options: dict[str, Any]) -> RecipeSpec:
    choice = default_choice(options["engine"])
    model = options["model"] or choice.model
    usual = usual_size(choice.engine, model)
    tokens, shown, stop = options["max_tokens"], options["examples"], options["response_stop"]
    ends = usual.response_stop if stop is None else tuple(filter(None, stop))
    penalty, temperature = options["frequency_penalty"], options["temperature"]
    return RecipeSpec(
        engine=choice.engine,
        model=model,
        revision=options["revision"] or choice.revision,
        chain=options["chain"],
        temperature=usual.temperature if temperature is None else temperature,
        top_p=options["top_p"],
        frequency_penalty=usual.frequency_penalty if penalty is None else penalty,
        responses=options["responses"] or usual.responses,
        instructions=options["instructions"],
        tasks=tuple(options["task"] or usual.tasks),
        styles=tuple(options["style"] or usual.styles),
        dialects=tuple(options["write_dialect"] or WRITTEN),
        arrangements=options["arrangements"] or usual.arrangements,
        max_tokens=dict.fromkeys(usual.max_tokens, tokens) if tokens else usual.max_tokens,
        examples=usual.examples | (dict.fromkeys(("s_c", "c_i", "s_i"), shown) if shown else {}),
        random_seed=options["random_seed"],
        response_prefix=options["response_prefix"],
        response_stop=ends,
        response_grammar=usual.grammar(
            tokens=tokens or usual.max_tokens["i_r"], stop=ends, prefix=options["response_prefix"]
        ),
        concepts_grammar=usual.grammar_of_concepts(tokens=tokens or usual.max_tokens["s_c"]),
    )
