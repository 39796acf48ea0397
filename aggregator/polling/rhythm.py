"""How much a source publishes in each hour of the day, by the times of its newest entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from aggregator.models import Rhythm

# Four weeks: each day of the week counts four times, and a paper of twenty entries a day has some
# 500 to tell its hours by.
_WINDOW = timedelta(days=28)
# The newest entries that are looked at: 2,000 tell the hours of a source as well as more.
RHYTHM_ENTRIES = 2_000
# Hours change slowly: measured a fourth as often, a simulated day came out the same.
_MEASURED_EVERY = timedelta(hours=6)
# A document spans some hours of a paper that was never read before. Of less than these, its rate
# would be that of its busiest hour.
_LEAST_SPAN = timedelta(hours=6)
# A source that turned busy, or whose first document names an old entry beside those of one day, is
# known by the newer half of its entries; half a day is no day.
_LEAST_SPAN_OF_HALF = timedelta(days=1)
_LEAST_ENTRIES_OF_HALF = 20
# The entries that are thought to be spread evenly over the day are added to those that there
# were: the hours of three entries are chance. In the simulation (``bench.schedule``) the mean delay
# is 1.019 times the optimum with 2 of them and 1.017 with 20; counting neighbouring hours together
# made it worse (1.023 and more), as papers put out an edition within an hour.
_EVEN_ENTRIES = 20
# From five entries on, half of which were published at one moment of the day, that is no time of
# day but a date.
_LEAST_ENTRIES_OF_DATES = 5
_HOURS = 24
Times = tuple[datetime, datetime]  # when an entry was published, and when it was first seen


def rhythm_of(entries: Sequence[Times], now: datetime) -> Rhythm | None:
    """Return the rhythm of a source by when its newest entries were published and first seen.

    ``None`` where nothing is known, as it has no entries, or none but those without a date that its
    first document held, hours ago at most. One that published nothing for four weeks is taken to
    publish one entry in that time.
    """
    entries = _watched(entries, now)
    if not entries:
        return None
    per_day = _entries_a_day(_within([published for published, _ in entries], now), now)
    hours = _within(_moments(entries), now)
    by_hour = Counter(time.astimezone(UTC).hour for time in hours)
    counted = len(hours) + _EVEN_ENTRIES
    shares = ((by_hour[hour] + _EVEN_ENTRIES / _HOURS) / counted for hour in range(_HOURS))
    return Rhythm(
        measured=now, entries_by_hour=tuple(round(per_day * share, 6) for share in shares)
    )


def is_rhythm_old(rhythm: Rhythm, now: datetime) -> bool:
    """Tell whether a rhythm is to be measured anew, also where the clock went back."""
    return not timedelta(0) <= now - rhythm.measured < _MEASURED_EVERY


def _watched(entries: Sequence[Times], now: datetime) -> Sequence[Times]:
    """Return the entries without those that had no date when a source was first read.

    Nothing tells when these came: all are known by when they were first seen. One of them is left
    that says since when the source is watched, once that is for some hours.
    """
    first = min((first_seen for _, first_seen in entries), default=now)
    later = [times for times in entries if times != (first, first)]
    is_any_left_out = len(later) < len(entries)
    if is_any_left_out and (later or now - first >= _LEAST_SPAN):
        later.append((first, first))
    return later


def _within(times: Sequence[datetime], now: datetime) -> list[datetime]:
    return sorted(time for time in times if now - _WINDOW <= time <= now)


def _moments(entries: Sequence[Times]) -> list[datetime]:
    """Return when entries came within a day: as published, where that says more than a day.

    Else as they were first seen, but for those that a first document held.
    """
    published = [time for time, _ in entries]
    moments = Counter(time.timestamp() % 86_400 for time in published)
    ((_, most),) = moments.most_common(1)
    are_dates = len(entries) >= _LEAST_ENTRIES_OF_DATES and 2 * most > len(entries)
    if not are_dates:
        return published
    first = min(first_seen for _, first_seen in entries)
    return [first_seen for _, first_seen in entries if first_seen > first]


def _entries_a_day(times: Sequence[datetime], now: datetime) -> float:
    """Return the rate of sorted times: that of all of them or of the newer half, what is more."""
    if not times:
        return timedelta(days=1) / _WINDOW
    rate = _rate(times, now, _LEAST_SPAN)
    newer = times[len(times) // 2 :]
    if len(newer) >= _LEAST_ENTRIES_OF_HALF:
        rate = max(rate, _rate(newer, now, _LEAST_SPAN_OF_HALF))
    return rate


def _rate(times: Sequence[datetime], now: datetime, least_span: timedelta) -> float:
    return len(times) / (max(now - times[0], least_span) / timedelta(days=1))
