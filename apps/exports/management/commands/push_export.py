"""`manage.py push-export NUMBER OWNER/NAME`: an export to the Hugging Face Hub, in one commit."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import local, work
from apps.exports.forms import PushForm
from apps.exports.models import Export, Push
from apps.exports.pushing import push_start, push_write
from apps.exports.services import ExportError

STOPPED = "The push was stopped; nothing was committed."


class Command(BaseCommand):
    help = "Push an export to a data set of the Hugging Face Hub: data, card and manifest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int, help="number of an export")
        parser.add_argument("repository", help="owner/name at the Hub")
        parser.add_argument("--public", action="store_true", help="everybody may see it")
        parser.add_argument(
            "--with-lineage", action="store_true", help="also the lineage, which names reviewers"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        push = self._start(options)
        try:
            for _ in local.work_through(
                job=push.job, do=lambda _, lease: push_write(push=push, lease=lease)
            ):
                pass
        except work.JobStoppedError as error:
            raise CommandError(STOPPED) from error
        except KeyboardInterrupt:
            work.stop_job(job=push.job)
            raise CommandError(STOPPED, returncode=130) from None
        push.refresh_from_db()
        push.job.refresh_from_db()
        if push.job.status != "done":
            raise CommandError(push.job.message or STOPPED)
        self.stdout.write(push.commit)

    def _start(self, options: dict[str, Any]) -> Push:
        export = Export.objects.select_related("job").filter(pk=options["number"]).first()
        if export is None:
            raise CommandError(f"There is no export {options['number']}.")
        form = PushForm({"repository": options["repository"]})
        if not form.is_valid():
            raise CommandError(" ".join(map(str, form.errors["repository"])))
        try:
            return push_start(
                export=export,
                repository=options["repository"],
                is_private=not options["public"],
                with_lineage=options["with_lineage"],
            )
        except ExportError as error:
            raise CommandError(str(error)) from error
