"""The times that a line of a crontab names, as cronsim reads it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aggregator.models import CronTimes


def next_time(times: CronTimes, after: datetime) -> datetime:
    """Return the first of the named times after a moment, in UTC.

    Where the clock is put forward over a named time, that is the moment at which it is put; where
    it is put back over one, the first of the two, unless every hour is named (as Debian's cron
    has it).
    """
    from cronsim import CronSim  # 5 ms, and few configurations name times

    local = after.astimezone(ZoneInfo(times.timezone))
    named = (time.astimezone(UTC) for time in CronSim(times.expression, local))
    # Within the hour that comes twice, cronsim begins with the first of the two, which is over.
    return next(time for time in named if time > after)
