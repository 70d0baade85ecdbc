"""How many sequences a server is given at once: more than it works on, so that it never waits."""

from __future__ import annotations

from typing import Final

from worker.engines.metrics import MetricsSample

LEAST: Final = 1.5
START: Final = 1.75
MOST: Final = 2.0
"""Times the sequences that the server works on at once."""

_GROW: Final = 1.2
_SHRINK: Final = 0.97
_BACK_OFF: Final = 0.85
_FLOOR: Final = 0.25
_BEYOND: Final = 4096
"""What a server of unknown size may be given in the end."""


class Window:
    """Steered by what the server's `/metrics` say: something should wait there, and not much.

    `slots`: sequences that the server works on at once. Where that is only a guess (not
    `is_known`) it is learned: whatever runs while something waits. `size`: sequences that are to
    be under way.

    A request of several samples is answered when the longest is done, so fewer are under way than
    were sent: `live_share` is the part, as last seen.
    """

    def __init__(self, slots: int, *, is_known: bool) -> None:
        self.slots = max(slots, 1)
        self._is_known = is_known
        # Without metrics nobody can say whether a guess is too much for somebody else's server.
        self.size = float(self.slots) * (START if is_known else 1.0)
        self.live_share = 1.0
        self._preempted: int | None = None

    def room(self, sent: int) -> int:
        """How many more sequences may be sent when `sent` are not answered yet."""
        return int(self.size - sent * self.live_share)

    def look(self, sample: MetricsSample, *, sent: int) -> None:
        """Adapt to the server's counters, seen while `sent` sequences were not answered."""
        before, self._preempted = self._preempted, sample.preempted
        if sent:
            live = min(max((sample.running + sample.waiting) / sent, 0.25), 1.0)
            self.live_share += 0.5 * (live - self.live_share)
        if before is not None and sample.preempted > before:
            # Its memory is full: whatever it puts back is read anew.
            self.size = max(self.slots * _FLOOR, 1.0, self.size * _BACK_OFF)
        elif sample.waiting:
            self._learn(sample.running)
            if sample.waiting > self.slots / 2 and self.size > self.slots * LEAST:
                self.size = max(self.slots * LEAST, self.size * _SHRINK)
        elif self.room(sent) < self.size * 0.1:
            most = self.slots * MOST if self._is_known else _BEYOND
            self.size = max(self.size, min(most, self.size * _GROW + 1))

    def _learn(self, running: int) -> None:
        if not self._is_known and running:
            self.slots, self._is_known = running, True
        elif running > self.slots:
            self.slots = running
