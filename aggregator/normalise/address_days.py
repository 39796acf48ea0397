"""The day that an address carries, as https://example.org/sport/2026/05/16/4711 does.

Many sites put the day of publication into every address, and some of their feeds state no date.
Knows which forms are certain, and refuses the rest: a number of eight digits at the end may be an
article's own, a day behind other words (weather-2026-05-16) its subject's, and in a query anything.
"""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlsplit

from aggregator.bengali.day_patterns import MONTHS

_FORMS = (
    # /2026/05/16/ and /2026/may/16/
    re.compile(r"/(?P<year>[0-9]{4})/(?P<month>[0-9]{1,2}|[a-z]{3,9})/(?P<day>[0-9]{1,2})(?=/|$)"),
    # /2026-05-16/, and /2026-05-16-the-headline as static sites have it
    re.compile(
        r"/(?P<year>[0-9]{4})(?P<mark>[-_.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})"
        r"(?=[/_-]|$)"
    ),
    # /20260516/ before something else
    re.compile(r"/(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?=/[^/])"),
)
# Addresses of news began to carry days around then; an older one is of the story: /1971/12/16/.
_EARLIEST = date(2000, 1, 1)


def day_of(link: str, *, latest: date) -> date | None:
    """Return the day that an address carries; ``None`` for none, for two, and after ``latest``.

    >>> day_of("https://example.org/sport/2026/05/16/4711", latest=date(2026, 11, 24))
    datetime.date(2026, 5, 16)
    """
    try:
        path = urlsplit(link).path.lower()
    except ValueError:  # a bracket that is no IPv6 address
        return None
    days = {_day(match) for form in _FORMS for match in form.finditer(path)} - {None}
    day = days.pop() if len(days) == 1 else None
    return day if day is not None and _EARLIEST <= day <= latest else None


def _day(match: re.Match[str]) -> date | None:
    month = match["month"]
    number = int(month) if month.isdecimal() else MONTHS.get(month, 0)
    try:
        return date(int(match["year"]), number, int(match["day"]))
    except ValueError:  # 31 February, month 16
        return None
