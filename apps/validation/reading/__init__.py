"""Reading a response: text → `Reading`."""

from apps.validation.reading.response import read_response

__all__ = ["read_response"]
