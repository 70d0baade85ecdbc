"""Counts what the front page says beyond bare figures; in the background, since it reads all pairs.

At a million pairs this takes seconds: it then rests twenty times as long (apps.home.standing
keeps what was counted).
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Min, Q
from django.utils import timezone

from apps.core.models import Job, WorkUnit
from apps.home import standing
from apps.home.standing import Day, Failure, Part, Person, Standing, Waiting, Work
from apps.validation.models import OVERALL

REST = 20
DAYS, WEEK = 14, 7
# A pause with the page open is no work: beyond this a label counts as so many seconds.
MOST_SECONDS = 600
MOST_PARTS, MOST_PEOPLE, MOST_FAILURES, MOST_COUNTED = 12, 50, 5, 1_000_000
MOST_MESSAGE = 300
# So long work waits behind nothing that goes on; a worker starts and loads a model in less.
AWAY = timedelta(minutes=5)

# Joined to, never NOT IN: that would read all of it again for each pair once it is large.
_SAMPLE = """
    SELECT FROM generation_import AS import
    WHERE import.id = instruction.imported_id AND import.is_sample
"""
# A reviewer's newest label of a pair counts, on the day it was given.
_NEWEST = f"""
    FROM review_label AS label JOIN accounts_user AS person ON person.id = label.reviewer_id
    JOIN generation_response AS response ON response.id = label.response_id
    JOIN generation_instruction AS instruction ON instruction.id = response.instruction_id
    WHERE label.value IN ('good', 'bad') AND label.created_at >= %(since)s AND NOT EXISTS (
        SELECT FROM review_label AS later WHERE later.response_id = label.response_id
        AND later.reviewer_id = label.reviewer_id AND later.id > label.id
    ) AND NOT EXISTS ({_SAMPLE})
"""  # noqa: S608
PEOPLE = f"""
    SELECT person.username, label.created_at >= %(today)s, count(*),
        count(*) FILTER (WHERE label.value = 'good'), count(label.seconds),
        coalesce(sum(least(label.seconds, {MOST_SECONDS})) FILTER (WHERE label.seconds >= 0), 0)
    {_NEWEST} GROUP BY 1, 2
"""  # noqa: S608
LABEL_DAYS = f"""
    SELECT label.created_at::date, count(*), count(*) FILTER (WHERE label.value = 'good')
    {_NEWEST} GROUP BY 1
"""  # noqa: S608
# One pass over all pairs for versions, kinds and days.
PAIRS = f"""
    SELECT GROUPING(version, kind, day), version, kind, day, count(*), count(outcome),
        count(*) FILTER (WHERE outcome = 'passed'), count(good), count(*) FILTER (WHERE good)
    FROM (
        SELECT recipe.fewshot_id AS version, coalesce(seed.kind, '') AS kind,
            CASE WHEN response.created_at >= %(since)s THEN response.created_at::date END AS day,
            verdict.outcome, decision.good
        FROM generation_response AS response
        JOIN generation_instruction AS instruction ON instruction.id = response.instruction_id
        LEFT JOIN generation_recipe AS recipe ON recipe.id = instruction.recipe_id
        LEFT JOIN seeds_seed AS seed ON seed.id = instruction.seed_id
        LEFT JOIN validation_verdict AS verdict
            ON verdict.response_id = response.id AND verdict.database = '{OVERALL}'
        LEFT JOIN review_decision AS decision ON decision.response_id = response.id
        WHERE NOT EXISTS ({_SAMPLE}) AND NOT response.is_held_back
    ) AS pair
    GROUP BY GROUPING SETS ((version), (kind), (day))
"""  # noqa: S608
# The bits of GROUPING: which columns a row is *not* grouped by.
_BY_VERSION, _BY_KIND, _BY_DAY = 0b011, 0b101, 0b110
VERSIONS = """
    SELECT version.id, fewshot.name || ' version ' || version.number
    FROM fewshot_version AS version
    JOIN fewshot_fewshotset AS fewshot ON fewshot.id = version.fewshot_set_id
