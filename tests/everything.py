"""A site with something of everything on it, and the address of each of its pages.

For what holds of every page: tests/test_words.py, tests/browser/test_every_page.py. A page that is
added is among them by its place in the URLs; new is only what its address names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.timezone import now

from apps.accounts.models import AuditEntry, User
from apps.core.models import Job
from apps.evidence.counting import count_evidence
from apps.exports.services import export_start
from apps.exports.verifications import verification_start
from apps.generation.importing import import_start
from apps.generation.models import Response
from apps.generation.words import REASONS
from apps.home.counting import count_standing
from apps.home.figures import count_figures
from apps.review.correcting import pair_correct
from apps.review.flagging import flag_raise
from apps.review.models import Queue, Reason
from apps.review.queue import enqueue
from apps.review.team.figures import count_team
from apps.review.team.services import gold_set, rule
from apps.seeds.gathering.jobs import gathering_start
from apps.seeds.models import Gathering
from apps.validation.figures import count_touched
from apps.validation.models import OUTCOMES
from apps.validation.tries import Try, try_start
from tests.accounts import deed_rows
from tests.browser.reviewing import WRONG, make_real
from tests.browser.test_runs import over_time
from tests.builders import make_completion, make_response, make_seed, make_user
from tests.exports.building import accept, with_prompt, write
from tests.judge.building import score
from tests.review.building import make_failed_check, make_verdict
from tests.review.team.test_team import judge
from tests.review.test_queues import make_queue
from tests.review.test_siblings import make_sibling
from tests.seeds.gathering.running import do_all
from tests.studio.building import make_trial
from tests.validation.building import make_judged_run
from worker.tasks import work as do_unit

# By the names that addresses have for their parts; the first that leads to a page is taken.
Values = dict[str, list[int | str]]
DATABASES = ("sqlite", "duckdb", "postgres")
SQL = """-- Names of the people who are old enough.
SELECT name FROM people WHERE age > 20;
SELECT name FROM people WHERE age > 20;
GRANT ALL ON a TO b;
SELEC name FRM people WHEREVER;
-- TODO
SELECT id FROM orders WHERE paid_at > due_at;
"""
PAIRS = """{"instruction": "Count the rows.", "response": "```sql\\nSELECT count(*) FROM t;\\n```"}
{"instruction": "Nothing"}
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site: its name among the URLs, its address with rows that are there, and what
    it says.
    """

    name: str
    address: str
    html: str


def fill(folder: Path) -> Values:
    """Something of everything; an admin is called `admin`. `folder` is also WINNOW_VAR."""
    admin = make_user("admin", "admin", email="admin@example.org")
    values: Values = defaultdict(list)
    for part in (
        _gathered(folder), _written(folder), _reviewed(admin), _exported(admin), _fewshot(),
        _judged(), _people(admin), _told(),
    ):  # fmt: skip
        for name, more in part.items():
            values[name] += more
    values["job_id"].append(deed_rows.validated_again())
    for kind in ("generate", "gather", "export", "validate", "import", "judge"):
        Job.objects.create(kind=kind, status="failed", message="No room left.", finished_at=now())
    for count in (count_figures, count_standing, count_touched, count_team, count_evidence):
        count()
    return values


def _gathered(folder: Path) -> Values:
    source = folder / "sql"
    source.mkdir()
    (source / "a.sql").write_text(SQL)
    (source / "b.sql").write_bytes(b"\x00\x01\x02\x03" * 50)
    gathering = gathering_start(spec=str(source))
    do_all(gathering)
    running = deed_rows.a_gathering()
    return {
        "gathering_id": [gathering.pk, running.pk],
        "reason": list(_reasons(gathering)),
        "seed_id": [gathering.source.files.get(path__endswith="a.sql").seeds.all()[0].pk],
    }


def _reasons(gathering: Gathering) -> Iterator[str]:
    for count in gathering.counts.exclude(group="kept"):
        if count.code.replace("_", "").isalpha():
            yield count.code


def _written(folder: Path) -> Values:
    """A run that was judged in every way, rejected for every reason, and is followed over time."""
    run = make_judged_run(
        *(dict.fromkeys(DATABASES, outcome) for outcome, _ in OUTCOMES),
        {"sqlite": "passed", "duckdb": "wrong_result", "postgres": "sql_error"},
    )
    seed = run.chosen.all()[0].seed
    for draw, reason in enumerate(REASONS):
        said = "It ends within a code block."
        make_completion(run, seed, "c_i", 0, draw=draw, reason=reason, text="x", message=said)
    over_time(run)
    pairs = folder / "pairs.jsonl"
    pairs.write_text(PAIRS)
    made, _ = import_start(path=pairs, file_name=pairs.name)
    assert made.job
    do_unit(made.job.units.get().pk)
    wanted = Try("SELECT 1 AS one;", ("sqlite",), is_sql=True)
    tried = try_start(wanted=wanted, created_by=User.objects.get(username="admin"))
    do_unit(tried.units.get().pk)
    return {"run_id": [run.pk], "import_id": [made.pk], "job_id": [tried.pk]}


def _reviewed(admin: User) -> Values:
    pair = make_real(1, "wrong_result", "1 row is missing.", diff=WRONG, strength=0.75)
    other = make_sibling(pair, "```sql\nSELECT 2;\n```")
    make_verdict(other, "passed")
    start = pair.instruction.text.index("Python")
    make_failed_check(pair, start=start, end=start + 6)
    conflict, ruled, corrected = _judged_by_several()
    enqueue(response_ids=[each.pk for each in (pair, other, conflict, ruled, corrected)])
    rule(response=ruled, good=True, note="The tie is no fault.", editor=admin)
    flag_raise(response=conflict, reviewer=admin)
    gold_set(response=conflict, good=False, editor=admin, why="It asks for something else.")
    pair_correct(response=corrected, editor=admin, text="```sql\nSELECT 3;\n```", seen=0)
    make_sibling(corrected, "```sql\nSELECT 4;\n```")
    queue = make_queue(name="Ours")
    duels = make_queue(name="Which is better", is_pairwise=True)
    return {
        "response_id": [pair.pk, conflict.pk, ruled.pk, corrected.pk],
        "other_id": [other.pk],
        "queue_id": [queue.pk, Queue.objects.get(is_default=True).pk, duels.pk],
        "batch_id": [deed_rows.a_batch()],
        "reason_id": [Reason.objects.all()[0].pk],
        "duel_id": [0],
    }


def _judged_by_several() -> list[Response]:
    pairs = [make_response() for _ in range(3)]
    for pair in pairs:
        make_verdict(pair, "passed")
        judge(pair, anna="good", bert="bad", carl="good")
    return pairs


def _exported(admin: User) -> Values:
    for number in range(3):
        pair = accept(with_prompt(make_response()))
        for database in DATABASES:
            outcome = "passed" if number else "sql_error"
            make_verdict(pair, outcome, database=database)
    earlier, export = write(), write()
    verification = verification_start(export=export, created_by=admin)
    stopped = deed_rows.stopped(deed_rows.an_unwritten_export())
    push = Job.objects.create(kind="push")
    deed_rows.Push.objects.create(export=export, repository="a/b", job=push)
    return {
        "export_id": [export.pk, stopped.pk, export_start(filters=deed_rows.Filters()).pk],
        "other_id": [earlier.pk],
        "verification_id": [verification.pk],
        "push_id": [0],
        "part": ["pairs"],
    }


def _fewshot() -> Values:
    search = deed_rows.a_search()
    draft = deed_rows.make_draft()
    trial = make_trial([make_seed()], draft=draft)
    published = draft.fewshot_set.versions.get(status="published")
    return {
        "version_id": [draft.pk, published.pk, search.version_id],
        "set_id": [draft.fewshot_set_id],
        "example_id": [draft.examples.all()[0].pk, published.examples.all()[0].pk],
        "number": [1],
        "state": ["off"],
        "direction": ["up"],
        "trial_id": [trial.pk],
        "search_id": [search.pk],
        "test_id": [deed_rows.a_test()],
    }


def _judged() -> Values:
    judging = deed_rows.a_judging()
    pairs = list(Response.objects.filter(run=judging.run_id))
    for pair in pairs:
        score(judging.judge, pair)
    return {
        "judging_id": [judging.pk],
        "judge_id": [judging.judge_id],
        "response_id": [pairs[0].pk],
    }


def _people(admin: User) -> Values:
    otto = make_user("reviewer", "otto", email="otto@example.org")
    otto.groups.add(group := Group.objects.create(name="Night shift"))
    made = deed_rows.invitation_create(role="editor", email="eva@example.org", created_by=admin)
    for action, path in (("generation:pause", "/runs/1/pause/"), ("exports:new", "/exports/new/")):
        AuditEntry.objects.create(
            actor=admin, action=action, path=path, status=302, details={"format": "jsonl"}
        )
    return {
        "user_id": [otto.pk],
        "group_id": [group.pk],
        "invitation_id": [made.invitation.pk],
        "token": [made.token],
        "uidb64": ["x"],
        "token_id": [deed_rows.a_token()],
    }


def _told() -> Values:
    message = deed_rows.a_message("delivered")
    return {"endpoint_id": [message.endpoint_id], "message_id": [message.pk], "rest": ["x"]}


def _views(
    patterns: list[URLPattern | URLResolver], space: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(
                pattern.url_patterns, f"{pattern.namespace or ''}:".lstrip(":") or space
            )
        elif pattern.name:
            yield space + pattern.name, pattern


def views() -> dict[str, list[str]]:
    """Every view that has a name, with the names of the parts of its address."""
    found = _views(get_resolver().url_patterns)
    return {name: list(pattern.pattern.converters) for name, pattern in found}


def pages(client: Client, values: Values, *, firsts: bool = False) -> Iterator[Page]:
    """Every page that this client is shown, each with all rows that there are for it (firsts: with
    the first that leads to it); what is no page (a file, a part for htmx, a deed) answers with
    something else than HTML of status 200.
    """
    for name, parts in views().items():
        if name.startswith("api:v1"):
            continue
        for chosen in product(*(values[part] for part in parts)):
            address = reverse(name, kwargs=dict(zip(parts, chosen, strict=True)))
            answer = client.get(address)
            is_html = answer.headers.get("Content-Type", "").startswith("text/html")
            if answer.status_code == 200 and is_html and b"<!doctype html>" in answer.content:
                yield Page(name, address, answer.content.decode())
                if firsts:
                    break
