"""What zip and tar share: which members count, ranges of members, one outcome per member."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.seeds.readers.base import Entry, Outcome, ReadOptions, Reason, Rejection, SourceItem
from apps.seeds.readers.limits import BAD_CONTENT
from apps.seeds.readers.names import clean, is_sql_name, is_unsafe_member
from apps.seeds.readers.scripts import unreadable


@dataclass(frozen=True, slots=True)
class Member:
    """A member as listed: its place in the archive, in members and in bytes, and its size."""

    index: int
    name: str
    size: int
    offset: int = 0
    is_link: bool = False

    @property
    def counts(self) -> bool:
        """Scripts count; so does a name that points outside, because somebody should hear of it."""
        return is_sql_name(self.name) or is_unsafe_member(self.name)

    def check(self) -> None:
        """Raises Rejection(unsafe_path) for names and links that lead out of the archive."""
        if is_unsafe_member(self.name):
            raise Rejection(
                Reason.UNSAFE_PATH, "The member's path points outside the archive: not read."
            )
        if self.is_link:
            raise Rejection(Reason.UNSAFE_PATH, "The member is a link; links are not followed.")


def member_ranges(members: Iterable[Member], options: ReadOptions) -> Iterator[Entry]:
    """Entries of at most `range_items` members and about `range_bytes` bytes each.

    A last entry without a stop follows where the listing broke off, so that reading reports it.
    """
    first: Member | None = None
    after, items, size = 0, 0, 0
    broken = False
    listed = iter(members)
    while True:
        try:
            member = next(listed, None)
        except (Rejection, *BAD_CONTENT):
            member, broken = None, True
        is_full = items >= options.range_items or size >= options.range_bytes
        if first is not None and (member is None or is_full):
            yield Entry(
                path="",
                start=first.index,
                # Ranges touch, so that readers can tell neighbours and read them in one pass.
                stop=after if member is None else member.index,
                offset=first.offset,
                items=items,
                size=size,
            )
            first = None
        if member is None:
            break
        if first is None:
            first, items, size = member, 0, 0
        items, size, after = items + 1, size + member.size, member.index + 1
    if broken:
        yield Entry(path="", start=after)


class MemberLabels:
    """How the members of one archive are called: `prefix` is the archive's own path in a folder,
    empty where the archive is the source."""

    def __init__(self, file: Path, prefix: str) -> None:
        self.archive = prefix or file.name
        self.prefix = f"{prefix}/" if prefix else ""

    def path(self, member: Member) -> str:
        return clean(self.prefix + member.name)

    def locator(self, member: Member) -> str:
        """By number, because an archive may hold one name twice."""
        return clean(f"{self.archive}#{member.index}")

    def item(self, member: Member, data: bytes) -> SourceItem:
        return SourceItem(path=self.path(member), locator=self.locator(member), data=data)

    def unreadable(self, member: Member, error: BaseException) -> Outcome:
        return unreadable(error, path=self.path(member), locator=self.locator(member))

    def broken_off(self, index: int, error: BaseException) -> Outcome:
        """The outcome for an archive that ends, or cannot be opened, before member `index`."""
        return unreadable(error, path=self.archive, locator=f"{self.archive}#{index}-end")
