"""How sizes and counts are written for a person, in English. Pure."""

from __future__ import annotations

_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "KB"))
_WHOLE_FROM = 10  # of a unit; below that, a tenth tells two sizes apart


def size_text(count: int) -> str:
    """Return about how many bytes there are, in the largest unit of 1,000 that fits.

    >>> size_text(3_140_000), size_text(12_800), size_text(512)
    ('3.1 MB', '12 KB', '512 B')
    """
    for least, name in _UNITS:
        if count >= least * _WHOLE_FROM:
            return f"{count // least} {name}"
        if count >= least:
            return f"{count * 10 // least / 10:.1f} {name}"
    return f"{count} B"


def count_text(count: int, one: str, many: str) -> str:
    """Return how many there are of a thing, which is called ``one`` or ``many``.

    >>> count_text(1, "entry", "entries"), count_text(0, "entry", "entries")
    ('1 entry', '0 entries')
    """
    return f"{count} {one if count == 1 else many}"
