"""Locks of open files and folders (flock(2)), which end with the process that holds them.

A network's file system may have none: there nobody is kept out.
"""

from __future__ import annotations

import fcntl
import logging

log = logging.getLogger(__name__)


def take(descriptor: int, *, shared: bool = False) -> bool:
    """Take a lock at once, alone or with all who share it; tell whether nobody else is in the way.

    It is let go as the descriptor is closed.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        log.debug("a file system without locks: %s", error.strerror)
    return True
