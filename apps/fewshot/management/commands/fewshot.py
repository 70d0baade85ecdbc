"""`manage.py fewshot import|export|check`: few-shot files, ours and those of other pipelines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import pluralize

from apps.fewshot import checking, queries
from apps.fewshot.blocks import Problem
from apps.fewshot.management.files import SUFFIX, file_read, stored
from apps.fewshot.models import FewShotSet, Version
from apps.fewshot.reading import FIELD_SECTIONS, Read
from apps.fewshot.rendering import DEFAULT_FILE
from apps.fewshot.running import examples_run


class Command(BaseCommand):
    help = "Import a few-shot file as a version of a set, export a version, or check a file."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
        load = actions.add_parser("import", help="store a file as the next version of its set")
        load.add_argument("path", nargs="?", type=Path, default=DEFAULT_FILE)
        load.add_argument(
            "--set", dest="name", help=f"the set's name (default: the file's, without {SUFFIX})"
        )
        load.add_argument(
            "--no-run",
            dest="run",
            action="store_false",
            help="do not have workers run the examples on the databases",
        )
        write = actions.add_parser("export", help="write a version as its file")
        write.add_argument("name", metavar="SET")
        write.add_argument(
            "--version", dest="number", type=int, help="which (default: the last published one)"
        )
        write.add_argument("--to", type=Path, metavar="PATH", help="where to (default: stdout)")
        check = actions.add_parser("check", help="say what is wrong with a file; store nothing")
        check.add_argument("path", nargs="?", type=Path, default=DEFAULT_FILE)

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['action']}")(options)

    def _import(self, options: dict[str, Any]) -> None:
        path: Path = options["path"]
        found = file_read(path)
        imported = stored(path, found, name=options["name"])
        version, count = imported.version, len(found.places)
        verb = "is now" if imported.created else "is already"
        self.stdout.write(f"{path.name} ({count} example{pluralize(count)}) {verb} {version}.")
        if version.is_draft:
            self.stdout.write(
                "It is a draft: complete what is named here, then publish it. What is not in SQL"
                " is switched off."
            )
        if imported.created and options["run"]:
            examples_run(examples=list(version.examples.filter(is_on=True)))
        for problem in _in_order(found.problems):
            self.stdout.write(str(problem))

    def _export(self, options: dict[str, Any]) -> None:
        text = queries.kept_text(_version(options["name"], options["number"]))
        path: Path | None = options["to"]
        if path is None:
            self.stdout.write(text, ending="")
            return
        try:
            path.write_bytes(text.encode())
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error

    def _check(self, options: dict[str, Any]) -> None:
        path: Path = options["path"]
        found = file_read(path)
        for doubt in _in_order(_doubts(found)):
            self.stdout.write(str(doubt))
        if found.problems:
            for problem in _in_order(found.problems):
                self.stderr.write(str(problem))
            number = len(found.problems)
            raise CommandError(f"{path.name}: {number} problem{pluralize(number)}.")
        count = len(found.places)
        self.stdout.write(f"{path.name} ({count} example{pluralize(count)}) is well formed.")


def _version(name: str, number: int | None) -> Version:
    fewshot_set = FewShotSet.objects.filter(name=name).first()
    if fewshot_set is None:
        names = ", ".join(FewShotSet.objects.order_by("name").values_list("name", flat=True)[:20])
        raise CommandError(f"There is no set {name!r}; there are: {names or 'none'}.")
    if number is None:
        found = queries.last_published(fewshot_set) or queries.draft_of(fewshot_set)
    else:
        found = fewshot_set.versions.filter(number=number).first()
    if found is None:
        raise CommandError(f"{name} has no version {number if number is not None else 'yet'}.")
    return found


def _doubts(found: Read) -> Iterator[Problem]:
    """What is doubtful in examples that models are shown: unread SQL, copies, two alike."""
    shown = [place for place in found.places if place.is_on]
    for place in shown:
        others = [one.example for one in shown if one is not place]
        for finding in checking.findings(place.example, others):
            if not finding.is_wrong:
                section = FIELD_SECTIONS.get(finding.field, "")
                line = place.lines.get(section, 1)
                yield Problem(place.example.number, section, line, finding.message)


def _in_order(problems: Any) -> list[Problem]:
    return sorted(problems, key=lambda problem: problem.line)
