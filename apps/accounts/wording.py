"""What an entry of the audit log says was done, in words."""

from __future__ import annotations

import re

# The parts of the site as its navigation has them, by the first word of an action.
_PARTS = {
    "accounts": "Users",
    "api-1": "API",
    "evidence": "Few-shot",
    "exports": "Exports",
    "fewshot": "Few-shot",
    "generation": "Runs",
    "home": "Home",
    "judge": "Judges",
    "review": "Review",
    "seeds": "Seeds",
    "studio": "Few-shot",
    "tokens": "Tokens",
    "validation": "Validation",
    "webhooks": "Webhooks",
}


def deed_words(action: str) -> str:
    """generation:import-new → Runs: import new; what has no part of the site stays as it is."""
    space, _, name = action.rpartition(":")
    words = re.sub(r"[-_]+", " ", name)
    return f"{_PARTS.get(space, space)}: {words}" if space else words
