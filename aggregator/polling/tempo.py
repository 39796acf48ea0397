"""How often all sources are asked together: one factor, so that a day's requests keep a budget.

For a given number of polls the mean delay is least at intervals proportional to one over the square
root of how often a source publishes (Sia & Cho 2007); what is left to decide is the factor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import sqrt

from aggregator.models import Rhythm, Source, Tempo

# A source of which nothing is known, as a new one, is asked as one of 25 entries a day: the roots
# of the shipped sources' rates are 5 on the average, so that a tempo that was found before anything
# was known is near the one that is found later.
_UNKNOWN_ENTRIES_AN_HOUR = 25 / 24
_HOURS = 24
_HOUR_SECONDS = 3600
_MEASURED_EVERY = timedelta(hours=1)


def factor_for(polls_per_day: float, sources: Sequence[tuple[Source, Rhythm | None]]) -> float:
    """Return the factor by which the sources are asked so often a day together.

    Each has its shortest and its longest interval: at 0 all are asked at their longest, which may
    be more often than the budget permits, and at the highest all at their shortest.

    In an hour, a source's polls do not grow with the factor until they are more than at its longest
    interval, and no more once they are as many as at its shortest. Their sum is a line that bends
    at these places, which are walked in their order.
    """
    bends: list[tuple[float, float, float]] = []
    fixed = slope = 0.0
    for source, rhythm in sources:
        least, most = bounds_an_hour(source)
        fixed += _HOURS * least
        for root in roots_by_hour(rhythm):
            bends.append((least / root, root, -least))
            bends.append((most / root, -root, most))
    factor = 0.0
    for at, slope_change, fixed_change in sorted(bends):
        if fixed + slope * at >= polls_per_day and slope > 0:
            return max((polls_per_day - fixed) / slope, factor)
        if fixed + slope * at >= polls_per_day:
            return factor
        factor, fixed, slope = at, fixed + fixed_change, max(slope + slope_change, 0.0)
    return factor


def is_tempo_old(tempo: Tempo, fingerprint: str, now: datetime) -> bool:
    """Tell whether a tempo is to be found anew: for other sources, an hour later, the clock set."""
    is_new = timedelta(0) <= now - tempo.measured < _MEASURED_EVERY
    return tempo.fingerprint != fingerprint or not is_new


def roots_by_hour(rhythm: Rhythm | None) -> Iterator[float]:
    """Return the square roots of the entries expected in each hour of the day, each above 0."""
    entries = rhythm.entries_by_hour if rhythm else (_UNKNOWN_ENTRIES_AN_HOUR,) * _HOURS
    return (sqrt(max(expected, 1e-6)) for expected in entries)


def bounds_an_hour(source: Source) -> tuple[float, float]:
    """Return how often a source is asked in an hour at least, and at most."""
    return _HOUR_SECONDS / source.longest_seconds, _HOUR_SECONDS / source.shortest_seconds
