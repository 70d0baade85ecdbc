"""What can go wrong with a model server, told to the person who can mend it."""


class EngineError(Exception):
    """A model server cannot be set up, started or used; the message names the fix."""
