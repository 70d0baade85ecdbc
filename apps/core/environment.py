"""What of our environment another program gets: what it needs, and none of our secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

# What any program needs to find others and to write text and times as we do.
PLAIN = re.compile(r"PATH|TZ|LANG|LC_.*|LD_LIBRARY_PATH|TMPDIR")


def kept_environment(kept: re.Pattern[str], additions: Mapping[str, str]) -> dict[str, str]:
    """The variables of this process whose whole name matches `kept`, with `additions` on top."""
    ours = {name: value for name, value in os.environ.items() if kept.fullmatch(name)}
    return ours | dict(additions)
