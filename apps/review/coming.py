"""The pair to come is rendered while the one before it is read: a label then waits for no text.

What a reviewer gets next is guessed, not taken: somebody else may get it, and whoever does finds
its parts rendered (apps.review.kept). It is begun a moment after a page was sent: whoever labels
again before that does not share the processor with it, and nothing is rendered for them in vain.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.db import Error, close_old_connections, connection

from apps.review.desk import Desk
from apps.review.frame import pair_render
from apps.review.presenting import Hidden, present
from apps.review.queries import pair_data

log = logging.getLogger(__name__)
# Nobody reads a pair in less.
PAUSE_SECONDS = 0.15
# Desks of one process for which something is to be rendered: what comes beside is not.
MOST_WAITING = 64
_NEXT = """
SELECT entry.response_id FROM review_entry AS entry
JOIN review_queue AS queue ON queue.id = entry.queue_id
WHERE entry.queue_id = %s AND entry.state = 'open' AND entry.response_id <> %s AND (
    SELECT count(*) FROM review_seat AS seat WHERE seat.entry_id = entry.id
    AND (seat.expires_at IS NULL OR seat.expires_at > clock_timestamp())
) < queue.reviewers AND review_is_new_to(entry.response_id, %s)
ORDER BY entry.position, entry.response_id LIMIT 1
"""


class Ahead:
    """Renders in a thread of its own, once it is switched on: by the web server's processes."""

    def __init__(self, *, pause: float = PAUSE_SECONDS) -> None:
        self._pause = pause
        self._executor: ThreadPoolExecutor | None = None
        # By reviewer the desk in sight and when to begin, of those for whom something waits: it
        # waits on as long as they go on before that.
        self._sight: dict[int, tuple[float, Desk]] = {}
        self._lock = threading.Lock()

    def begin(self) -> None:
        """From now on. The thread comes with the first pair: after a process is forked."""
        self._executor = ThreadPoolExecutor(1, "ahead")

    def look(self, found: Desk, *, reviewer_id: int) -> None:
        """Have the pair after this desk's rendered, if the desk is still in sight by then."""
        if self._executor is None or found.pair is None:
            return
        begin = time.monotonic() + self._pause
        with self._lock:
            waits = reviewer_id in self._sight
            if not waits and len(self._sight) >= MOST_WAITING:
                return
            self._sight[reviewer_id] = (begin, found)
        if not waits:
            self._wait(begin, reviewer_id)

    def _wait(self, begin: float, reviewer_id: int) -> None:
        assert self._executor is not None
        with suppress(RuntimeError):  # the process ends
            self._executor.submit(self._do, begin, reviewer_id)

    def _do(self, begin: float, reviewer_id: int) -> None:
        time.sleep(max(0.0, begin - time.monotonic()))
        with self._lock:
            later, found = self._sight[reviewer_id]
            if later == begin:
                del self._sight[reviewer_id]
        if later == begin:
            self._render(found, reviewer_id)
        else:
            self._wait(later, reviewer_id)

    def _render(self, found: Desk, reviewer_id: int) -> None:
        close_old_connections()
        try:
            render_next(found, reviewer_id=reviewer_id)
        except Error as error:
            log.info("The pair to come was not rendered ahead: %s", error)
        finally:
            close_old_connections()


ahead = Ahead()


def render_next(found: Desk, *, reviewer_id: int) -> None:
    """Render what this reviewer is likely to get after the desk's pair, as its queue shows it."""
    assert found.pair is not None
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [found.queue.pk, found.pair.pk, reviewer_id])
        row = cursor.fetchone()
    stored = pair_data(row[0]) if row else None
    if stored:
        queue = found.queue
        pair_render(present(stored, Hidden(maker=queue.is_blind, evidence=queue.evidence_last)))
