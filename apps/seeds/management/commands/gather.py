"""`manage.py gather PATH…`: SQL files become seeds."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.utils import InterfaceError, OperationalError

from apps.core import local, work
from apps.seeds.gathering import jobs as gatherings
from apps.seeds.gathering.settings import GatherSettings, SettingsError
from apps.seeds.gathering.watching import Crew, Watch, WorkersDiedError
from apps.seeds.models import Gathering
from apps.seeds.readers.base import SourceError
from apps.sql.kinds import KINDS

# Of GatherSettings: the option's name, and what it says. Types and defaults come from there.
OPTIONS = {
    "text_column": "column of a JSONL, JSON, CSV or Parquet file that has the SQL",
    "files_per_chunk": "files per work unit",
    "licences": "permissive: drop what is known not to be; strict: keep only what is known to be;"
    " any: keep all",
    "max_file_bytes": "larger files are rejected",
    "config": "configuration of a Hugging Face data set",
    "data_dir": "folder of a Hugging Face data set",
    "split": "split of a Hugging Face data set",
    "revision": "revision of a Hugging Face data set",
    "file_seconds": "a large file that takes longer is rejected",
    "file_memory": "a large file that takes more bytes of memory, beside its size, is rejected",
    "seeds_per_file": "seeds from one file at most",
    "dialect": "read every file in this dialect instead of guessing",
    "fewest_words": "words of a statement at least",
    "most_bytes": "bytes of a statement at most",
    "rows": "rows that a multi-row INSERT is cut down to",
    "many_rows": "trim multi-row INSERTs, or reject them",
    "personal_data": "mask, reject or keep e-mail addresses, passwords and their hashes",
    "keys": "mask, reject or keep statements with keys and tokens",
    "per_template_file": "statements of one masked form in a file at most",
    "per_template_repository": "… in a repository at most",
    "per_template": "… overall at most",
    "near_duplicates": "Jaccard similarity from which a statement is a near-duplicate; 0: off",
    "kind_share": "share of --limit that one kind may take (limits of 1,000 and more)",
}


class Command(BaseCommand):
    help = (
        "Gather seeds from folders, .sql files, archives, JSONL or Parquet files, or a Hugging"
        " Face data set (hf:bigcode/the-stack-dedup). Ctrl-C keeps what is done; --resume goes on."
        " Exit codes: 0 done, 1 failed, 130 stopped by Ctrl-C."
    )

    _gathering: Gathering | None = None  # the one at work

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="*", metavar="PATH")
        parser.add_argument("--limit", type=int, help="stop after this many seeds kept")
        parser.add_argument("--workers", type=int, default=1, help="processes at work (1)")
        parser.add_argument("--resume", type=int, metavar="ID", help="go on with this gathering")
        parser.add_argument(
            "--background", action="store_true", help="leave the work to the workers and return"
        )
        parser.add_argument("--join", type=int, metavar="ID", help=argparse.SUPPRESS)
        parser.add_argument(
            "--quota", action="append", default=[], metavar="KIND=N",
            help="seeds of a kind at most, may be repeated",
        )  # fmt: skip
        group = parser.add_argument_group("reading and choice")
        defaults = GatherSettings()
        for name, text in OPTIONS.items():
            default = getattr(defaults, name)
            group.add_argument(
                f"--{name.replace('_', '-')}",
                type=str if default is None else type(default),
                default=default,
                help=text if default in (None, "") else f"{text} ({default})",
            )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["join"]:
                self._join(_gathering(options["join"]))
                return
            for gathering in self._gatherings(options):
                self._gathering = gathering
                self._work(gathering, options)
        except (SourceError, SettingsError) as error:
            raise CommandError(str(error)) from error
        except (OperationalError, InterfaceError) as error:
            raise CommandError(_explained(error, self._gathering)) from error

    def _gatherings(self, options: dict[str, Any]) -> Iterator[Gathering]:
        """One after the other, each begun when its turn comes; nothing begins before all sources
        are known to be there.
        """
        if options["limit"] is not None and options["limit"] < 1:
            raise CommandError("--limit must be 1 or more.")
        if options["workers"] < 1:
            raise CommandError("--workers must be 1 or more.")
        if options["resume"]:
            yield self._resumed(options["resume"])
            return
        if not options["paths"]:
            raise CommandError("Name a folder, a file or a data set: manage.py gather PATH")
        settings = GatherSettings(
            quotas=_quotas(options["quota"]), **{name: options[name] for name in OPTIONS}
        )
        for path in options["paths"]:
            gatherings.source_check(spec=path, settings=settings)
        for path in options["paths"]:
            yield gatherings.gathering_start(spec=path, settings=settings, limit=options["limit"])

    def _resumed(self, gathering_id: int) -> Gathering:
        gathering = _gathering(gathering_id)
        if not gatherings.gathering_resume(gathering=gathering):
            self.stdout.write(f"Gathering {gathering_id} has ended; there is nothing left to do.")
        return gathering

    def _work(self, gathering: Gathering, options: dict[str, Any]) -> None:
        if options["background"]:
            self.stdout.write(f"Gathering {gathering.pk} is in the queue.")
            return
        self.stdout.write(f"Gathering {gathering.pk}: Ctrl-C keeps what is done.")
        watch = Watch(gathering, self.stdout)
        try:
            with watch:
                if options["workers"] == 1:
                    _work_here(gathering, watch)
                else:
                    Crew(gathering, options["workers"]).work(watch)
        except WorkersDiedError as error:
            work.stop_job(job=gathering.job)
            raise CommandError(str(error)) from error
        except (KeyboardInterrupt, work.JobStoppedError):
            work.stop_job(job=gathering.job)
            self.stderr.write(
                "Stopped. What is done is kept; go on with:"
                f" manage.py gather --resume {gathering.pk}"
            )
            raise SystemExit(130) from None
        watch.print_end()
        gathering.job.refresh_from_db()
        if gathering.job.status == "failed":
            raise CommandError(
                f"{gathering.job.message}\nTry the failed parts again with:"
                f" manage.py gather --resume {gathering.pk}"
            )

    def _join(self, gathering: Gathering) -> None:
        """A process of --workers: works until the job ends, says nothing."""
        try:
            _work_here(gathering, None)
        except (KeyboardInterrupt, work.JobStoppedError):
            raise SystemExit(130) from None


def _work_here(gathering: Gathering, watch: Watch | None) -> None:
    def do(unit: Any, lease: work.Lease) -> dict[str, Any]:
        return gatherings.unit_do(unit=unit, lease=lease, told=watch.look if watch else _nothing)

    for _ in local.work_through(job=gathering.job, do=do):
        if watch:
            watch.look()


def _explained(error: Exception, gathering: Gathering | None) -> str:
    """What became of the database, as far as it says so itself, and what to do."""
    if gathering is None:
        return f"The database does not answer: {error}\nmake start starts it."
    state = getattr(error.__cause__, "sqlstate", None)
    has_answered = state is not None and state[:2] not in ("08", "57")  # no connection; shut down
    what, when = (
        ("refuses to go on", "that is mended")
        if has_answered
        else ("went away", "it runs again (make start starts it)")
    )
    return (
        f"The database {what}: {error}\nWhat is done is kept. When {when}:"
        f" manage.py gather --resume {gathering.pk}"
    )


def _nothing() -> None:
    """For workers that nobody watches."""


def _gathering(gathering_id: int) -> Gathering:
    try:
        return Gathering.objects.select_related("job", "source").get(pk=gathering_id)
    except Gathering.DoesNotExist as error:
        raise CommandError(
            f"There is no gathering {gathering_id}; the page of seeds lists them."
        ) from error


def _quotas(given: list[str]) -> dict[str, int]:
    found = {}
    for one in given:
        kind, _, number = one.partition("=")
        if kind not in KINDS or not number.isdecimal():
            raise CommandError(f"--quota is KIND=NUMBER, not {one!r}; kinds: {', '.join(KINDS)}.")
        found[kind] = int(number)
    return found
