"""How sizes, times and counts are written for a person, in English. Pure."""

from __future__ import annotations

_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "KB"))
_TIMES = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
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


def in_largest_unit(seconds: float) -> tuple[int, str]:
    """Return about how long a time is, in the largest unit of which there is one.

    >>> in_largest_unit(7_300), in_largest_unit(90), in_largest_unit(0.5)
    ((2, 'h'), (1, 'min'), (0, 's'))
    """
    least, name = next((each for each in _TIMES if seconds >= each[0]), _TIMES[-1])
    return max(0, int(seconds // least)), name


def count_text(count: int, one: str, many: str) -> str:
    """Return how many there are of a thing, which is called ``one`` or ``many``.

    >>> count_text(1, "entry", "entries"), count_text(0, "entry", "entries")
    ('1 entry', '0 entries')
    """
    return f"{count} {one if count == 1 else many}"
