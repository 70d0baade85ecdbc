"""kombu's Redis transport without a fault of it; `apps.core.queue` registers it."""

from __future__ import annotations

import logging
from typing import Any

from kombu.transport import redis

log = logging.getLogger(__name__)


class _QoS(redis.QoS):
    def restore_unacked(self, client: Any = None) -> None:
        """What was delivered and not acknowledged goes back, unless the connection is gone: it
        comes again by itself then (`visibility_timeout`, and units by the next sweep).

        kombu 5.7 asks a connection that was lost for its address, and the AttributeError ends the
        worker instead of letting it connect anew.
        """
        if client is None and self.channel.connection.client is None:
            delivered: dict[str, Any] = self._delivered or {}
            log.debug("%d messages are left to their time", len(delivered))
            delivered.clear()
        else:
            super().restore_unacked(client)


class _Channel(redis.Channel):
    QoS = _QoS


class Transport(redis.Transport):
    Channel = _Channel
