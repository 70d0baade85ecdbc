"""Queues of pairs, people's seats at them, labels, and what is said beside a label."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from apps.core.models import Job
from apps.generation.models import Response
from apps.review import models_beside  # noqa: F401  Django looks for models here

MOST_REVIEWERS = 10


class Queue(models.Model):
    """A saved filter and order of pairs, and how many reviewers each of them needs.

    `filter` is what apps.review.filters reads; {} takes every pair. The one default queue has
    every pair and asks for one label of anybody, in whatever queue it was given. Without people
    and groups a queue is everybody's. `seen_through` is the newest response that its filter was
    asked about; `gold_share` of what a reviewer gets are pairs with a known answer. A blind one
    hides what a pair was made by; `evidence_last` hides what databases, rules and judges say until
    the reviewer has said theirs. A pairwise one asks which of two responses is better (Duel).
    `leave_out`: duplicates of pairs that were known before are not in it. `gold_altered`: known
    answers are also pairs whose SQL was altered (Gold). An onboarding one has known answers only
    and says after each label whether it agrees; until `bound_share` of `bound_pairs` do, a
    reviewer gets into no other queue.
    """

    class Order(models.TextChoices):
        TODAY = "today", "what may be exported first"
        NEWEST = "newest", "newest first"
        RANDOM = "random", "at random"
        LEAST_CERTAIN = "least_certain", "least certain first"
        DISAGREEMENT = "disagreement", "disagreement first"
        SECOND_OPINION = "second_opinion", "labelled by somebody first"

    class LeaveOut(models.TextChoices):
        NOTHING = "", "none: every pair is shown"
        TWINS = "twins", "equal and near-equal pairs"
        SAME_SQL = "same_sql", "these, and pairs whose SQL differs in names and values only"

    name = models.CharField(max_length=80, unique=True)
    filter = models.JSONField(default=dict, blank=True)
    order = models.CharField(max_length=14, choices=Order, default=Order.TODAY)
    random_seed = models.BigIntegerField(default=0)
    reviewers = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_REVIEWERS)]
    )
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="queues")
    groups = models.ManyToManyField(Group, blank=True, related_name="queues")
    is_blind = models.BooleanField(default=False)
    evidence_last = models.BooleanField(default=False)
    is_pairwise = models.BooleanField(default=False)
    may_correct = models.BooleanField(default=False)
    leave_out = models.CharField(max_length=8, choices=LeaveOut, default="", blank=True)
    gold_share = models.FloatField(default=0)
    gold_altered = models.BooleanField(default=False)
    is_onboarding = models.BooleanField(default=False)
    bound_pairs = models.PositiveSmallIntegerField(default=20)
    bound_share = models.FloatField(default=0.8)
    is_default = models.BooleanField(default=False)
    is_closed = models.BooleanField(default=False)
    seen_through = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="one_default_queue"
            ),
            models.CheckConstraint(
                name="queue_reviewers", condition=Q(reviewers__range=(1, MOST_REVIEWERS))
            ),
            models.CheckConstraint(
                name="queue_gold_share",
                condition=Q(gold_share__gte=0, gold_share__lte=0.5) | Q(is_onboarding=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def newest_guideline(self) -> Guideline | None:
        """What holds now; None where nothing was written."""
        return self.guidelines.order_by("-number").first()


class Guideline(models.Model):
    """One version of what a queue's reviewers are to go by, in Markdown; never changed."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="guidelines")
    number = models.PositiveIntegerField()
    text = models.TextField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "number"], name="guideline_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.queue_id} guideline {self.number}"


