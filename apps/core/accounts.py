"""Which numbers the parts of an instance run under when root starts it.

Each has its own, so that none reads the files or the environment of another: PostgreSQL holds the
labels, Valkey the queue, and a sandbox's child may be the one that hostile SQL broke out of. The
numbers need no entry in /etc/passwd; the range 60706…61183 is nobody's by convention
(https://systemd.io/UIDS-GIDS/) and exists in containers whose user namespace has 65,536 ids.
"""

from __future__ import annotations

POSTGRES = 60_901
VALKEY = 60_902
SANDBOX_CHILD = 60_904
# The group of the services: it may pass through `var/` to their folders, and nothing else.
SERVICES_GROUP = 60_900
# The sandbox's own database servers, and what runs once with an empty environment: initdb wants
# an account with a name.
NOBODY = 65_534
