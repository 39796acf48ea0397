"""When a source is next due after a check, and why then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zlib import crc32

from aggregator.models import NO_HINTS, DueWhy, FeedHints, IntervalHow, NextPoll, Rhythm, Source
from aggregator.polling.cron import next_time
from aggregator.polling.hints import after_skipped, asked_seconds, fresh_seconds
from aggregator.polling.tempo import bounds_an_hour, roots_by_hour

# A source that keeps failing is polled more and more rarely, but still once a day, even where its
# server asked for a longer rest.
_LONGEST_AFTER_FAILURE = timedelta(days=1)
_MOST_DOUBLINGS = 10  # ten minutes doubled so often are a week; without a bound it overflows
# A source whose times are named is tried again before the next of them, which may be in a week.
_FIRST_RETRY = timedelta(minutes=15)
_GONE_INTERVAL = timedelta(days=30)
# So far from the interval, to either side, so that sources that started together are not all due in
# the same pass. Intervals that differ by this share cost 0.1 % of mean delay.
_JITTER = 0.05
# After a failure up to a tenth longer: sources that failed together, as where the network was away,
# do not all come back in one pass.
_FAILURE_JITTER = 0.1
# After a missed poll the next comes after half of the interval, or later: 2,000 sources that were
# asked at once are then asked evenly over the other half, and no server twice within a moment.
_CAUGHT_UP_SHARE = 0.5
_HOUR, _SECOND = timedelta(hours=1), timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is known of a source when a check of it ended, at ``now``.

    ``due`` is when that check was due, ``None`` for the first. ``began`` is when the pass began of
    which it was a part, where passes come by a timer. ``factor`` is that of the tempo at which all
    are asked. ``failures`` counts failed checks in a row, this one among them.
    ``retry_after_seconds`` is how long its server asked to be left alone.
    """

    now: datetime
    due: datetime | None = None
    began: datetime | None = None
    rhythm: Rhythm | None = None
    factor: float = 0.0
    hints: FeedHints = NO_HINTS
    failures: int = 0
    retry_after_seconds: float | None = None


def next_poll(source: Source, checked: Checked) -> NextPoll:
    """Return when a source is next due.

    What is configured is kept to; what a feed and its answers say counts only where the interval is
    automatic. A server that asks to be left alone is left alone in any case, for a day at most.
    """
    poll = _by_interval(source, checked)
    if checked.failures:
        poll = _after_failures(source, checked, poll)
    elif source.is_automatic:
        poll = _as_the_feed_says(source, checked, poll)
    elif poll.how is IntervalHow.EVERY:
        poll = _caught_up(source, checked, poll)
    if source.is_automatic:
        poll = _after_skipped(source, checked, poll)
    rest = timedelta(seconds=checked.retry_after_seconds or 0)
    until = checked.now + min(rest, _LONGEST_AFTER_FAILURE)
    # Not asked, as its host rests, for a minute maybe: this poll is made up for once it may be
    # asked, and not after another interval, which may be a week.
    is_put_off = bool(rest) and not checked.failures
    if until > poll.due or is_put_off:
        return replace(poll, due=until, why=DueWhy.RETRY_AFTER)
    return poll


def gone(poll: NextPoll, now: datetime) -> NextPoll:
    """Return when a source is asked again whose server says that it is gone for good (410)."""
    return replace(poll, due=now + _GONE_INTERVAL, why=DueWhy.GONE)


def _by_interval(source: Source, checked: Checked) -> NextPoll:
    """Return the next poll by the interval alone."""
    now, why = checked.now, DueWhy.INTERVAL
    if source.cron is not None:
        due, how = next_time(source.cron, now), IntervalHow.CRON
    elif source.every_seconds is not None:
        due, how = _every(timedelta(seconds=source.every_seconds), checked), IntervalHow.EVERY
    else:
        how = IntervalHow.UNKNOWN if checked.rhythm is None else IntervalHow.RHYTHM
        wait = _automatic(source, checked)
        shortest, longest = _bounds(source)
        if longest - wait < _SECOND:
            why = DueWhy.LONGEST
        elif wait - shortest < _SECOND:
            why = DueWhy.SHORTEST
        wait *= 1 + _JITTER * (2 * _fraction(source.name, now) - 1)
        # What reaches over a bound is turned back, so that those at a bound are spread as well;
        # where both bounds are near, what is turned back at one may reach over the other.
        wait = max(min(wait, 2 * longest - wait), 2 * shortest - wait)
        due = now + min(max(wait, shortest), longest)
    # What is configured is told as it is, also where it is counted from the beginning of a pass.
    seconds = float(source.every_seconds or (due - now).total_seconds())
    return NextPoll(due=due, why=why, interval_seconds=seconds, how=how)


