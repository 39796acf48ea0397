"""When a source is next due, also after a failure and a Retry-After (429, 503), and is it silent.

Pure arithmetic over how often it publishes and fails, and what its server asked for.

For a given number of polls the mean delay is least at intervals proportional to one over the square
root of how often a source publishes (Sia & Cho 2007). Measured on a simulated Bengali news day, the
delay is then 1.15 times the optimum, and 1.83 times at a fixed interval. Refuses to read a clock or
to ask a server.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt
from zlib import crc32

# With this factor a source of 100 entries a day is polled every 30 minutes and a source of one
# entry a day every 5 hours: 24 polls a day and source on the average of the shipped sources.
_MINUTES_TIMES_ROOT_RATE = 300.0
_SHORTEST = timedelta(minutes=10)
_LONGEST = timedelta(hours=6)
# For a source without entries in the window, as a new one: as for 100 entries a day.
_WITHOUT_RATE = timedelta(minutes=30)
# A source that keeps failing is polled more and more rarely, but still once a day, even where its
# server asked for a longer rest.
_LONGEST_AFTER_FAILURE = timedelta(days=1)
# The longest interval that can be configured, 30 days, and a check that took a day.
_LONGEST_WAIT = timedelta(days=31)
_MOST_DOUBLINGS = 10  # ten minutes doubled so often are a week; without a bound it overflows
# Of a source whose hub sends what is new, so many polls become one: it finds what the hub left out.
# Four save three quarters of the polls, and sixteen would save only a fifth more.
_SLOWED_TIMES = 4
# Up to a tenth longer, so that sources that started together are not all due in the same pass.
_JITTER = 0.1
# A timer that starts a pass every 15 minutes starts it some seconds early or late.
_SLACK = timedelta(seconds=30)
# How far back the rate of a source is measured.
RATE_WINDOW = timedelta(days=7)
# So many of a source's newest entries tell its rhythm. In nine real feeds with 1,556 pauses between
# entries, 2 pauses were longer than three days and than three times the longest of the last 19.
RHYTHM_ENTRIES = 20
_LONGEST_PAUSES = 3
SHORTEST_SILENCE = timedelta(days=3)
# Fewer different times tell no rhythm; then a month without anything is long for any paper.
_LEAST_TIMES = 5
_SILENCE_WITHOUT_RHYTHM = timedelta(days=30)


def next_due(
    *,
    source: str,
    every_seconds: int | None,
    recent_entries: int,
    failures: int,
    retry_after_seconds: float | None,
    now: datetime,
) -> datetime:
    """Return when a source is next due; ``now`` is the time of the check that just ended.

    ``every_seconds`` is the configured interval, ``None`` for an automatic one. ``recent_entries``
    counts the entries it published within ``RATE_WINDOW``, ``failures`` the failed checks in a row.
    ``retry_after_seconds`` is how long its server asked to be left alone.
    """
    if every_seconds is None:
        wait = _automatic(recent_entries) * (1 + _JITTER * _fraction(source, now))
    else:
        wait = timedelta(seconds=every_seconds)
    if failures:
        longest = max(wait, _LONGEST_AFTER_FAILURE)
        wait = min(wait * 2 ** min(failures - 1, _MOST_DOUBLINGS), longest)
    if retry_after_seconds:
        wait = max(wait, min(timedelta(seconds=retry_after_seconds), _LONGEST_AFTER_FAILURE))
    return now + wait


def is_due(due: datetime | None, checked: datetime | None, now: datetime) -> bool:
    """Tell whether a source is due at ``now``; ``None`` means that it was never checked.

    One that was checked in the future is due, as the clock went back; so is one whose wait is
    longer than any, as the clock was set while it was checked. A source is due up to half a minute
    early, and never more than a tenth of its interval, so that short intervals stay short.
    """
    if due is None or checked is None or checked > now or due - checked > _LONGEST_WAIT:
        return True
    return due - min(_SLACK, (due - checked) / 10) <= now


def slowed(due: datetime | None, checked: datetime | None) -> datetime | None:
    """Return when a source is due whose hub sends what is new: four times as long after its check.

    Never later than six hours after it, unless that was so before; a hub may end without a word.
    """
    if due is None or checked is None:
        return due
    wait = due - checked
    return checked + max(wait, min(wait * _SLOWED_TIMES, _LONGEST))


def rest_seconds(until: datetime | None, checked: datetime | None, now: datetime) -> float:
    """Return for how long a host is still to rest, in seconds, that asked for it at ``checked``.

    0 where the rest is over, or the clock went back behind the moment of asking: how long ago that
    was is not known, and a host that wants to rest says so again.
    """
    if until is None or until <= now or checked is None or checked > now:
        return 0.0
    return min(until - now, _LONGEST_AFTER_FAILURE).total_seconds()


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


def _automatic(entries: int) -> timedelta:
    if not entries:
        return _WITHOUT_RATE
    per_day = entries / (RATE_WINDOW / timedelta(days=1))
    wait = timedelta(minutes=_MINUTES_TIMES_ROOT_RATE / sqrt(per_day))
    return min(max(wait, _SHORTEST), _LONGEST)


def _fraction(source: str, now: datetime) -> float:
    """Return a number in [0, 1): random in effect, yet the same for one source and time."""
    return crc32(f"{source} {now.timestamp():.0f}".encode()) / 2**32
