"""What a feed, or the answer that carried it, says of when to ask again: what is believed of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aggregator.models import FeedHints, Rhythm

# A feed that is to be asked once a year, or an answer that is current for one, was set up by a tool
# for files that never change, not by somebody who publishes news.
_LONGEST_BELIEVED_SECONDS = 86_400
# WordPress says "hourly" of every site. Who publishes twice as much as it says did not say it.
_TIMES_TOO_RARE = 2.0
_HOURS, _DAYS = 24, 7


def asked_seconds(hints: FeedHints, rhythm: Rhythm | None) -> float:
    """Return how long a feed itself asks to be left alone after a poll; 0 for nothing believed.

    That it is updated once in so long is not believed of a feed that is known to publish more than
    twice in that time.
    """
    period = hints.period_seconds
    if rhythm is not None:
        in_period = sum(rhythm.entries_by_hour) * period / 86_400
        period = 0 if in_period > _TIMES_TOO_RARE else period
    return max(_believed(hints.ttl_seconds), _believed(period))


def fresh_seconds(hints: FeedHints) -> float:
    """Return for how long an answer is current, so that asking sooner gets the same again."""
    return _believed(hints.fresh_seconds)


def after_skipped(hints: FeedHints, due: datetime) -> datetime:
    """Return the first moment from ``due`` on at which a feed does not ask to be left alone.

    At most a day later; every hour, or every day, named is nothing said.
    """
    hours = frozenset(hints.skip_hours) if len(set(hints.skip_hours)) < _HOURS else frozenset()
    days = frozenset(hints.skip_days) if len(set(hints.skip_days)) < _DAYS else frozenset()
    moment, latest = due, due + timedelta(days=1)
    while moment < latest and _is_skipped(moment, hours, days):
        hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        moment = hour + timedelta(hours=1)
    return min(moment, latest)


def _is_skipped(moment: datetime, hours: frozenset[int], days: frozenset[int]) -> bool:
    in_utc = moment.astimezone(UTC)
    return in_utc.hour in hours or in_utc.weekday() in days


def _believed(seconds: int) -> float:
    return seconds if 0 < seconds <= _LONGEST_BELIEVED_SECONDS else 0
