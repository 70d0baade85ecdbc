"""The pair to come is rendered while the one before it is read: a label then waits for no text.

What a reviewer gets next is guessed, not taken: somebody else may get it, and whoever does finds
its parts rendered (apps.review.kept). One pair at a time in each process; while that is done,
nobody else's is begun. So it costs a busy machine little, and a label never waits for it.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import Error, close_old_connections, connection

from apps.review.desk import Desk
from apps.review.frame import pair_render
from apps.review.presenting import Hidden, present
from apps.review.queries import pair_data

log = logging.getLogger(__name__)
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

    def __init__(self) -> None:
        self._executor: ThreadPoolExecutor | None = None
        self._busy = threading.Lock()

    def begin(self) -> None:
        """From now on. The thread comes with the first pair: after a process is forked."""
        self._executor = ThreadPoolExecutor(1, "ahead")

    def look(self, found: Desk, *, reviewer_id: int) -> None:
        """Have the pair after this desk's rendered, unless another one just is."""
        if self._executor is None or found.pair is None or not self._busy.acquire(blocking=False):
            return
        try:
            self._executor.submit(self._do, found, reviewer_id)
        except RuntimeError:  # the process ends
            self._busy.release()

    def _do(self, found: Desk, reviewer_id: int) -> None:
        close_old_connections()
        try:
            render_next(found, reviewer_id=reviewer_id)
        except Error as error:
            log.info("The pair to come was not rendered ahead: %s", error)
        finally:
            close_old_connections()
            self._busy.release()


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
