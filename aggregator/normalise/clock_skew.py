"""A source whose times are all late by its own offset: local time that is labelled GMT.

Such a source is six hours in the future in Dhaka. One entry with a wrong date is no such source, so
the decision is made for a source as a whole, and kept until new times speak against it. Knows times
and no entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

# Clocks of servers differ, and entries are dated when they are planned.
_TOLERANCE = timedelta(minutes=10)
# Three entries in the future at once are no accident; once a source is known, one confirms it.
_LEAST_NEW = 3
# A busy source shows an entry of the last hours at nearly every fetch. After two days without one
# in the future, its times are taken as they are.
_FORGOTTEN_AFTER = timedelta(days=2)


def detect(
    times: Sequence[datetime],
    *,
    fetched_at: datetime,
    timezone: str,
    skew: timedelta,
    confirmed: datetime | None,
) -> tuple[timedelta, datetime | None]:
    """Decide by how much a source's stated times are late: its own offset from UTC, or nothing.

    ``times`` are the stated times of entries not seen before. ``skew`` is what was decided last,
    and ``confirmed`` when new entries last showed it. Returns both as they are from now on.
    """
    limit = fetched_at + _TOLERANCE
    future = [time for time in times if time > limit]
    offset = ZoneInfo(timezone).utcoffset(fetched_at.replace(tzinfo=None)) or timedelta(0)
    is_explained = offset > timedelta(0) and all(time - offset <= limit for time in times)
    if future and is_explained and (len(future) >= _LEAST_NEW or skew == offset):
        return offset, fetched_at
    if future and not is_explained:
        return timedelta(0), None
    if skew and confirmed is not None and fetched_at - confirmed <= _FORGOTTEN_AFTER:
        return skew, confirmed
    return timedelta(0), None
