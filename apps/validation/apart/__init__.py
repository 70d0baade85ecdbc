"""Reading and altering in processes of their own, which the kernel ends when they take too long."""

from apps.validation.apart.pool import TooCostlyError
from apps.validation.apart.services import IN_CHILDREN, read_response

__all__ = ["IN_CHILDREN", "TooCostlyError", "read_response"]
