"""Doing a gathering's units in the test's own process."""

from apps.core import work
from apps.seeds.models import Gathering
from worker import handlers


def do_all(gathering: Gathering) -> None:
    """Do the gathering's units as a worker would, the plan first."""
    while unit := gathering.job.units.unfinished().order_by("id").first():
        claimed = work.claim(unit_id=unit.pk, owner="test")
        if not claimed:
            break
        result = handlers.for_queue(unit.queue)(claimed, "test", work.Lease())
        work.finish(unit=claimed, owner="test", result=result)
    gathering.job.refresh_from_db()


def counts(gathering: Gathering) -> dict[tuple[str, str], int]:
    """Everything that a gathering counted, by group and code."""
    return {(c.group, c.code): c.number for c in gathering.counts.all()}
