"""Recipes, runs, and what a model wrote: completions, concepts, instructions, responses."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.core.models import Job
from apps.fewshot.models import Version
from apps.seeds.models import Seed


class Recipe(models.Model):
    """Everything that decides what a model writes; never changes. `fingerprint` is the SHA-256
    (hex) of the canonical JSON of all other fields together with the prompt templates' hash.

    `mix` names what instructions are drawn from: "tasks", "styles", "dialects", each a list.
    """

    fingerprint = models.CharField(max_length=64, unique=True)
    stages = ArrayField(models.CharField(max_length=4))
    fewshot = models.ForeignKey(Version, on_delete=models.PROTECT)
    engine = models.CharField(max_length=10)
    model = models.CharField(max_length=300)
    revision = models.CharField(max_length=80, blank=True, default="")
    sampling = models.JSONField()
    examples = models.JSONField()
    # How many arrangements of examples each stage has; 0: of an older Winnow, which drew one for
    # every work unit.
    arrangements = models.PositiveSmallIntegerField(default=0)
    responses = models.PositiveSmallIntegerField()
    random_seed = models.BigIntegerField()
    templates_hash = models.CharField(max_length=64)
    response_prefix = models.TextField(blank=True, default="")
    # How a prompt is put together; the first recipes have no mix and one instruction per seed.
    format = models.PositiveSmallIntegerField(default=1)
    instructions = models.PositiveSmallIntegerField(default=1)
    mix = models.JSONField(default=dict)
    # Of a try of a draft (apps.studio): it has no pair in common with runs, counts nowhere beside
    # them, and samples by the seed, so that two versions are asked with the same numbers.
    is_trial = models.BooleanField(default=False)
    # Numbers of examples that every prompt shows, as far as there is room: what a try is about.
    focus = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"recipe {self.fingerprint[:8]}"


class RunQuerySet(models.QuerySet["Run"]):
    def without_tries(self) -> Self:
        """Runs to choose from: tries of few-shot drafts have pages of their own."""
        return self.filter(recipe__is_trial=False)


class Run(models.Model):
    """One recipe applied to a choice of seeds.

    `more_responses` is what it was extended by beyond the recipe's number; `limits` is
    apps.generation.limits.Limits as JSON.
    """

    recipe = models.ForeignKey(Recipe, on_delete=models.PROTECT, related_name="runs")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="run")
    selection = models.JSONField(default=dict)
    seeds_total = models.PositiveIntegerField(default=0)
    more_responses = models.PositiveSmallIntegerField(default=0)
    limits = models.JSONField(default=dict)
    # The model servers that worked for it, each once: engine, model, version and command.
    servers = models.JSONField(default=list)

    objects = RunQuerySet.as_manager()

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def draws(self) -> int:
        """Responses per instruction."""
        return self.recipe.responses + self.more_responses


class RunSeed(models.Model):
    """A seed that a run is to use, with its place in the run's order."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chosen")
    seed = models.ForeignKey(Seed, on_delete=models.CASCADE)
    position = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "seed"], name="seed_once_per_run"),
            models.UniqueConstraint(fields=["run", "position"], name="position_once_per_run"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.seed_id}"


class Stage(models.TextChoices):
    S_C = "s_c", "S→C"
    C_I = "c_i", "C→I"
    I_R = "i_r", "I→R"
    S_I = "s_i", "S→I"


