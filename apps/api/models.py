"""Tokens with which people's programs come in, and what was answered to a key that makes a repeat
free.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Scope(models.TextChoices):
    """What a token is for. It never may more than its owner's role (`apps.api.tokens`)."""

    READ = "read", "read"
    LABEL = "label", "label"
    RUN = "run", "run"
    EXPORT = "export", "export"
    ADMIN = "admin", "admin"


class Token(models.Model):
    """A secret of one person's. Only its SHA-256 (`digest`) is stored: it has 256 random bits, so
    that nothing slower is needed. `hint` is its beginning, to tell it from others.

    `last_used_at` is true to a minute; `per_minute` is how many requests it may make.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens"
    )
    name = models.CharField(max_length=80)
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=12)
    scopes = ArrayField(models.CharField(max_length=6, choices=Scope))
    per_minute = models.PositiveIntegerField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="token_scopes_known",
                condition=Q(scopes__contained_by=["read", "label", "run", "export", "admin"])
                & ~Q(scopes=[]),
            ),
            models.CheckConstraint(name="token_per_minute", condition=Q(per_minute__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def is_usable(self) -> bool:
        """Whether it lets anybody in, as far as it knows: its owner may be shut out."""
        return self.revoked_at is None and not self.is_expired


class Answer(models.Model):
    """What a request with an idempotency key was answered. Written in the transaction that did
    what was asked: either both are there or neither. `request` is the SHA-256 of the request.
    """

    token = models.ForeignKey(
        Token, on_delete=models.CASCADE, related_name="answers", db_index=False
    )
    key = models.CharField(max_length=200)
    request = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(default=0)
    location = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="answer_once")]

    def __str__(self) -> str:
        return f"{self.token_id}: {self.key}"