class Entry(models.Model):
    """A pair in a queue: open until it has its labels. Low `position` comes first."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        DONE = "done", "done"

    # entry_once serves look-ups by response, entry_open those by queue.
    queue = models.ForeignKey(
        Queue, on_delete=models.CASCADE, related_name="entries", db_index=False
    )
    response = models.ForeignKey(
        Response, on_delete=models.CASCADE, related_name="entries", db_index=False
    )
    position = models.BigIntegerField()
    state = models.CharField(max_length=4, choices=State, default=State.OPEN)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["response", "queue"], name="entry_once")]
        indexes = [
            models.Index(
                fields=["queue", "position", "response"],
                name="entry_open",
                condition=Q(state="open"),
            ),
            models.Index(fields=["queue", "state"], name="entry_state"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.response_id} in {self.queue_id}"


class Seat(models.Model):
    """One of a queue's N places at a pair. Held until `expires_at`, when another may take it
    over; for good once the pair is labelled (`expires_at` null). Whoever changes the seats of an
    entry has locked the entry's row: so there are never more than N.
    """

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="seats", db_index=False)
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="+", db_index=False)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seats"
    )
    number = models.PositiveSmallIntegerField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="seat_once"),
            models.UniqueConstraint(fields=["entry", "reviewer"], name="seat_one_per_reviewer"),
            models.UniqueConstraint(
                fields=["queue", "reviewer"],
                condition=Q(expires_at__isnull=False),
                name="seat_one_held",
            ),
            models.CheckConstraint(name="seat_number", condition=Q(number__lt=MOST_REVIEWERS)),
        ]
        indexes = [
            # A person's labels in a queue, the newest first.
            models.Index(
                fields=["queue", "reviewer", "id"],
                name="seat_of_person",
                condition=Q(expires_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.reviewer_id} at {self.entry_id}"


class Reason(models.Model):
    """Why a pair is bad, as admins put it. `code` is stored with labels and never changes its
    meaning; `key` is what a reviewer presses, unique among the reasons in use.
    """

    class Stage(models.TextChoices):
        CONCEPTS = "concepts", "Concepts (S→C)"
        INSTRUCTION = "instruction", "Instruction (C→I)"
        RESPONSE = "response", "Response (I→R)"
        ANY = "any", "Anything else"

    code = models.SlugField(max_length=40, unique=True)
    key = models.CharField(max_length=1)
    label = models.CharField(max_length=80)
    stage = models.CharField(max_length=11, choices=Stage)
    place = models.PositiveSmallIntegerField(default=0)
    is_used = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_used=True), name="reason_key_once"
            )
        ]

    def __str__(self) -> str:
        return self.label


class Batch(models.Model):
    """A label that was given to all pairs of a filter at once, and is taken back as one.

    `reasons` and `note` are those of its labels; `done` counts the labels so far.
    """

    filter = models.JSONField(default=dict)
    value = models.CharField(max_length=9)
    reasons = ArrayField(models.CharField(max_length=40), default=list)
    note = models.TextField(blank=True, default="")
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="batch")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return f"batch {self.pk}: {self.value}"


class Label(models.Model):
    """A reviewer's judgement. Only added: a trigger refuses UPDATE and DELETE. The newest one of
    a reviewer counts; `withdrawn` takes the one before it back.

    `queue` and `guideline` are those that it was given by (null: the default queue, none);
    `judged` is the SHA-256 of what was judged; `batch` is set where many were given at once.
    """

    class Value(models.TextChoices):
        GOOD = "good", "good"
        BAD = "bad", "bad"
        SKIPPED = "skipped", "skipped"
        WITHDRAWN = "withdrawn", "withdrawn"

    # Indexes below begin with these two.
    response = models.ForeignKey(
        Response, on_delete=models.PROTECT, related_name="labels", db_index=False
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="labels", db_index=False
    )
    value = models.CharField(max_length=9, choices=Value)
    reasons = ArrayField(models.CharField(max_length=40), default=list)
    note = models.TextField(blank=True, default="")
    seconds = models.FloatField(null=True)
    queue = models.ForeignKey(Queue, null=True, on_delete=models.PROTECT, related_name="labels")
    guideline = models.ForeignKey(Guideline, null=True, on_delete=models.PROTECT, db_index=False)
    judged = models.BinaryField(max_length=32, null=True)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="labels")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["response", "-id"], name="label_of_response"),
            models.Index(fields=["reviewer", "-id"], name="label_of_reviewer"),
            models.Index(fields=["reviewer", "created_at"], name="label_of_day"),
            models.Index(
                fields=["reviewer", "created_at"],
                name="label_with_reasons",
                condition=~Q(reasons=[]),
            ),
            GinIndex(fields=["reasons"], name="label_reasons"),
        ]

    def __str__(self) -> str:
        return f"{self.value} by {self.reviewer_id}"


class Decision(models.Model):
    """Where a pair stands after its newest labels; rewritten with every label, so that exports
    and figures need not replay them. `good` is what a ruling says; without one it is true when the
    newest label of a reviewer is good and none is bad.
    """

    response = models.OneToOneField(
        Response, primary_key=True, on_delete=models.CASCADE, related_name="decision"
    )
    good = models.BooleanField()
    label = models.ForeignKey(Label, on_delete=models.PROTECT)
    # People whose newest label is good or bad, and those who say good.
    voters = models.PositiveSmallIntegerField(default=1)
    good_votes = models.PositiveSmallIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["good", "response"], name="decision_good"),
            models.Index(fields=["response"], name="decision_shared", condition=Q(voters__gt=1)),
            models.Index(
                fields=["response"],
                name="decision_split",
                condition=Q(good_votes__gt=0, good_votes__lt=models.F("voters")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response_id}: {'good' if self.good else 'bad'}"


class Ruling(models.Model):
    """The one word that holds where reviewers disagree: a pair has one at most. An editor's, who
    gives reasons; it may be given anew.
    """

    response = models.OneToOneField(
        Response, primary_key=True, on_delete=models.CASCADE, related_name="ruling"
    )
    good = models.BooleanField()
    note = models.TextField()
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.response_id} is {'good' if self.good else 'bad'}"


class Gold(models.Model):
    """A pair whose answer is known: what a reviewer says of it is compared with that.

    `origin` is the pair that this one was made of by altering its SQL so that its test fails: it
    is known to be bad, and `why` says what was done. Nobody sees such a pair but as gold.
    """

    response = models.OneToOneField(
        Response, primary_key=True, on_delete=models.CASCADE, related_name="gold"
    )
    good = models.BooleanField()
    why = models.TextField(blank=True, default="")
    origin = models.ForeignKey(Response, null=True, on_delete=models.CASCADE, related_name="+")
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "gold"

    def __str__(self) -> str:
        return f"{self.response_id} is known to be {'good' if self.good else 'bad'}"


class Flag(models.Model):
    """A reviewer asks that somebody else looks at a pair; an editor takes the flag down."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="flags")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="flags"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["response", "reviewer"], name="flag_once")]

    def __str__(self) -> str:
        return f"{self.response_id} flagged by {self.reviewer_id}"


class Correction(models.Model):
    """A person's change of one text of a pair. `before` is the text until then: none is lost.

    `part` says which: the response, or the instruction.
    """

    class Part(models.TextChoices):
        RESPONSE = "response", "response"
        INSTRUCTION = "instruction", "instruction"

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="corrections")
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=11, choices=Part, default=Part.RESPONSE)
    before = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.response_id} by {self.editor_id}"
