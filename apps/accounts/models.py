"""Users and their roles."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person. Each role may do all that the one before it may."""

    class Role(models.TextChoices):
        REVIEWER = "reviewer", "reviewer"
        EDITOR = "editor", "editor"
        ADMIN = "admin", "admin"

    role = models.CharField(max_length=10, choices=Role, default=Role.REVIEWER)
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