class RunMinute(models.Model):
    """What a server wrote for a run in one minute: added up as answers are saved, so that no page
    counts completions. `server` is the worker process that kept it busy (host and process id);
    `busy_seconds` is the time in which any request of the run was with it, `gpu_seconds` that
    times its GPUs.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="minutes", db_index=False)
    server = models.CharField(max_length=80)
    minute = models.DateTimeField()
    completions = models.PositiveIntegerField(default=0)
    prompt_tokens = models.PositiveBigIntegerField(default=0)
    cached_tokens = models.PositiveBigIntegerField(default=0)
    completion_tokens = models.PositiveBigIntegerField(default=0)
    busy_seconds = models.FloatField(default=0)
    gpu_seconds = models.FloatField(default=0)
    busy_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "server", "minute"], name="run_minute_once")
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.minute:%H:%M}"


class ServerSample(models.Model):
    """What a model server's /metrics said at one moment; kept for a day. Token counts run from
    the server's start; `kv_cache` is the share of its cache in use, null where it tells none.
    """

    server = models.CharField(max_length=80)
    at = models.DateTimeField(default=timezone.now)
    running = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    kv_cache = models.FloatField(null=True)
    prompt_tokens = models.PositiveBigIntegerField(default=0)
    cached_tokens = models.PositiveBigIntegerField(default=0)
    completion_tokens = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["server", "at"], name="sample_of_server"),
            models.Index(fields=["at"], name="sample_at"),
        ]

    def __str__(self) -> str:
        return f"{self.server}: {self.running} running"


class Completion(models.Model):
    """What the model server returned for one prompt, raw; or why it returned nothing.

    `input_id` is the row the stage started from: a seed (S→C, S→I), concepts (C→I) or an
    instruction (I→R). `reason` is "" when the text was parsed, else the reason it was not.
    The prompt is not stored: it is rebuilt from the recipe, `example_numbers` and `properties`
    (what was drawn for it: apps.generation.stages.properties), and checked against `prompt_hash`
    (SHA-256). A rejected completion that was asked for again is `superseded`; `attempt` counts
    how often it was.

    `sample` is the place among the samples of one request, whose tokens of the prompt are counted
    with the first; `sampling_seed` is what this draw was sampled with. `cached_tokens` of the
    prompt had been read before by what the server says (None: it does not say),
    `expected_cached_tokens` by what was sent before.
    """

    recipe = models.ForeignKey(Recipe, on_delete=models.PROTECT)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="completions")
    seed = models.ForeignKey(Seed, on_delete=models.CASCADE)
    stage = models.CharField(max_length=4, choices=Stage)
    input_id = models.BigIntegerField()
    draw = models.PositiveSmallIntegerField(default=0)
    sample = models.PositiveSmallIntegerField(default=0)
    sampling_seed = models.BigIntegerField(null=True)
    arrangement = models.PositiveSmallIntegerField(null=True)
    example_numbers = ArrayField(models.PositiveIntegerField())
    prompt_hash = models.BinaryField(max_length=32)
    text = models.TextField(blank=True, default="")
    finish_reason = models.CharField(max_length=20, blank=True, default="")
    stop_reason = models.CharField(max_length=80, blank=True, default="")
    prompt_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(null=True)
    expected_cached_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    superseded = models.BooleanField(default=False)
    properties = models.JSONField(default=dict)
    parsed = models.BooleanField(default=False)
    reason = models.CharField(max_length=40, blank=True, default="")
    message = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recipe", "stage", "input_id", "draw"],
                name="completion_once",
                condition=Q(superseded=False),
            )
        ]
        indexes = [
            models.Index(fields=["recipe", "seed"], name="completion_of_seed"),
            models.Index(fields=["run", "stage"], name="completion_of_run"),
            models.Index(
                fields=["run", "stage", "reason", "id"],
                name="completion_rejected",
                condition=~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.input_id}/{self.draw}"


class Import(models.Model):
    """A file of finished pairs that was brought in to be reviewed. `job` reads and validates them.

    `path` is where the file lies until it is read, `size` its bytes and `place` how many of them
    are read; `records` counts those that are stored or rejected: reading goes on behind them.
    `name_details` is what its name says (tag, stage, fingerprint, start, written), {} when the
    name has no known pattern; `reasons` counts what was rejected, `rejections` shows some of it.
    `is_sample`: pairs to look around with, which count for nothing and are never exported.
    """

    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="imported")
    file_name = models.CharField(max_length=300)
    name_details = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, unique=True)
    path = models.CharField(max_length=500, blank=True, default="")
    size = models.BigIntegerField(default=0)
    place = models.BigIntegerField(default=0)
    records = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=dict)
    rejections = models.JSONField(default=list)
    is_sample = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.file_name


class Concepts(models.Model):
    """What a seed is about, in a few phrases."""

    completion = models.OneToOneField(Completion, on_delete=models.CASCADE)
    recipe = models.ForeignKey(Recipe, on_delete=models.PROTECT)
    seed = models.ForeignKey(Seed, on_delete=models.CASCADE)
    items = ArrayField(models.CharField(max_length=200))

    class Meta:
        verbose_name_plural = "concepts"

    def __str__(self) -> str:
        return ", ".join(self.items)


class Instruction(models.Model):
    """What a model asks for. Made by a completion, brought in by an import, or by a person's
    correction: `made_of` is then the one that the model was asked with, which stays as it was.
    """

    completion = models.OneToOneField(Completion, null=True, on_delete=models.CASCADE)
    recipe = models.ForeignKey(Recipe, null=True, on_delete=models.PROTECT)
    seed = models.ForeignKey(Seed, null=True, on_delete=models.CASCADE)
    concepts = models.ForeignKey(Concepts, null=True, on_delete=models.CASCADE)
    made_of = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="+")
    imported = models.ForeignKey(Import, null=True, on_delete=models.CASCADE)
    import_row = models.PositiveIntegerField(null=True)
    record = models.JSONField(null=True)
    category = models.CharField(max_length=200, blank=True, default="")
    difficulty = models.CharField(max_length=10, blank=True, default="")
    dialect = models.CharField(max_length=12, blank=True, default="")
    task = models.CharField(max_length=12, blank=True, default="")
    style = models.CharField(max_length=12, blank=True, default="")
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["imported", "import_row"], name="import_row_once"),
            models.CheckConstraint(
                name="instruction_has_origin",
                condition=Q(completion__isnull=False, imported__isnull=True)
                | Q(completion__isnull=True, imported__isnull=False)
                | Q(completion__isnull=True, made_of__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    def copied(self, **changed: Any) -> Instruction:
        """One of its own that is made of this one, not stored yet. No run asks it for responses:
        it has no recipe.
        """
        values = {name: getattr(self, name) for name in _COPIED} | changed
        return Instruction(made_of_id=self.made_of_id or self.pk, **values)


_COPIED = (
    *("seed_id", "concepts_id", "imported_id", "record", "category", "difficulty", "dialect"),
    *("task", "style", "text"),
)


class Response(models.Model):
    """What a model answered to an instruction. Instruction and response are a pair."""

    completion = models.OneToOneField(Completion, null=True, on_delete=models.CASCADE)
    instruction = models.ForeignKey(Instruction, on_delete=models.CASCADE, related_name="responses")
    run = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="responses")
    draw = models.PositiveSmallIntegerField(default=0)
    text = models.TextField()
    # Of a try: in no list and no queue until an editor sends it there.
    is_held_back = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instruction", "draw"], name="response_once")
        ]
        indexes = [models.Index(fields=["run", "id"], name="response_of_run")]

    def __str__(self) -> str:
        return f"response {self.pk}"

    @property
    def is_sample(self) -> bool:
        """Whether it came with the sample; reads the instruction's import."""
        imported = self.instruction.imported
        return imported is not None and imported.is_sample
