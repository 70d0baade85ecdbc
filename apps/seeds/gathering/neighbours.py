"""Of which dialect are the files around one that says nothing?

Counted are files of a chunk in the order of their source, those that say nothing left out. So the
same source gives the same dialects whoever reads it, and however often it is broken off.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from apps.sql.dialects import Dialect

MOST_PLACES = 10_000  # of a chunk; the place that was heard of first is forgotten first
MOST_DEPTH = 8  # folders above a file that are asked
CLEAR = 2 / 3  # of the files of a place must be of one dialect


@dataclass(slots=True)
class Neighbours:
    """Files by dialect, of each folder with all that is below it, and of each repository."""

    _places: dict[tuple[str, str], Counter[Dialect]] = field(default_factory=dict)

    def add(self, repository: str, path: str, dialect: Dialect) -> None:
        """Note a file that spoke for itself."""
        if dialect is Dialect.UNKNOWN:
            return
        for place in _places(repository, path):
            if place not in self._places and len(self._places) >= MOST_PLACES:
                del self._places[next(iter(self._places))]
            self._places.setdefault(place, Counter())[dialect] += 1

    def of(self, repository: str, path: str) -> Counter[Dialect]:
        """The files of the nearest folder, else of the repository, that are clearly of one
        dialect; empty where nothing is clear.
        """
        for place in _places(repository, path):
            found = self._places.get(place)
            if found and max(found.values()) >= CLEAR * found.total():
                return found
        return Counter()


def _places(repository: str, path: str) -> list[tuple[str, str]]:
    """A file's folder and those above it; the repository's root last. Above the folders of files
    without a repository there is only the source, which may hold anything.
    """
    folders = path.split("/")[:-1][:MOST_DEPTH]
    places = [(repository, "/".join(folders[:depth])) for depth in range(len(folders), 0, -1)]
    return [*places, (repository, "")] if repository or not folders else places
