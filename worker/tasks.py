"""Celery tasks: thin. One task does any work unit; which service does it is told by its queue."""

from __future__ import annotations

import logging
import os
import socket
import uuid
from collections.abc import Callable

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from apps.accounts import mails
from apps.core import work as units
from apps.core.excuses import disk_is_full, excuse_for, is_nobodys_fault
from apps.evidence import blind_tests
from apps.evidence import counting as evidence
from apps.exports import services as exports
from apps.exports import staleness
from apps.home import counting, figures
from apps.review import costing, limiting
from apps.review.acceptance import services as acceptance
from apps.review.queue import queues_catch_up
from apps.review.team import figures as team_figures
from apps.review.team import known_bad as known_bad_units
from apps.validation import figures as run_figures
from apps.validation import tries
from apps.webhooks import delivering
from apps.webhooks.services import messages_clean
from worker import handlers

log = logging.getLogger(__name__)


@shared_task(name="worker.tasks.work", max_retries=0)
def work(unit_id: int) -> None:
    """Claim a unit, do it, finish it. Repeats, and messages for units that are done, are free."""
    if serve := handlers.server_of(units.queue_of(unit_id)):
        serve(unit_id)
        return
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    unit = units.claim(unit_id=unit_id, owner=owner, counts=not disk_is_full())
    if unit is None:
        return
    try:
        with units.kept_lease(unit=unit, owner=owner) as lease:
            result = handlers.for_queue(unit.queue)(unit, owner, lease)
    except (units.LeaseLostError, units.JobStoppedError) as ended:
        log.info("Unit %s: %s", unit_id, ended)
        units.release(unit=unit, owner=owner)
    except units.JobFailsError as error:
        log.error("Unit %s (%s) fails with its whole job: %s", unit_id, unit, error)
        units.fail_with_job(unit=unit, owner=owner, error=str(error)[:2000])
    except Exception as error:
        excuse = excuse_for(error)
        told = f"does not count, {excuse}" if excuse else f"counts as number {unit.attempts}"
        log.exception("Unit %s (%s) failed; the attempt %s", unit_id, unit, told)
        words = f"{type(error).__name__}: {error}"[:2000]
        units.give_back(unit=unit, owner=owner, error=words, excuse=excuse)
    else:
        units.finish(unit=unit, owner=owner, result=result)


@shared_task(name="worker.tasks.sweep", max_retries=0)
def sweep() -> None:
    """Send again what is unfinished; forget old tries; bring new pairs into queues."""
    sent = units.sweep()
    if sent:
        log.info("Sent %s unfinished work units again.", sent)
    _do_all(tries.tries_clean, queues_catch_up)


@shared_task(name="worker.tasks.limit_runs", max_retries=0)
def limit_runs() -> None:
    """Stop the runs that have reached a limit of theirs."""
    stopped = limiting.runs_limit()
    if stopped:
        log.info("Stopped %s runs by their limits.", stopped)


@shared_task(name="worker.tasks.count_figures", max_retries=0)
def count_figures() -> None:
    """Recount the figures that pages show."""
    _do_all(
        figures.count_figures,
        counting.count_standing,
        run_figures.count_touched,
        costing.count_costs,
        evidence.count_evidence,
        blind_tests.blind_tests_end,
    )


@shared_task(name="worker.tasks.clear_sessions", max_retries=0)
def clear_sessions() -> None:
    """Delete the sessions that have run out: Django itself never does. And old messages."""
    _do_all(SessionStore.clear_expired, messages_clean)


@shared_task(name="worker.tasks.count_team", max_retries=0)
def count_team() -> None:
    """Recount how far reviewers agree, where one of them has labelled since; have known answers
    made where a queue draws them.
    """
    _do_all(team_figures.count_team, known_bad_units.known_bad_ask)


@shared_task(name="worker.tasks.learn_acceptance", max_retries=0)
def learn_acceptance() -> None:
    """Fit the acceptance model anew, where enough labels came."""
    if acceptance.acceptance_due():
        acceptance.acceptance_train()


@shared_task(name="worker.tasks.look_at_exports", max_retries=0)
def look_at_exports() -> None:
    """Note which exports are stale; delete those that are older than the setting says,
    and what is left of deleted ones."""
    _do_all(staleness.look, exports.exports_expire, exports.exports_remove)


@shared_task(name="worker.tasks.tell", max_retries=0)
def tell() -> None:
    """Have webhooks delivered that are due."""
    delivering.wake()


@shared_task(name="worker.tasks.mail", autoretry_for=(OSError,), retry_backoff=30, max_retries=5)
def mail(to: str, subject: str, text: str) -> None:
    """Send a mail; a mail server that is away is tried again for a quarter of an hour."""
    mails.mail_send(to=to, subject=subject, text=text)


@shared_task(
    name="worker.tasks.mail_reset", autoretry_for=(OSError,), retry_backoff=30, max_retries=5
)
def mail_reset(email: str, site: str) -> None:
    """Mail a link to a new password to whoever has that address."""
    mails.reset_mail(email=email, site=site)


def _do_all(*parts: Callable[[], object]) -> None:
    """Do each part, whatever becomes of another: what cannot be counted for one odd row keeps
    nothing else from being done. When the database is away, all of it is for the next time.
    """
    for part in parts:
        try:
            part()
        except Exception as error:
            if is_nobodys_fault(error):
                raise
            log.exception("%s.%s failed", part.__module__, part.__name__)