"""
# Entries of a pairwise queue stay open: there what waits is each two responses to an instruction
# that no finished duel has, and who preferred one of an open duel has seen both.
QUEUES = f"""
    SELECT queue.id, queue.name, CASE WHEN queue.is_pairwise THEN (
        SELECT coalesce(sum(responses / 2 * 2), 0)::bigint FROM (
            SELECT count(*) AS responses FROM review_entry AS entry
            JOIN generation_response AS response ON response.id = entry.response_id
            WHERE entry.queue_id = queue.id AND NOT EXISTS (
                SELECT FROM review_duel AS duel WHERE duel.one_id = entry.response_id
                AND duel.queue_id = queue.id AND duel.is_done
            ) AND NOT EXISTS (
                SELECT FROM review_duel AS duel WHERE duel.other_id = entry.response_id
                AND duel.queue_id = queue.id AND duel.is_done
            ) GROUP BY response.instruction_id
        ) AS counted
    ) ELSE (
        SELECT count(*) FROM (
            SELECT FROM review_entry AS entry WHERE entry.queue_id = queue.id
            AND entry.state = 'open' LIMIT {MOST_COUNTED}
        ) AS counted
    ) END, array(
        SELECT username::text FROM accounts_user WHERE id IN (
            SELECT user_id FROM review_queue_people WHERE queue_id = queue.id
            UNION SELECT member.user_id FROM review_queue_groups AS invited
            JOIN accounts_user_groups AS member ON member.group_id = invited.group_id
            WHERE invited.queue_id = queue.id
        ) ORDER BY username
    ), coalesce((
        SELECT json_object_agg(username, pairs) FROM (
            SELECT person.username, 2 * count(*) AS pairs FROM review_preference AS said
            JOIN review_duel AS duel ON duel.id = said.duel_id AND NOT duel.is_done
            JOIN accounts_user AS person ON person.id = said.reviewer_id
            WHERE duel.queue_id = queue.id AND queue.is_pairwise
            GROUP BY 1
            UNION ALL
            SELECT person.username, count(*) AS pairs FROM review_entry AS entry
            JOIN review_seat AS seat ON seat.entry_id = entry.id AND seat.expires_at IS NULL
            JOIN accounts_user AS person ON person.id = seat.reviewer_id
            WHERE entry.queue_id = queue.id AND entry.state = 'open' AND queue.reviewers > 1
                AND NOT queue.is_pairwise
            GROUP BY 1
        ) AS done
    ), '{{}}'::json)
    FROM review_queue AS queue WHERE NOT queue.is_closed ORDER BY queue.is_default DESC, queue.name
"""  # noqa: S608
CARE = """
    SELECT (
        SELECT count(*) FROM review_decision AS decision
        WHERE good_votes > 0 AND good_votes < voters AND NOT EXISTS (
            SELECT FROM review_ruling AS ruling WHERE ruling.response_id = decision.response_id
        )
    ), (SELECT count(DISTINCT response_id) FROM review_flag)
"""
FAILURES = """
    SELECT job.id, job.kind, job.status, count(unit.id), left(coalesce(nullif(job.message, ''),
        max(unit.error), ''), %(most)s), coalesce(
            (SELECT id FROM generation_run WHERE job_id = job.id),
            (SELECT id FROM seeds_gathering WHERE job_id = job.id),
            (SELECT id FROM generation_import WHERE job_id = job.id),
            (SELECT id FROM exports_export WHERE job_id = job.id),
            (SELECT id FROM judge_judging WHERE job_id = job.id)
        )
    FROM core_job AS job LEFT JOIN core_workunit AS unit
        ON unit.job_id = job.id AND unit.status = 'failed'
    WHERE coalesce(job.finished_at, now()) >= %(week)s AND (job.status = 'failed' OR unit.id IS NOT NULL)
    GROUP BY job.id ORDER BY job.id DESC LIMIT %(failures)s
