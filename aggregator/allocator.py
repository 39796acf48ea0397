"""Memory that the C library's allocator holds and no longer uses, given back to the system.

Knows glibc's ``malloc_trim``. Where the C library has none, nothing is done: those of macOS and
musl give back of themselves.
"""

from __future__ import annotations

import ctypes

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)


def give_back() -> None:
    """Give whole pages that hold nothing back to the system; takes some milliseconds."""
    if _trim is not None:
        _trim(0)
