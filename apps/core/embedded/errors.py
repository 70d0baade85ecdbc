"""What goes wrong with the services of one machine, told to the person who can act."""


class EmbeddedError(Exception):
    """The message names the cause and the next thing to do; show it without a traceback."""
