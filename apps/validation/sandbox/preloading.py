"""What the sandbox's processes import, imported once by a process that may write bytecode.

    python -m apps.validation.sandbox.preloading

They may write none: without this each of them compiles its client's library anew, a third of what
DuckDB's takes to start. `scripts/bootstrap` has it done.
"""

from __future__ import annotations

import importlib

from apps.validation import databases

_PROGRAMS = ("apps.validation.sandbox.child", "apps.validation.sandbox.launch")


def preload() -> None:
    """Import the programs inside, and what the sessions of every database load."""
    for name in _PROGRAMS:
        importlib.import_module(name)
    for name in databases.NAMES:
        databases.sessions(name).preload()


if __name__ == "__main__":
    preload()
