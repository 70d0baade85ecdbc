"""What the web server (granian) serves: the WSGI application in threads, behind a guard for the
bodies of requests."""

from __future__ import annotations

import gc
import resource
import sys

from apps.core.bodies import BodyGuard
from apps.core.threads import InThreads
from apps.wsgi import application as wsgi

# Of each web process: what is busy is the processor or the database, both long before these.
THREADS = 64
# Objects made before garbage is looked for: a request makes thousands that go with it.
SELDOM = (20_000, 20, 50)
# Of the interpreter, which a request's thread and the server's loop hand over to each other.
TURN_SECONDS = 0.0005


def _allow_connections() -> None:
    """As many open connections as the system lets this account have: waiting ones cost little,
    and at the usual 1,024 nobody else gets in."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _look_for_garbage_seldom() -> None:
    """What is imported stays to the end of the process: it is not looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)


def _hand_over_soon() -> None:
    """Who waits for the interpreter gets it after half a millisecond instead of five."""
    sys.setswitchinterval(TURN_SECONDS)


def _render_ahead() -> None:
    """What imports models comes after the application, which makes them ready."""
    from apps.review.coming import ahead

    ahead.begin()


_allow_connections()
_look_for_garbage_seldom()
_hand_over_soon()
_render_ahead()
application = BodyGuard(InThreads(wsgi, threads=THREADS))
