"""`manage.py duplicates`: which stored pairs say the same; those validated from now on know it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.validation.likeness.finding import likeness_fill
from apps.validation.models import Likeness


class Command(BaseCommand):
    help = "Find equal and near-equal pairs among those that an earlier Winnow validated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="compare all pairs once more")

    def handle(self, *args: Any, **options: Any) -> None:
        looked = 0
        for number in likeness_fill(again=options["again"]):
            looked += number
            self.stdout.write(f"{looked:,} pairs compared")
        twins = Likeness.objects.filter(twin__isnull=False).count()
        self.stdout.write(f"{twins:,} pairs say the same as one before, or nearly.")