def _every(interval: timedelta, checked: Checked) -> datetime:
    """Return when a configured interval is over.

    It is counted from the end of a check, or from the beginning of its pass where a timer starts
    these: else a source that a pass comes to late is not due at the next, and has every other one.
    After a pass that was long at least half of the interval is left.
    """
    now, began = checked.now, checked.began
    if began is None or began > now:
        return now + interval
    return max(began + interval, now + interval / 2)


def _automatic(source: Source, checked: Checked) -> timedelta:
    """Return the time in which one poll falls due by the source's rhythm and the common tempo.

    Polls fall due as time goes, in each hour as often as the square root of what is expected in it
    says; where an interval reaches into other hours, each counts for its part of it.
    """
    least, most = bounds_an_hour(source)
    by_hour = [
        min(max(checked.factor * root, least), most) for root in roots_by_hour(checked.rhythm)
    ]
    moment, missing = checked.now.astimezone(UTC), 1.0
    while True:
        polls_an_hour = by_hour[moment.hour]
        next_hour = moment.replace(minute=0, second=0, microsecond=0) + _HOUR
        polls = polls_an_hour * ((next_hour - moment) / _HOUR)
        if polls >= missing:
            return moment + _HOUR * (missing / polls_an_hour) - checked.now
        moment, missing = next_hour, missing - polls


def _bounds(source: Source) -> tuple[timedelta, timedelta]:
    """Return the shortest and the longest interval that an automatic one may be."""
    return timedelta(seconds=source.shortest_seconds), timedelta(seconds=source.longest_seconds)


def _as_the_feed_says(source: Source, checked: Checked, poll: NextPoll) -> NextPoll:
    """Return a later poll where the feed or its answer asks for one, up to the longest."""
    latest = checked.now + _bounds(source)[1]
    asked = {
        DueWhy.FEED: asked_seconds(checked.hints, checked.rhythm),
        DueWhy.FRESH: fresh_seconds(checked.hints),
    }
    for why, seconds in asked.items():
        due = min(checked.now + timedelta(seconds=seconds), latest)
        if due > poll.due:
            poll = replace(poll, due=due, why=why)
    return poll


def _after_skipped(source: Source, checked: Checked, poll: NextPoll) -> NextPoll:
    """Return a later poll where this one falls into hours or days at which a feed is left alone.

    By a day at most, also after failures: most of them are those of its server.
    """
    due = after_skipped(checked.hints, poll.due)
    if due > poll.due:
        spread = timedelta(seconds=poll.interval_seconds) * _fraction(source.name, checked.now)
        poll = replace(poll, due=due + min(spread, _HOUR / 2), why=DueWhy.SKIPPED)
    return poll


def _after_failures(source: Source, checked: Checked, poll: NextPoll) -> NextPoll:
    """Return a poll that comes later with each failure in a row: twice, four times as late."""
    now, doublings = checked.now, min(checked.failures - 1, _MOST_DOUBLINGS)
    wait = poll.due - now
    if source.cron is not None:
        step = min(wait, _FIRST_RETRY)
        later = now + min(step * 2**doublings, _LONGEST_AFTER_FAILURE)
        due = later if later < poll.due else next_time(source.cron, later - _SECOND)
        return replace(poll, due=due, why=DueWhy.FAILED)
    longest = max(wait, _LONGEST_AFTER_FAILURE)
    jitter = 1 + _FAILURE_JITTER * _fraction(source.name, now)
    return replace(poll, due=now + min(wait * 2**doublings * jitter, longest), why=DueWhy.FAILED)


def _caught_up(source: Source, checked: Checked, poll: NextPoll) -> NextPoll:
    """Return an earlier poll where one was missed, as in a night in which the machine slept."""
    wait = poll.due - checked.now
    if checked.due is not None and checked.now - checked.due <= wait:
        return poll
    share = _CAUGHT_UP_SHARE + (1 - _CAUGHT_UP_SHARE) * _fraction(source.name, checked.now)
    return replace(poll, due=checked.now + wait * share, why=DueWhy.CAUGHT_UP)


def _fraction(source: str, now: datetime) -> float:
    """Return a number in [0, 1): random in effect, yet the same for one source and time."""
    return crc32(f"{source} {now.timestamp():.0f}".encode()) / 2**32
