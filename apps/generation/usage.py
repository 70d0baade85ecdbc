"""What a run uses of model servers, added up by the minute as its answers are saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Sum

from apps.generation.models import Completion, Run, RunMinute

# A server is at work for a run from the sending of its longest request in a batch of answers, or
# from when the batch before it came, whichever is later: the union of all requests' times.
ADD = """
    WITH clock AS (SELECT clock_timestamp() AS now), before AS (
        SELECT (SELECT busy_until FROM generation_runminute
            WHERE run_id = %(run)s AND server = %(server)s ORDER BY minute DESC LIMIT 1) AS until
    ), busy AS (
        SELECT now, greatest(0, extract(epoch FROM now - greatest(
            now - %(seconds)s * interval '1 second', coalesce(until, '-infinity')))) AS seconds
        FROM clock, before
    )
    INSERT INTO generation_runminute AS kept (run_id, server, minute, completions, prompt_tokens,
        cached_tokens, completion_tokens, busy_seconds, gpu_seconds, busy_until)
    SELECT %(run)s, %(server)s, date_trunc('minute', now), %(completions)s, %(prompt)s,
        %(cached)s, %(completion)s, seconds, seconds * %(gpus)s, now
    FROM busy
    ON CONFLICT (run_id, server, minute) DO UPDATE SET
        completions = kept.completions + excluded.completions,
        prompt_tokens = kept.prompt_tokens + excluded.prompt_tokens,
        cached_tokens = kept.cached_tokens + excluded.cached_tokens,
        completion_tokens = kept.completion_tokens + excluded.completion_tokens,
        busy_seconds = kept.busy_seconds + excluded.busy_seconds,
        gpu_seconds = kept.gpu_seconds + excluded.gpu_seconds,
        busy_until = greatest(kept.busy_until, excluded.busy_until)
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """Completions, tokens (read, read from the cache, written), seconds of servers at work and of
    their GPUs (a server without one counts as one): those of runs that share a server at one time
    count for each.
    """

    completions: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    busy_seconds: float = 0.0
    gpu_seconds: float = 0.0


def server_of(owner: str) -> str:
    """The worker process of a lease's owner, `host:pid:…`: it keeps one server busy."""
    return owner.rpartition(":")[0][:80] or owner[:80]


def usage_add(*, run_id: int, server: str, completions: Sequence[Completion]) -> None:
    """Add answers that have just been saved, in their transaction."""
    names: dict[str, Any] = {
        "run": run_id,
        "server": server,
        "completions": len(completions),
        "prompt": sum(each.prompt_tokens for each in completions),
        "cached": sum(each.cached_tokens or 0 for each in completions),
        "completion": sum(each.completion_tokens for each in completions),
        "gpus": settings.WINNOW_TENSOR_PARALLEL * settings.WINNOW_SERVERS,
        "seconds": max((each.seconds for each in completions), default=0.0),
    }
    with connection.cursor() as cursor:
        cursor.execute(ADD, names)


def usage_of(run: Run) -> Usage:
    """The whole run: one row a minute and server is summed up."""
    names = [field.name for field in fields(Usage)]
    minutes = RunMinute.objects.filter(run=run)
    return Usage(**minutes.aggregate(**{name: Sum(name, default=0) for name in names}))
