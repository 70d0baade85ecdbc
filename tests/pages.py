"""A page as a browser takes it, for tests of what it says."""

from __future__ import annotations

import re
from typing import Any


def markup(answer: Any) -> str:
    """An answer's HTML with white space as it counts: once, and not at all between tags.

    How a template's lines are broken is no matter of a test.
    """
    return re.sub(r"(?<=>) (?=<)", "", " ".join(answer.content.decode().split()))
