"""When an entry was published and updated: of what it states, of its text, or of its address.

Knows which of these is believed before which, and that no time after the fetch is. Refuses to know
how a date is written (``bengali.dates`` does).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from aggregator.bengali import dates
from aggregator.models import DateHow, Document, ParsedEntry, Source
from aggregator.normalise import address_days


def acquired_at(parsed: ParsedEntry, document: Document) -> datetime:
    """Return when an entry was fetched: what its record says, but never later than its document."""
    if not parsed.acquired:
        return document.acquired
    recorded = dates.read(parsed.acquired, fetched_at=document.acquired, timezone="UTC").published
    return min(recorded, document.acquired) if recorded else document.acquired


def dates_of(
    parsed: ParsedEntry, source: Source, acquired: datetime, clock_skew: timedelta
) -> dates.Dates:
    """Read the dates of an entry; one after the fetch is dropped, as its entry would stay on top.

    The text of the entry and its address are asked only where its source states no date, and an
    entry that has only been updated was published then.
    """
    timezone = source.timezone
    stated = dates.read(parsed.published, fetched_at=acquired, timezone=timezone)
    stated_update = dates.read(parsed.updated, fetched_at=acquired, timezone=timezone).published
    updated = _past(stated_update or stated.updated, acquired, clock_skew)
    published, how = _past(stated.published, acquired, clock_skew), stated.how
    if published is None:
        unstated = _unstated(parsed, timezone, acquired, may_ask_address=updated is None)
        published, how = unstated.published, unstated.how
    if published is None:
        published, how = updated, DateHow.STATED
    return dates.Dates(published=published, updated=updated, how=how if published else None)


def _unstated(
    parsed: ParsedEntry, timezone: str, acquired: datetime, *, may_ask_address: bool
) -> dates.Dates:
    """Read when an entry was published from its text, or from its address.

    A year that had to be inferred is less certain than a day in the address.
    """
    prose = dates.read_prose(parsed.dateline, fetched_at=acquired, timezone=timezone)
    published = _past(prose.published, acquired, timedelta(0))
    if may_ask_address and (published is None or prose.how is not DateHow.STATED):
        zone = ZoneInfo(timezone)
        day = address_days.day_of(parsed.link, latest=acquired.astimezone(zone).date())
        if day is not None:
            midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
            return dates.Dates(published=midnight, how=DateHow.INFERRED)
    return dates.Dates(published=published, how=prose.how if published else None)


def _past(time: datetime | None, limit: datetime, clock_skew: timedelta) -> datetime | None:
    """Return a time without the skew of its source's clock, unless it is after ``limit``."""
    time = None if time is None else time - clock_skew
    return time if time is not None and time <= limit else None
