"""The C library's allocator, which holds memory that nobody uses: kept small, and given back.

Knows glibc's ``mallopt`` and ``malloc_trim``. Where the C library has none, nothing is done: those
of macOS and musl give back of themselves.
"""

from __future__ import annotations

import ctypes

_library = ctypes.CDLL(None)
_trim = getattr(_library, "malloc_trim", None)
_set_option = getattr(_library, "mallopt", None)
_ARENA_MAX = -8  # M_ARENA_MAX in glibc's malloc.h
# Threads take an arena each, up to eight a processor, and each keeps the most that a thread ever
# took there: after an hour four of fourteen had 16 MB each, and they grew one after the other.
# Python's threads wait for each other anyway.
_MOST_ARENAS = 2


def keep_small() -> None:
    """Have the threads that start from now on share their arenas."""
    if _trim is not None and _set_option is not None:  # glibc: elsewhere the number says else
        _set_option(_ARENA_MAX, _MOST_ARENAS)


def give_back() -> None:
    """Hand whole pages that hold nothing back to the system; takes some milliseconds."""
    if _trim is not None:
        _trim(0)
