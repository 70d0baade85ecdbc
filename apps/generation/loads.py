"""How busy model servers are: what their /metrics say, sampled by the workers, kept for a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from apps.generation.models import Run, ServerSample

EVERY = 5.0  # seconds between two samples of a server
KEPT = timedelta(days=1)
NOW = timedelta(seconds=30)  # an older sample says nothing about now
CLEAN_EVERY = 500  # samples


@dataclass(frozen=True, slots=True)
class Load:
    """Requests with the servers of a run at this moment; None where no server tells."""

    running: int
    waiting: int
    kv_cache: float | None
    cached_share: float | None


def load_save(sample: ServerSample) -> None:
    """Keep a sample; now and then, forget those older than a day."""
    sample.save()
    if sample.pk % CLEAN_EVERY == 0:
        ServerSample.objects.filter(at__lt=timezone.now() - KEPT).delete()


def servers_of(run: Run) -> list[str]:
    """The worker processes that wrote for a run."""
    found = run.minutes.order_by("server").values_list("server", flat=True)
    return list(found.distinct())


def load_of(run: Run, servers: Sequence[str]) -> Load | None:
    """What the servers of a run do now, all together; None while it does not run, or where none
    has told within the last half minute.
    """
    if not run.job.is_running:
        return None
    recent = ServerSample.objects.filter(server__in=servers, at__gte=timezone.now() - NOW)
    newest = list(recent.order_by("server", "-at").distinct("server"))
    if not newest:
        return None
    used = [sample.kv_cache for sample in newest if sample.kv_cache is not None]
    read = sum(sample.prompt_tokens for sample in newest)
    cached = sum(sample.cached_tokens for sample in newest)
    return Load(
        running=sum(sample.running for sample in newest),
        waiting=sum(sample.waiting for sample in newest),
        kv_cache=max(used) if used else None,
        cached_share=cached / read if read else None,
    )
