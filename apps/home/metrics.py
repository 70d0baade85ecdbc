"""What Prometheus is told of the way of the data: read from counted figures and small indexes."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.core.models import Job, WorkUnit
from apps.home.figures import NAMES, read_figures


class _Way(Collector):
    """Gauges of the database: the same whichever web process is asked."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from _figures()
        yield from _units()
        yield _jobs()


def _figures() -> Iterator[GaugeMetricFamily]:
    figures = read_figures()
    told = "Rows of each step of the way, as they were counted last."
    rows = GaugeMetricFamily("winnow_rows", told, labels=["step"])
    for name in NAMES:
        rows.add_metric([name], getattr(figures, name))
    yield rows
    if figures.counted_at:
        told = "Seconds since the rows were counted."
        age = (timezone.now() - figures.counted_at).total_seconds()
        yield GaugeMetricFamily("winnow_rows_age_seconds", told, value=age)


def _units() -> Iterator[GaugeMetricFamily]:
    told = "Work units that are not finished."
    count = GaugeMetricFamily("winnow_work_units", told, labels=["queue", "status"])
    told = (
        "Age of the oldest unfinished work unit: one that only grows has no worker."
        " Of webhooks there is none: their one unit is as old as its endpoint."
    )
    oldest = GaugeMetricFamily("winnow_oldest_work_unit_seconds", told, labels=["queue"])
    begun: dict[str, float] = {}
    rows = WorkUnit.objects.unfinished().values("queue", "status")
    first = Min("job__created_at", filter=Q(outlives_job=False))
    for row in rows.annotate(units=Count("id"), first=first):
        count.add_metric([row["queue"], row["status"]], row["units"])
        if row["first"]:
            age = (timezone.now() - row["first"]).total_seconds()
            begun[row["queue"]] = max(age, begun.get(row["queue"], 0.0))
    for queue, age in begun.items():
        oldest.add_metric([queue], age)
    yield count
    yield oldest


def _jobs() -> GaugeMetricFamily:
    jobs = GaugeMetricFamily("winnow_jobs_running", "Jobs that run.", labels=["kind"])
    running = Job.objects.filter(status=Job.Status.RUNNING).values_list("kind")
    for kind, number in running.annotate(Count("id")):
        jobs.add_metric([kind], number)
    return jobs


def way_text() -> bytes:
    """The gauges in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Way())
    return generate_latest(registry)
