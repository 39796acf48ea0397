"""Reads the dates that sources send: RFC 822, ISO 8601, and Bengali ones.

Knows how Bengali sites write a date; refuses to guess. A year is inferred only from a weekday
that stands with the day and month, never taken from another text. Everything that is outside
what can be true (before 1990, or more than a day after it was fetched) is no date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from zoneinfo import ZoneInfo

from aggregator.models import DateHow

_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "জানুয়ারি জানুয়ারী",
            "ফেব্রুয়ারি ফেব্রুয়ারী",
            "মার্চ",
            "এপ্রিল এপ্রীল",
            "মে",
            "জুন",
            "জুলাই",
            "আগস্ট আগষ্ট অগস্ট অগাস্ট",
            "সেপ্টেম্বর",
            "অক্টোবর",
            "নভেম্বর নবেম্বর",
            "ডিসেম্বর",
        ),
        start=1,
    )
    for name in names.split()
}
# Monday is 0, as datetime.weekday() counts.
_WEEKDAYS = {
    "সোমবার": 0,
    "মঙ্গলবার": 1,
    "বুধবার": 2,
    "বৃহস্পতিবার": 3,
    "বৃহষ্পতিবার": 3,
    "শুক্রবার": 4,
    "শনিবার": 5,
    "রবিবার": 6,
    "রোববার": 6,
}
_MONTH = "|".join(_MONTHS)
_WEEKDAY = "|".join(_WEEKDAYS)
_FULL = re.compile(
    rf"(?<![0-9])([0-9]{{1,2}})(?:শে|লা|রা|ঠা|ই)?\s+({_MONTH})\s*,?\s*([0-9]{{4}})(?![0-9])"
    r"(?:[\s,|]+([0-9]{1,2}):([0-9]{2})(?:\s*(এএম|পিএম|পূর্বাহ্ন|অপরাহ্ন))?)?"
)
_DATELINE = re.compile(
    rf"({_WEEKDAY})\s*[,(]?\s*(?<![0-9])([0-9]{{1,2}})(?:শে|লা|রা|ঠা|ই)?\s+({_MONTH})"
    r"(?!\s*,?\s*[0-9]{4})"
)
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_TOLERANCE = timedelta(days=1)
# A weekday and a day of the month come together again after at most 11 years (40 for 29 February).
_YEARS_BACK = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """What a text says of when: aware times in UTC, and how they were had."""

    published: datetime | None = None
    updated: datetime | None = None
    how: DateHow | None = None


def read(text: str, *, fetched_at: datetime, timezone: str) -> Dates:
    """Read the date in a text; ``timezone`` is used where the text names none.

    >>> now = datetime(2026, 11, 24, tzinfo=UTC)
    >>> read("শুক্রবার (২৯ নভেম্বর)", fetched_at=now, timezone="Asia/Dhaka").published.isoformat()
    '2024-11-28T18:00:00+00:00'
    """
    text = text.strip().translate(_DIGITS)
    zone = ZoneInfo(timezone)
    for reader in (_iso, _rfc822, _bengali):
        found = reader(text, zone)
        if found is not None and _EARLIEST <= found <= fetched_at + _TOLERANCE:
            return Dates(published=found, how=DateHow.STATED)
    inferred = _dateline(text, fetched_at, zone)
    if inferred is not None:
        return Dates(published=inferred, how=DateHow.INFERRED)
    return Dates()


def _at(zone: ZoneInfo | timezone, *parts: int) -> datetime | None:
    try:
        return datetime(*parts, tzinfo=zone).astimezone(UTC)  # type: ignore[misc, arg-type]
    except (ValueError, OverflowError):
        return None


def _iso(text: str, zone: ZoneInfo) -> datetime | None:
    match = _ISO.fullmatch(text)
    if not match:
        return None
    numbers = [int(group or 0) for group in match.groups()[:6]]
    return _at(_offset(match.group(7)) if match.group(7) else zone, *numbers)


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(sign * timedelta(minutes=min(minutes, 23 * 60 + 59)))


def _rfc822(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        parts = parsedate_tz(text)
    except (ValueError, IndexError, OverflowError):  # email.utils raises these on broken input
        return None
    if parts is None:
        return None
    offset = parts[9]
    if offset is None:
        return _at(zone, *parts[:6])
    if abs(offset) >= 86400:
        return None
    return _at(timezone(timedelta(seconds=offset)), *parts[:6])


def _bengali(text: str, zone: ZoneInfo) -> datetime | None:
    match = _FULL.search(text)
    if not match:
        return None
    day, month, year, hour, minute, half = match.groups()
    hours = int(hour or 0)
    if half in ("পিএম", "অপরাহ্ন") and hours < 12:
        hours += 12
    elif half in ("এএম", "পূর্বাহ্ন") and hours == 12:
        hours = 0
    return _at(zone, int(year), _MONTHS[month], int(day), hours, int(minute or 0))


def _dateline(text: str, fetched_at: datetime, zone: ZoneInfo) -> datetime | None:
    """Infer the year from the weekday: the newest that is not after the text was had."""
    match = _DATELINE.search(text)
    if not match:
        return None
    weekday, month, day = _WEEKDAYS[match.group(1)], _MONTHS[match.group(3)], int(match.group(2))
    newest = fetched_at.astimezone(zone).year
    for year in range(newest, newest - _YEARS_BACK, -1):
        found = _at(zone, year, month, day)
        if found and found <= fetched_at and found.astimezone(zone).weekday() == weekday:
            return found if found >= _EARLIEST else None
    return None
