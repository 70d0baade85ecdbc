"""Ports for what tests start."""

import socket


def free_port() -> int:
    """A port of this machine at which nothing listens; the next who asks may get the same."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
