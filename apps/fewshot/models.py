"""Few-shot sets, their versions, and the examples in them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.core.models import Job


class FewShotSet(models.Model):
    """A named series of versions."""

    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """One version of a set. Once published, neither it nor its examples can change (a trigger
    in the database refuses it). `systems` maps a mode ("S->C") to its system text.

    A draft that is tried is kept as it was then, under its number: a version that is tried is as
    final as a published one, and nobody's to choose.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "draft"
        PUBLISHED = "published", "published"
        TRIED = "tried", "tried"

    fewshot_set = models.ForeignKey(FewShotSet, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    systems = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Why this version was made, in its publisher's words.
    note = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fewshot_set", "number"],
                condition=~Q(status="tried"),
                name="version_number_once",
            ),
            models.UniqueConstraint(
                fields=["fewshot_set"], condition=Q(status="draft"), name="one_draft_per_set"
            ),
        ]

    def __str__(self) -> str:
        tried = ", as tried" if self.status == self.Status.TRIED else ""
        return f"{self.fewshot_set} version {self.number}{tried}"

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT


class Example(models.Model):
    """A worked example that a prompt shows."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="examples")
    number = models.PositiveIntegerField()
    # One that is switched off stays in its version and is shown to no model.
    is_on = models.BooleanField(default=True)
    code = models.TextField()
    category = models.CharField(max_length=200)
    language = models.CharField(max_length=20, default="SQL")
    concepts = ArrayField(models.CharField(max_length=200))
    difficulty = models.CharField(max_length=80)
    instruction = models.TextField()
    solution = models.TextField(blank=True, default="")
    reasoning = models.TextField()
    implementation = models.TextField()
    explanation = models.TextField()
    tests = models.TextField()
    # What a file of another pipeline had beside these sections.
    unshown = models.TextField(blank=True, default="")
    # Of one that was a pair: which, its seed and file, its model, what was said of it, by then.
    lineage = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="example_number_once")
        ]

    def __str__(self) -> str:
        return f"example {self.number}"

    @property
    def promoted_by(self) -> str:
        """The name of who made it of a pair, as it is now."""
        by = self.lineage.get("by")
        person = User.objects.filter(pk=by).first() if isinstance(by, int) else None
        return person.username if person else "somebody"

    @property
    def lineage_verdicts(self) -> list[tuple[str, str, str]]:
        """Database, outcome and its words, of what was said of the pair that it was."""
        verdicts: dict[str, str] = self.lineage.get("verdicts", {})
        return [(name, code, code.replace("_", " ")) for name, code in verdicts.items()]


class ExampleRun(models.Model):
    """What the databases said of an example when validation ran it last.

    `found` is JSON of apps.fewshot.running.Found, about the text whose SHA-256 is `text_hash`;
    `job` is the newest one that was to run it. It belongs to the example whether that is
    published or not: what databases say changes no prompt.
    """

    example = models.OneToOneField(
        Example, primary_key=True, on_delete=models.CASCADE, related_name="run"
    )
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    text_hash = models.BinaryField(max_length=32, null=True)
    found = models.JSONField(null=True)
    version = models.PositiveSmallIntegerField(default=0)
    ran_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"run of example {self.example_id}"
