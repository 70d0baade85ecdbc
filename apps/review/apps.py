from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class ReviewConfig(AppConfig):
    name = "apps.review"

    def ready(self) -> None:
        post_migrate.connect(_begin, sender=self)


def _begin(using: str, **_: Any) -> None:
    """An installation has its default queue and its reasons from the first migration on."""
    if "review_reason" not in connections[using].introspection.table_names():
        return  # migrated to an earlier state
    from apps.review.queue import default_queue
    from apps.review.rubric import reasons_begin

    default_queue()
    reasons_begin()
