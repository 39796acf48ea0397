"""When a hub is told or asked again, when a lease is renewed, and which subscriptions are live.

Pure: knows times and counts; refuses to read a clock or to ask a hub.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.models import Subscription, SubscriptionMode

# A hub that restarts is back within a minute; one that is down for days is asked four times a day.
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=6)
_MOST_DOUBLINGS = 10
# No hub is believed that asks to be left alone for longer, as no source is (``polling``).
_LONGEST_REST = timedelta(days=1)
# Of ten days a day is left to try again, where the hub is down just then.
_RENEWED_AT = 0.9
# What the specification recommends to hubs (§8.2).
LEASE = timedelta(days=10)
# Where a hub grants more, it is asked again all the same: it may have forgotten.
LONGEST_LEASE = timedelta(days=30)
# A hub may ask at once or queue it; one that never does is asked again after this and its doubles.
UNCONFIRMED = timedelta(minutes=10)
# What a hub denied may be allowed later: it is asked again once a week, and not more often.
DENIED = timedelta(days=7)
# A hub that has sent nothing for so long may be gone without a word.
_TRUSTED = timedelta(days=2)
# An address that we asked to be sent nothing any more is forgotten after four requests.
MOST_FAREWELLS = 4


def next_try(attempts: int, now: datetime, retry_after_seconds: float | None = None) -> datetime:
    """Return when a hub is asked again that failed ``attempts`` times in a row, the last one now.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    >>> [next_try(attempts, noon) - noon for attempts in (1, 2, 99)] == [
    ...     timedelta(seconds=30), timedelta(minutes=1), timedelta(hours=6)
    ... ]
    True
    """
    doublings = min(max(attempts - 1, 0), _MOST_DOUBLINGS)
    pause = min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)
    if retry_after_seconds:
        pause = max(pause, min(timedelta(seconds=retry_after_seconds), _LONGEST_REST))
    return now + pause


def is_time(at: datetime | None, now: datetime) -> bool:
    """Tell whether the time to ask has come; it has where it lies further ahead than any pause.

    Then the clock was set back.
    """
    return at is None or at <= now or at - now > LONGEST_LEASE


def renewal(lease: timedelta, now: datetime) -> datetime:
    """Return when a lease that begins now is renewed: before it ends, however short it is."""
    return now + lease * _RENEWED_AT


def is_live(subscription: Subscription, now: datetime) -> bool:
    """Tell whether a hub is known to send what is new of a topic, so that polls may be fewer.

    Its lease runs, and it has sent something lately: some hubs confirm and never send.
    """
    return (
        subscription.mode is SubscriptionMode.SUBSCRIBE
        and subscription.lease_ends is not None
        and subscription.lease_ends > now
        and subscription.delivered is not None
        and now - subscription.delivered < _TRUSTED
    )
