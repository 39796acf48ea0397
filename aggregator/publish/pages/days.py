"""Dates, times and numbers as pages write them: in Bengali, with Bengali digits. Pure.

Knows no relative time, as a file is read long after it was written. The words for today and
yesterday stand only where the day is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aggregator.bengali.calendar import bangladesh_date
from aggregator.bengali.day_patterns import BANGLA_MONTH_NAMES, MONTH_NAMES, WEEKDAY_NAMES

TODAY, YESTERDAY = "আজ", "গতকাল"
_BENGALI_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
# India counts the Bangla year otherwise, and elsewhere nobody knows which one is meant.
_BANGLADESH = "Asia/Dhaka"
_NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """A time as a page writes it, for programs and for people.

    ``label`` stands before it, ``note`` behind it; either may be empty.
    """

    iso: str
    shown: str
    label: str = ""
    note: str = ""


def digits(text: str) -> str:
    """Return a text with its digits in Bengali."""
    return text.translate(_BENGALI_DIGITS)


def number(value: int) -> str:
    """Write a whole number, not negative, grouped as Bengali groups: thousands, lakhs, crores.

    >>> number(2318), number(172000), number(7)
    ('২,৩১৮', '১,৭২,০০০', '৭')
    """
    text = str(value)
    head, tail = text[:-3], text[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)]
    return digits(",".join([*reversed(pairs), tail]))


def counted(value: int) -> str:
    """Write how many there are of a thing.

    >>> counted(5)
    '৫টি'
    """
    return f"{number(value)}টি"


def clock(moment: datetime, timezone: str) -> str:
    """Write the time of day in a time zone named as ``Asia/Dhaka``, by 24 hours.

    >>> clock(datetime(2026, 11, 24, 6, 5, tzinfo=UTC), "Asia/Dhaka")
    '১২:০৫'
    """
    return digits(f"{moment.astimezone(ZoneInfo(timezone)):%H:%M}")


def day(value: date, *, year: int | None = None) -> str:
    """Write a day; without its year where that is ``year``.

    >>> day(date(2026, 11, 24)).split()
    ['২৪', 'নভেম্বর', '২০২৬']
    """
    month = MONTH_NAMES[value.month - 1]
    ending = "" if value.year == year else f" {value.year}"
    return digits(f"{value.day}{_NO_BREAK}{month}{ending}")


def day_and_clock(
    moment: datetime, timezone: str, *, today: date | None = None, year: int | None = None
) -> str:
    """Write a time with its day, in a time zone, as ``named`` writes the day."""
    local = local_day(moment, timezone)
    return f"{named(local, today=today, year=year)}, {clock(moment, timezone)}"


def named(value: date, *, today: date | None = None, year: int | None = None) -> str:
    """Write a day, as today or yesterday where ``today`` says so; without its year if ``year``.

    >>> named(date(2026, 11, 25), today=date(2026, 11, 26))
    'গতকাল'
    """
    if value == today:
        return TODAY
    is_yesterday = today is not None and value == today - timedelta(days=1)
    return YESTERDAY if is_yesterday else day(value, year=year)


def local_day(moment: datetime, timezone: str) -> date:
    """Return the day of a time in a time zone."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def heading(value: date, *, today: date | None, year: int | None) -> str:
    """Write a day over the stories of that day; ``today`` is ``None`` where no page may say so.

    >>> heading(date(2026, 11, 26), today=date(2026, 11, 26), year=2026)
    'আজ'
    """
    name = named(value, today=today, year=year)
    return f"{YESTERDAY}, {day(value, year=year)}" if name == YESTERDAY else name


def span(first: date, last: date) -> str:
    """Write the days from the first to the last, with what both have in common once.

    >>> span(date(2026, 11, 12), date(2026, 11, 14)).split()
    ['১২–১৪', 'নভেম্বর', '২০২৬']
    """
    if first == last:
        return day(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{digits(str(first.day))}–{day(last)}"
    return f"{day(first, year=last.year)} – {day(last)}"


def masthead(value: date, timezone: str) -> str:
    """Write a day with its weekday, and in Bangladesh with the day of the Bangla year.

    >>> masthead(date(2026, 11, 26), "Asia/Dhaka").replace("\u00a0", " ")
    'বৃহস্পতিবার, ২৬ নভেম্বর ২০২৬ · ১১ অগ্রহায়ণ ১৪৩৩'
    """
    written = f"{WEEKDAY_NAMES[value.weekday()]}, {day(value)}"
    if timezone != _BANGLADESH:
        return written
    year, month, of_month = bangladesh_date(value)
    bangla = digits(f"{of_month}{_NO_BREAK}{BANGLA_MONTH_NAMES[month - 1]} {year}")
    return f"{written} · {bangla}"


def day_alone(moment: datetime, timezone: str) -> date | None:
    """Return the day that a source stated without a time of day; ``None`` where it stated one.

    ``timezone`` is the source's. A day without a time is stored as its beginning, there or, where
    the source wrote that as a time, in UTC.

    >>> day_alone(datetime(2026, 5, 15, 18, 0, tzinfo=UTC), "Asia/Dhaka")
    datetime.date(2026, 5, 16)
    """
    for zone in (ZoneInfo(timezone), UTC):
        local = moment.astimezone(zone)
        if local.time() == time.min:
            return local.date()
    return None


def iso(moment: datetime, timezone: str) -> str:
    """Write a time for programs, in a zone and to the minute (ISO 8601)."""
    return moment.astimezone(ZoneInfo(timezone)).isoformat(timespec="minutes")
