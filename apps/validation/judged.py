"""What is compared of two responses: by this one knows whether a finding is of these texts."""

from __future__ import annotations

import hashlib

from apps.generation.models import Response


def judged_of(one: Response, other: Response) -> bytes:
    """SHA-256 of what is run: the instruction (its data is part of it) and both responses."""
    texts = (one.instruction.text, one.text, other.text)
    return hashlib.sha256("\x1f".join(texts).encode("utf-8", "surrogatepass")).digest()
