"""What databases and rules say of a pair."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from apps.generation.models import Instruction, Response
from apps.validation.values import NOTE_WORDS, Note, Outcome

OUTCOMES = [(outcome.value, outcome.value.replace("_", " ")) for outcome in Outcome]
NOTES = [(note.value, words) for note, words in NOTE_WORDS.items()]
OVERALL = "overall"


class Verdict(models.Model):
    """What one database, or all together (`database` "overall"), said of one response.

    `diff` is what apps.validation.judging made, bounded; `strength` is the share of altered
    queries that the test noticed (0 to 1, null when it was not measured), `survivor` one that it
    did not notice ({"operator", "sql"}, null where there is none); `notes` are codes of
    what the result depends on beside the rows.
    """

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="verdicts")
    database = models.CharField(max_length=12)
    outcome = models.CharField(max_length=14, choices=OUTCOMES)
    message = models.TextField(blank=True, default="")
    diff = models.JSONField(null=True)
    strength = models.FloatField(null=True)
    survivor = models.JSONField(null=True)
    notes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    transpiled = models.BooleanField(default=False)
    version = models.PositiveSmallIntegerField()
    milliseconds = models.FloatField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "database"], name="verdict_once"),
            models.CheckConstraint(
                name="verdict_outcome_known",
                condition=Q(outcome__in=[outcome.value for outcome in Outcome]),
            ),
        ]
        indexes = [models.Index(fields=["database", "outcome"], name="verdict_outcome")]

    def __str__(self) -> str:
        return f"{self.database}: {self.outcome}"

    @property
    def notes_words(self) -> list[str]:
        """The notes as people read them."""
        return [NOTE_WORDS[note] for note in Note if note.value in self.notes]


class StoredReading(models.Model):
    """What was understood of a response, as JSON of apps.validation.values.Reading."""

    response = models.OneToOneField(Response, on_delete=models.CASCADE, related_name="reading")
    dialect = models.CharField(max_length=12, blank=True, default="")
    missing_tables = ArrayField(models.TextField(), default=list)
    placeholders = ArrayField(models.TextField(), default=list)
    notes = ArrayField(models.TextField(), default=list)
    data = models.JSONField()

    def __str__(self) -> str:
        return f"reading of {self.response_id}"


class CheckResult(models.Model):
    """What a rule that needs no database said of a pair: passed, or failed with a place.

    `code` names the rule, `reason` what it found ("" when it passed). `part` names the text
    (instruction, response, concepts); `start` and `end` are offsets in characters in it of what
    to highlight.
    """

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="checks")
    code = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    passed = models.BooleanField()
    reason = models.CharField(max_length=40, blank=True, default="")
    part = models.CharField(max_length=12, blank=True, default="")
    message = models.TextField(blank=True, default="")
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "code"], name="check_once"),
            models.CheckConstraint(
                name="check_failed_has_reason", condition=Q(passed=True) ^ ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {'passed' if self.passed else 'failed'}"


class Agreement(models.Model):
    """How far the responses to one instruction agree across data instances (0 to 1)."""

    response = models.OneToOneField(Response, on_delete=models.CASCADE, related_name="agreement")
    instruction = models.ForeignKey(Instruction, on_delete=models.CASCADE)
    score = models.FloatField()
    in_largest_group = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.score:.2f}"


class Difference(models.Model):
    """The smallest data that was found on which two responses to one instruction give other
    results; `one` is the earlier of them.

    `data` (apps.validation.strength.differing) is without the data where none was found, and null
    where it was not kept yet on which databases that was so; `judged` is the SHA-256 of what was
    run, so that a correction makes it stale.
    """

    one = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+", db_index=False)
    other = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")
    data = models.JSONField(null=True)
    judged = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="difference_once"),
            models.CheckConstraint(
                name="difference_in_order", condition=Q(one__lt=models.F("other"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} against {self.other_id}"

    @property
    def is_found(self) -> bool:
        """Whether there is data on which they differ."""
        return "database" in (self.data or {})


class Likeness(models.Model):
    """What a pair is compared by (apps.validation.likeness), and which pairs known before it say
    the same: `twin` all of it or nearly, `same_sql` with a statement of the same skeleton.

    A twin has no twin itself: small changes make no chains. `exact` and `skeleton` are hashes as
    numbers, the latter 0 where the SQL is not one statement that can be read.
    """

    response = models.OneToOneField(
        Response, primary_key=True, on_delete=models.CASCADE, related_name="likeness"
    )
    exact = models.BigIntegerField()
    skeleton = models.BigIntegerField()
    bands = ArrayField(models.BigIntegerField())
    twin = models.ForeignKey(Response, null=True, on_delete=models.SET_NULL, related_name="+")
    is_exact = models.BooleanField(default=False)
    same_sql = models.ForeignKey(Response, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name_plural = "likenesses"
        indexes = [
            models.Index(fields=["exact"], name="like_exact", condition=Q(twin=None)),
            GinIndex(fields=["bands"], name="like_bands", condition=Q(twin=None)),
            models.Index(
                fields=["skeleton", "response"], name="like_skeleton", condition=~Q(skeleton=0)
            ),
            models.Index(
                fields=["is_exact", "response"], name="like_twins", condition=Q(twin__isnull=False)
            ),
            models.Index(
                fields=["response"], name="like_same_sql", condition=Q(same_sql__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response_id} is like {self.twin_id}"
