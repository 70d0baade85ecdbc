"""Users and their roles."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group
from django.db import models
from django.utils import timezone

from apps.accounts.wording import deed_words


class User(AbstractUser):
    """A person. Each role may do all that the one before it may.

    Whoever has left stays as a row, for their labels; pseudonymised they have no name any more.
    `oidc_subject` is the SHA-256 of issuer and subject of their single sign-on.
    """

    class Role(models.TextChoices):
        REVIEWER = "reviewer", "reviewer"
        EDITOR = "editor", "editor"
        ADMIN = "admin", "admin"

    role = models.CharField(max_length=10, choices=Role, default=Role.REVIEWER)
    left_at = models.DateTimeField(null=True, blank=True)
    pseudonymised_at = models.DateTimeField(null=True, blank=True)
    oidc_subject = models.CharField(max_length=64, null=True, blank=True, unique=True)  # noqa: DJ001
    # When they closed the tour of the review page; null: it opens by itself.
    tour_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="user_role_known",
                condition=models.Q(role__in=["reviewer", "editor", "admin"]),
            )
        ]

    @property
    def is_editor(self) -> bool:
        return self.role in (self.Role.EDITOR, self.Role.ADMIN)

    @property
    def is_admin(self) -> bool:
        return self.role == self.Role.ADMIN


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        """Neither used nor taken back nor too old."""
        return self.filter(used_at=None, revoked_at=None, expires_at__gt=timezone.now())


class Invitation(models.Model):
    """A link that makes its holder a user, once. Only the SHA-256 of its token is stored."""

    token_hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField(blank=True, default="")
    role = models.CharField(max_length=10, choices=User.Role, default=User.Role.REVIEWER)
    groups = models.ManyToManyField(Group, blank=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="invitation",
    )

    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @property
    def state(self) -> str:
        """used, taken back, too old, or open."""
        if self.used_at:
            return "used"
        if self.revoked_at:
            return "taken back"
        return "open" if self.expires_at > timezone.now() else "too old"


class AuditEntry(models.Model):
    """Something that an editor or admin did. Only added: a trigger refuses UPDATE and DELETE.

    `action` is the name of the view (or what the API names so), `path` its address, `status` what
    it answered, `details` some of what was sent: never a secret, nobody's name or address.
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    action = models.CharField(max_length=80)
    path = models.CharField(max_length=300)
    status = models.PositiveSmallIntegerField()
    details = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
            models.Index(fields=["action", "-id"], name="audit_of_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_id}"

    @property
    def words(self) -> str:
        """What was done, as people read it."""
        return deed_words(self.action)
