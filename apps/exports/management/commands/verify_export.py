"""`manage.py verify-export FOLDER`: hashes, lineage, and a share of the pairs run again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.exports.verifying import VerifyError, verify


class Command(BaseCommand):
    help = "Verify an export: SHA-256 of its files, its lineage, and SQL that is run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--rerun", default="0%", metavar="SHARE", help="run so many of the pairs again: 5%%"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        share = _share(options["rerun"])
        rerun = None
        if share:
            from apps.validation.services import responses_judge  # the sandbox's engines

            def rerun(ids: list[int]) -> dict[int, str]:
                return responses_judge(response_ids=ids)

        try:
            report = verify(options["folder"], share=share, rerun=rerun)
        except (VerifyError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{report.files} files, {report.rows} rows, {report.known} of them in this database,"
            f" {report.run_again} run again."
        )
        for problem in report.problems:
            self.stderr.write(problem)
        if report.wrong:
            raise CommandError(f"{report.wrong} things are not as the manifest says.")
        self.stdout.write("All is as the manifest says.")


def _share(text: str) -> float:
    """5% or 5 as 0.05. Raises CommandError."""
    try:
        share = float(text.removesuffix("%")) / 100
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise CommandError(f"{text!r} is no share: write a percentage, as in 5%.")
    return share
