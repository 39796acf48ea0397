"""Whether a time that was decided has come, whatever the clock did meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.models import NO_HINTS, FeedHints
from aggregator.polling.hints import after_skipped

# The longest interval that can be configured, 30 days, and a check that took a day.
LONGEST_WAIT = timedelta(days=31)
# Of times that a crontab names, the 29th of February may be eight years off.
LONGEST_WAIT_OF_TIMES = timedelta(days=9 * 366)
NO_SLACK = timedelta(0)
# A timer that starts a pass every 15 minutes starts it some seconds early or late.
SLACK = timedelta(seconds=30)
# Of a source whose hub sends what is new, four polls become one: it finds what the hub left out.
# Four save three quarters of the polls, and sixteen would save only a fifth more.
_SLOWED_TIMES = 4
_LONGEST_SLOWED = timedelta(hours=6)
_LONGEST_REST = timedelta(days=1)


def is_due(
    due: datetime | None,
    checked: datetime | None,
    now: datetime,
    *,
    slack: timedelta = SLACK,
    longest: timedelta = LONGEST_WAIT,
) -> bool:
    """Tell whether a source is due at ``now``; ``None`` means that it was never checked.

    One that was checked in the future is due, as the clock went back; so is one whose wait is
    longer than ``longest``, as the clock was set while it was checked. A source is due early by up
    to ``slack``, and never by more than a tenth of its interval, so that short ones stay short.
    """
    if due is None or checked is None or checked > now or due - checked > longest:
        return True
    return due - min(slack, (due - checked) / 10) <= now


def slowed(
    due: datetime | None, checked: datetime | None, hints: FeedHints = NO_HINTS
) -> datetime | None:
    """Return when a source is due whose hub sends what is new: four times as long after its check.

    Never later than six hours after it, unless that was so before; a hub may end without a word.
    Hours and days at which its feed asks to be left alone come on top.
    """
    if due is None or checked is None:
        return due
    wait = due - checked
    return after_skipped(hints, checked + max(wait, min(wait * _SLOWED_TIMES, _LONGEST_SLOWED)))


def rest_seconds(until: datetime | None, checked: datetime | None, now: datetime) -> float:
    """Return for how long a host is still to rest, in seconds, that asked for it at ``checked``.

    0 where the rest is over, or the clock went back behind the moment of asking: how long ago that
    was is not known, and a host that wants to rest says so again.
    """
    if until is None or until <= now or checked is None or checked > now:
        return 0.0
    return min(until - now, _LONGEST_REST).total_seconds()
