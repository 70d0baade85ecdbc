"""What a machine runs out of: whatever is at work then meets it, and is not to blame."""

from __future__ import annotations

import errno

# Room, descriptors, memory, processes.
_OF_THE_MACHINE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN}
)


def is_shortage(error: BaseException) -> bool:
    """Whether the operating system says that there is no more of something."""
    return isinstance(error, OSError) and error.errno in _OF_THE_MACHINE
