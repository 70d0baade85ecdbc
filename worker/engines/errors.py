"""What can go wrong with a model server, told to the person who can mend it."""


class EngineError(Exception):
    """A model server cannot be set up, started or used; the message names the fix."""


class EngineSetupError(EngineError):
    """As it is set up it can never work: only a person's change helps, no further attempt."""
