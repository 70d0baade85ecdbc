"""What can go wrong in a review; the messages are for the reviewer."""

from __future__ import annotations


class ReviewError(Exception):
    """A label cannot be given or taken back; the message says why and what to do."""


class NotHeldError(ReviewError):
    """The pair is not the reviewer's to label (any more)."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing was saved: your hold on that pair ran out and it is not yours any more. "
            "Here is another one."
        )


class RubricError(ReviewError):
    """The reasons do not go with the label."""