"""  # noqa: E501


def count_standing() -> bool:
    """Count anew unless the last count was too long a piece of work to do again so soon; whether
    it was done.
    """
    last = standing.read_all()[1]
    now = timezone.now()
    if last.counted_at and now - last.counted_at < timedelta(seconds=REST * last.took):
        return False
    started = time.monotonic()
    found = _count(now)
    took = round(time.monotonic() - started, 2)
    # Less than a second is no burden, however often.
    standing.store(Standing(**found, took=took if took >= 1 else 0.0), now)
    return True


def _count(now: datetime) -> dict[str, Any]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=DAYS - 1)
    pairs = _rows(PAIRS, {"since": since})
    conflicts, flags = _rows(CARE, {})[0]
    week = today - timedelta(days=WEEK - 1)
    failures = {"week": week, "most": MOST_MESSAGE, "failures": MOST_FAILURES}
    units = WorkUnit.objects.unfinished().values_list("queue").annotate(Count("id"))
    return {
        "people": _people(_rows(PEOPLE, {"since": week, "today": today})),
        "days": _days(since, pairs, _rows(LABEL_DAYS, {"since": since})),
        "versions": _parts(pairs, _BY_VERSION, dict(_rows(VERSIONS, {})), "imported"),
        "kinds": _parts(pairs, _BY_KIND, {}, "no seed"),
        "queues": tuple(Waiting(*row) for row in _rows(QUEUES, {}) if row[2]),
        "conflicts": conflicts,
        "flags": flags,
        "units": tuple(units.order_by("queue")),
        "unattended": _unattended(now),
        "failures": tuple(Failure(*row) for row in _rows(FAILURES, failures)),
    }


def _unattended(now: datetime) -> tuple[str, ...]:
    """Kinds of workers that have work of running jobs and have neither held nor ended any of it
    for AWAY. A webhook's one unit waits for something to tell: it says nothing.
    """
    since = now - AWAY
    held = Q(status=WorkUnit.Status.LEASED, lease_expires_at__gt=now)
    rows = WorkUnit.objects.unfinished().wanted().exclude(queue="webhook").values("queue")
    kinds = rows.annotate(oldest=Min("created_at"), held=Count("id", filter=held))
    waiting = kinds.filter(held=0, oldest__lt=since).order_by("queue")
    ended = WorkUnit.objects.filter(job__status=Job.Status.RUNNING, finished_at__gt=since)
    return tuple(row["queue"] for row in waiting if not ended.filter(queue=row["queue"]).exists())


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _people(rows: list[tuple[Any, ...]]) -> tuple[Person, ...]:
    """The busiest first."""
    today: dict[str, Work] = {}
    week: dict[str, Work] = {}
    for name, is_today, *counts in rows:
        work = Work(*counts)
        week[name] = week.get(name, Work()) + work
        if is_today:
            today[name] = work
    busiest = sorted(week, key=lambda name: (-week[name].labels, name))[:MOST_PEOPLE]
    return tuple(Person(name, today.get(name, Work()), week[name]) for name in busiest)


def _days(
    since: datetime, pairs: list[tuple[Any, ...]], labels: list[tuple[Any, ...]]
) -> tuple[Day, ...]:
    """Every day, those on which nothing happened too."""
    written = {row[3]: row[4] for row in pairs if row[0] == _BY_DAY and row[3]}
    labelled = {day: (count, good) for day, count, good in labels}
    days = [(since + timedelta(days=number)).date() for number in range(DAYS)]
    return tuple(
        Day(day.isoformat(), written.get(day, 0), *labelled.get(day, (0, 0))) for day in days
    )


def _parts(
    pairs: list[tuple[Any, ...]], grouping: int, names: dict[int, str], without: str
) -> tuple[Part, ...]:
    """Those with most pairs first."""
    place = 1 if grouping == _BY_VERSION else 2
    found = [
        Part(_name(row[place], names, without), *row[4:]) for row in pairs if row[0] == grouping
    ]
    return tuple(sorted(found, key=lambda part: (-part.pairs, part.name))[:MOST_PARTS])


def _name(key: int | str | None, names: dict[int, str], without: str) -> str:
    if not key:
        return without
    return key.replace("_", " ") if isinstance(key, str) else names[key]
