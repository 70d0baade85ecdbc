"""Sources of SQL, the files read from them, and the seeds found in the files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q

from apps.core.models import Job


class Source(models.Model):
    """Where SQL comes from; `spec` is what `gather` was given: a path or `hf:<data set>`."""

    spec = models.CharField(max_length=500, unique=True)
    kind = models.CharField(max_length=20)
    options = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.spec


class Gathering(models.Model):
    """One pass over a source: its settings, its job, and how many seeds it may keep."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="gatherings")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="gathering")
    settings = models.JSONField(default=dict)
    limit = models.PositiveIntegerField(null=True, blank=True)
    # Where it stood when it was last resumed: rate and remaining time count from there.
    resumed_at = models.DateTimeField(null=True, blank=True)
    files_before = models.BigIntegerField(default=0)
    share_before = models.FloatField(default=0)

    def __str__(self) -> str:
        return f"gathering {self.pk} of {self.source_id}"


class GatheringCount(models.Model):
    """A line of a gathering's funnel. Written in the transaction that writes the rows it counts,
    so that a chunk that is done again after a crash counts nothing twice.
    """

    class Group(models.TextChoices):
        FILES = "files", "files"  # code: "read", or the reason why one could not be read
        BYTES = "bytes", "bytes"  # code: "read"
        STATEMENTS = "statements", "statements"  # code: "found"
        KEPT = "kept", "kept"  # code: the kind
        REJECTED = "rejected", "rejected"  # code: the reason

    gathering = models.ForeignKey(Gathering, on_delete=models.CASCADE, related_name="counts")
    group = models.CharField(max_length=10, choices=Group)
    code = models.CharField(max_length=40)
    number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gathering", "group", "code"], name="count_once")
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.code}: {self.number}"


class SourceFile(models.Model):
    """One file of a source, read or not (then `reason` says why). `key` is the SHA-256 of its
    place in the source and its content: reading it again is free, a changed file is a new row.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="files")
    gathering = models.ForeignKey(
        Gathering, null=True, on_delete=models.SET_NULL, related_name="files"
    )
    reason = models.CharField(max_length=40, blank=True, default="")
    message = models.TextField(blank=True, default="")
    key = models.BinaryField(max_length=32)
    path = models.TextField()
    repository = models.CharField(max_length=300, blank=True, default="")
    # Those that hold: the source's word, or the file's own where that is stricter or the only one.
    licences = ArrayField(models.CharField(max_length=100), default=list)
    own_licence = models.CharField(max_length=100, blank=True, default="")
    blob_id = models.CharField(max_length=64, blank=True, default="")
    encoding = models.CharField(max_length=40, blank=True, default="")
    dialect = models.CharField(max_length=12, blank=True, default="")
    dialect_confidence = models.FloatField(default=0)
    dialect_of_neighbours = models.BooleanField(default=False)
    bytes = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="file_once_per_source")
        ]

    def __str__(self) -> str:
        return self.path


class Seed(models.Model):
    """One complete SQL statement. `text` is `content[start:end]` of its file unless trimmed or
    masked; `text_hash` is the SHA-256 of the normalised text and makes exact duplicates one row.
    """

    class DescribedBy(models.TextChoices):
        COMMENT = "comment", "its own comment"
        KIND = "kind", "a sentence for its kind"

    # seed_once_per_place serves look-ups by file.
    file = models.ForeignKey(
        SourceFile, on_delete=models.CASCADE, related_name="seeds", db_index=False
    )
    # Copies of what the file says, so that pages filter by them along an index.
    source = models.ForeignKey(
        Source, null=True, on_delete=models.CASCADE, db_index=False, db_constraint=False
    )
    licence = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField()
    text_hash = models.BinaryField(max_length=32, unique=True)
    template_hash = models.BinaryField(max_length=16)
    start = models.BigIntegerField()
    end = models.BigIntegerField()
    line = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    dialect = models.CharField(max_length=12, blank=True, default="")
    comment = models.TextField(blank=True, default="")
    description = models.TextField()
    description_source = models.CharField(max_length=8, choices=DescribedBy)
    schema_context = models.TextField(blank=True, default="")
    trimmed = models.BooleanField(default=False)
    masked = models.BooleanField(default=False)
    search = models.GeneratedField(
        expression=SearchVector("text", "description", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "start", "end"], name="seed_once_per_place"),
            models.CheckConstraint(name="seed_range", condition=Q(end__gt=F("start"))),
        ]
        indexes = [
            models.Index(fields=["kind", "id"], name="seed_kind"),
            models.Index(fields=["dialect", "id"], name="seed_dialect"),
            models.Index(fields=["source", "id"], name="seed_source"),
            models.Index(fields=["licence", "id"], name="seed_licence"),
            models.Index(fields=["id"], name="seed_commented", condition=~Q(comment="")),
            models.Index(fields=["template_hash"], name="seed_template"),
            GinIndex(fields=["search"], name="seed_search"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Take source and licence from the file."""
        self.source_id = self.file.source_id
        self.licence = licence_line(self.file.licences)
        super().save(*args, **kwargs)

    @property
    def kind_words(self) -> str:
        """The kind as words: create_table → create table."""
        return self.kind.replace("_", " ")


def licence_line(licences: Iterable[str]) -> str:
    """A file's licences in one line, as seeds have them: "Apache-2.0, MIT"."""
    return ", ".join(sorted(licences))[:200]


class CommentCount(models.Model):
    """How often a comment stands above statements of a repository of a source; what comes again
    describes none of them. `key` is a hash of the repository and of the comment, its numbers
    alike. `seeds` are those described by it, until it has come too often.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, db_index=False)
    key = models.BinaryField(max_length=16)
    number = models.BigIntegerField()
    seeds = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="comment_once_per_source")
        ]

    def __str__(self) -> str:
        return f"{self.number} times"


class SeedBand(models.Model):
    """A band of the MinHash of a seed that was the first of its template; seeds that share one
    may be near-duplicates. Narrow, without constraints: sixteen rows are written for every seed.
    """

    pk = models.CompositePrimaryKey("band", "seed_id")
    band = models.BigIntegerField()
    seed = models.ForeignKey(
        Seed, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.band}: {self.seed_id}"


class Rejected(models.Model):
    """A sample of what a gathering rejected, to look at; the counts are in its work units."""

    gathering = models.ForeignKey(Gathering, on_delete=models.CASCADE, related_name="rejected")
    reason = models.CharField(max_length=40)
    path = models.TextField()
    start = models.BigIntegerField(null=True)
    text = models.TextField(blank=True, default="")
    message = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gathering", "reason", "path", "start"],
                name="rejected_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.path}"
