"""Days as sources write them: ২১ মার্চ ২০২১, Aug 13, 2026, 2026-08-13, শুক্রবার (২৯ নভেম্বর).

Knows the names of months and weekdays in Bengali and English, and the forms of a day: with its
year, or without one that can be inferred. Expects lower-case text whose digits are 0-9. Refuses a
day that can be read as two, and does not know times of day (``time_patterns``) or which day in a
text counts (``dates``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from aggregator.bengali import calendar


def _numbered(*rows: str) -> dict[str, int]:
    """Map every spelling to the number of its row, from 1; a row holds the spellings of one."""
    return {name: number for number, row in enumerate(rows, start=1) for name in row.split()}


_MONTH_ROWS = (
    "জানুয়ারি জানুয়ারী জানুয়ারির জানু january jan",
    "ফেব্রুয়ারি ফেব্রুয়ারী ফেব্রুয়ারির ফেব february feb",
    "মার্চ মার্চের march mar",
    "এপ্রিল এপ্রীল এপ্রিলের april apr",
    "মে may",
    "জুন জুনের june jun",
    "জুলাই জুলাইয়ের july jul",
    "আগস্ট আগষ্ট অগস্ট অগাস্ট আগস্টের august aug",
    "সেপ্টেম্বর সেপ্টেম্বার সেপ্টেম্বরের সেপ্ট september sept sep",
    "অক্টোবর অক্টোবার অক্টোবরের অক্টো october oct",
    "নভেম্বর নবেম্বর নভেম্বরের নভে november nov",
    "ডিসেম্বর ডিসেম্বরের ডিসে december dec",
)
MONTHS = _numbered(*_MONTH_ROWS)
# How the project itself writes each month, January first: the first spelling of its row.
MONTH_NAMES = tuple(row.split()[0] for row in _MONTH_ROWS)
_BANGLA_MONTH_ROWS = (
    "বৈশাখ বৈশাখের",
    "জ্যৈষ্ঠ জৈষ্ঠ্য জৈষ্ঠ জ্যেষ্ঠ",
    "আষাঢ় আষাড়",
    "শ্রাবণ শ্রাবন",
    "ভাদ্র",
    "আশ্বিন আশ্বিণ",
    "কার্তিক কার্ত্তিক",
    "অগ্রহায়ণ অগ্রহায়ন অঘ্রান অঘ্রাণ",
    "পৌষ পৌস",
    "মাঘ",
    "ফাল্গুন ফাল্গুণ ফালগুন",
    "চৈত্র",
)
_BANGLA_MONTHS = _numbered(*_BANGLA_MONTH_ROWS)
BANGLA_MONTH_NAMES = tuple(row.split()[0] for row in _BANGLA_MONTH_ROWS)  # বৈশাখ first
_WEEKDAY_ROWS = (
    "সোমবার সোম monday mon",
    "মঙ্গলবার মঙ্গল tuesday tues tue",
    "বুধবার বুধ wednesday wed",
    "বৃহস্পতিবার বৃহষ্পতিবার বৃহস্পতি thursday thurs thur thu",
    "শুক্রবার শুক্র friday fri",
    "শনিবার শনি saturday sat",
    "রবিবার রোববার রবি রোব sunday sun",
)
WEEKDAYS = _numbered(*_WEEKDAY_ROWS)
WEEKDAY_NAMES = tuple(row.split()[0] for row in _WEEKDAY_ROWS)  # Monday first

# Where a Bengali or Latin word begins and ends; Python's \b knows no Bengali vowel signs.
WORD_START = "(?<![a-z\u0980-\u09e5])"
WORD_END = "(?![a-z\u0980-\u09e5])"
_ORDINAL = f"(?:\\s?(?:শে|লা|রা|ঠা|ই|st|nd|rd|th){WORD_END})?"
_YEAR = "(?P<year>[0-9]{4})(?![0-9])"
_GAP = "[\\s,/.-]*"


def _one_of(names: dict[str, int], group: str) -> str:
    spellings = "|".join(sorted(names, key=len, reverse=True))
    return f"{WORD_START}(?P<{group}>{spellings}){WORD_END}\\.?"


_DAY = f"(?<![0-9])(?P<day>[0-9]{{1,2}})(?![0-9]){_ORDINAL}"
_MONTH = _one_of(MONTHS, "month")
_WEEKDAY = _one_of(WEEKDAYS, "weekday")
_BANGLA_MONTH = _one_of(_BANGLA_MONTHS, "month")

_ISO = re.compile(  # 2026-08-13
    "(?<![0-9])(?P<year>[0-9]{4})([-/.])(?P<number>[0-9]{1,2})\\2(?P<day>[0-9]{1,2})(?![0-9])"
)
# Days with their year, the surest form first: a pattern never sees what an earlier one has read.
_FULL = (
    re.compile(f"{_DAY}{_GAP}{_MONTH}{_GAP}'?{_YEAR}"),  # ২১ মার্চ ২০২১
    re.compile(f"{_MONTH}{_GAP}{_DAY}[\\s,]+{_YEAR}"),  # মার্চ ২১, ২০২১
    re.compile(  # Aug 13 10:23:03 BDT 2026, as asctime and Java write it
        f"{_MONTH}\\s+{_DAY}\\s+(?P<time>[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?"
        f"(?:\\s+[a-z+:0-9-]{{1,9}})?)\\s+{_YEAR}"
    ),
    re.compile(f"(?<![0-9]){_YEAR}\\s*(?:সালের|সাল|খ্রিষ্টাব্দের)[\\s,]*{_DAY}\\s*{_MONTH}"),
    _ISO,
    re.compile(  # 13 Aug 26 10:23 GMT: RFC 822 had years of two digits, always with a zone
        f"{_DAY}\\s{_MONTH}\\s(?P<short>[0-9]{{2}})\\s"
        "(?=[0-9]{2}:[0-9]{2}(?::[0-9]{2})?\\s[a-z+-])"
    ),
)
_FOUR_DIGITS = re.compile("[0-9]{4}")
_WITH_MONTH_NAME = tuple(pattern for pattern in _FULL if pattern is not _ISO)
_NUMERIC = re.compile(  # 13/08/2026
    "(?<![0-9./:-])(?P<first>[0-9]{1,2})\\s?([-/.])\\s?(?P<second>[0-9]{1,2})\\s?\\2\\s?"
    "(?P<year>[0-9]{4})(?![0-9])"
)
# শুক্রবার (২৯ নভেম্বর), and ২৯ নভেম্বর, শুক্রবার
_WITH_WEEKDAY = (
    re.compile(f"{_WEEKDAY}\\s*[,(]?\\s*{_DAY}\\s*{_MONTH}"),
    re.compile(f"{_DAY}\\s*{_MONTH}\\s*[,(]?\\s*{_WEEKDAY}"),
)
_DAY_AND_MONTH = re.compile(f"{_DAY}\\s*{_MONTH}")
_BANGLA = (
    re.compile(f"{_DAY}\\s*{_BANGLA_MONTH}[\\s,]*{_YEAR}"),  # ২৮ ফাল্গুন ১৪৩০
    re.compile(f"{_BANGLA_MONTH}\\s*{_DAY}[\\s,]+{_YEAR}"),  # বৈশাখ ৮ ১৪৩১
)
_YEAR_AFTER = re.compile(f"[\\s,)]*{_YEAR}")
# The word before a day can say that it is past or to come: then it is not the day of writing. That
# word is looked for within 20 characters, twice the length of the longest, পরবর্তী.
_CHARACTERS_BEFORE = 20
_ANOTHER_DAY = ("গত", "আগামী", "আসছে", "পরবর্তী")

# A day of the month falls on the same weekday again after at most 11 years, 29 February after 40.
_YEARS_BACK = 40
# The Bangla years that a date line can name: 1983 to 2093.
_BANGLA_YEARS = range(1390, 1501)
# A paper's Bangla date is off by up to two days (see ``calendar``); one more for midnight.
_BANGLA_SLACK_DAYS = 3
# Three numbers are a day only with a year of our time; ১২-১১-৩৩৪৪ is a telephone's.
_NUMERIC_YEARS = range(1990, 2100)
# A year of two digits below this is of the 21st century, any other of the 20th. POSIX turns at 69,
# which makes no difference: no feed is of 1969 or 2069.
_CENTURY_TURN = 70


def find_days(text: str, *, day_first: bool) -> Iterator[tuple[date, str]]:
    """Find the Gregorian days that stand with their year, surest form first.

    Each comes with the time of day where that stands inside it (Aug 13 10:23:03 BDT 2026), else
    with an empty text. ``day_first`` reads 05/06/2026 as 5 June; without it only numbers that have
    one reading (13/06/2026, 05/05/2026) are days.
    """
    for pattern in _FULL:
        for match in pattern.finditer(text):
            day = _full_day(match)
            if day is not None:
                yield day, match.groupdict().get("time") or ""
        text = pattern.sub(" ", text)
    for match in _NUMERIC.finditer(text):
        day = _numeric_day(match, day_first=day_first)
        if day is not None:
            yield day, ""


def remove_days(text: str) -> str:
    """Return a text without its days, so that a time of day can be looked for in the rest."""
    for pattern in (*_FULL, _NUMERIC, *_BANGLA, *_WITH_WEEKDAY):
        text = pattern.sub(" ", text)
    return text


def remove_stated_days(text: str) -> tuple[str, int]:
    """Return a text without the days that stand with their year, and how many were Gregorian.

    A month's name makes a day whatever its number; three numbers are left where they cannot be one.
    """
    count = 0
    for pattern in _WITH_MONTH_NAME:
        text, days = pattern.subn(" ", text)
        count += days
        if days and not _FOUR_DIGITS.search(text):  # most lines have one day: nothing is left
            return text, count
    for pattern in _BANGLA:
        text = pattern.sub(" ", text)
    for pattern in (_ISO, _NUMERIC):
        for match in reversed([match for match in pattern.finditer(text) if _is_day(match)]):
            text = f"{text[: match.start()]} {text[match.end() :]}"
            count += 1
    return text, count


def infer_day(text: str, *, latest: date, is_west_bengal: bool) -> date | None:
    """Infer a day that stands without its year from its weekday or from a Bangla date beside it.

    A Bangla date alone is taken for its Gregorian day. A weekday's day is not after ``latest``.
    """
    with_weekday = next((m for pattern in _WITH_WEEKDAY if (m := pattern.search(text))), None)
    if with_weekday is not None:
        return _newest_on_weekday(with_weekday, latest)
    bangla = {day for day in _bangla_days(text, is_west_bengal) if day is not None}
    yearless = _DAY_AND_MONTH.search(text)
    if yearless is None:
        return bangla.pop() if len(bangla) == 1 else None
    for near in bangla:
        for year in (near.year - 1, near.year, near.year + 1):
            day = _day(year, MONTHS[yearless["month"]], int(yearless["day"]))
            if day is not None and abs((day - near).days) <= _BANGLA_SLACK_DAYS:
                return day
    return None


def find_day_of_writing(text: str, *, latest: date) -> tuple[date, bool] | None:
    """Find the day a news text was written, not after ``latest``, and whether its year is stated.

    That is the first weekday with its day and month, as in শুক্রবার (২৯ নভেম্বর): the other dates
    in a text belong to its story.
    """
    matches = sorted(
        (match for pattern in _WITH_WEEKDAY for match in pattern.finditer(text)),
        key=lambda match: match.start(),
    )
    for match in matches:
        before = text[max(0, match.start() - _CHARACTERS_BEFORE) : match.start()].split()
        if before and before[-1] in _ANOTHER_DAY:
            continue
        year = _YEAR_AFTER.match(text, match.end())
        if year is not None:
            stated = _day(int(year["year"]), MONTHS[match["month"]], int(match["day"]))
            if stated is not None:
                return stated, True
        day = _newest_on_weekday(match, latest)
        if day is not None:
            return day, False
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_day(match: re.Match[str]) -> date | None:
    groups = match.groupdict()
    month = int(groups["number"]) if groups.get("number") else MONTHS[groups["month"]]
    if groups.get("short"):
        short = int(groups["short"])
        return _day(short + (2000 if short < _CENTURY_TURN else 1900), month, int(groups["day"]))
    return _day(int(groups["year"]), month, int(groups["day"]))


def _numeric_day(match: re.Match[str], *, day_first: bool) -> date | None:
    first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
    as_day_first, as_month_first = _day(year, second, first), _day(year, first, second)
    if day_first or as_month_first is None:
        return as_day_first
    if as_day_first is None or as_day_first == as_month_first:
        return as_month_first
    return None


def _is_day(numbers: re.Match[str]) -> bool:
    """Tell whether three numbers are a day of our time, in whichever order they stand."""
    if int(numbers["year"]) not in _NUMERIC_YEARS:
        return False
    if numbers.re is _ISO:
        return _full_day(numbers) is not None
    first, second, year = int(numbers["first"]), int(numbers["second"]), int(numbers["year"])
    return bool(_day(year, second, first) or _day(year, first, second))


def _newest_on_weekday(match: re.Match[str], latest: date) -> date | None:
    """Find the newest year in which the day falls on its weekday and is not after ``latest``."""
    weekday = WEEKDAYS[match["weekday"]]
    month, day_of_month = MONTHS[match["month"]], int(match["day"])
    for year in range(latest.year, latest.year - _YEARS_BACK - 1, -1):
        day = _day(year, month, day_of_month)
        if day is not None and day <= latest and day.isoweekday() == weekday:
            return day
    return None


def _bangla_days(text: str, is_west_bengal: bool) -> Iterator[date | None]:
    to_gregorian = calendar.west_bengal if is_west_bengal else calendar.bangladesh
    for pattern in _BANGLA:
        for match in pattern.finditer(text):
            year = int(match["year"])
            if year in _BANGLA_YEARS:
                yield to_gregorian(year, _BANGLA_MONTHS[match["month"]], int(match["day"]))
        text = pattern.sub(" ", text)
