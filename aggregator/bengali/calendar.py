"""The two Bangla calendars: a day of the Bangla year → the Gregorian day, and in Bangladesh back.

Bangladesh counts by the rule of the Bangla Academy of October 2019: six months of 31 days, five of
30, Falgun of 29 (30 in a Gregorian leap year); 1 Boishakh is 14 April. West Bengal counts from the
sun's entry into each sign as the Surya Siddhanta computes it. Papers print the Bangla day up to two
days early or late, so a day found here is evidence for a date and no more. How dates are written is
not known here (``day_patterns``).
"""

from __future__ import annotations

from calendar import isleap
from datetime import date, datetime, timedelta

# 1 Boishakh of the Bangla year N lies in the Gregorian year N + 593.
_EPOCH = 593
_BANGLADESH_MONTHS = (31, 31, 31, 31, 31, 31, 30, 30, 30, 30, 29, 30)

# The sidereal year, and the days that the sun takes through each sign from Mesha on (they add up to
# the year); both from the Surya Siddhanta.
_YEAR_DAYS = 365.258756
_SIGN_DAYS = (
    30.9349, 31.4003, 31.6444, 31.4754, 31.0278, 30.4564,
    29.8992, 29.4925, 29.3206, 29.4555, 29.8311, 30.3207,
)  # fmt: skip
# The sun's entry into Mesha in 2024, Indian Standard Time. Counted from it, 1 Boishakh is the day
# that the almanacs print for each year from 2018 to 2026.
_MESHA_2024 = datetime(2024, 4, 13, 21, 15)


def bangladesh(year: int, month: int, day: int) -> date | None:
    """Return the Gregorian day of a Bangla date of Bangladesh; ``None`` where there is none.

    Months are numbered from 1, Boishakh, to 12, Choitro.

    >>> bangladesh(1431, 11, 8), bangladesh(1431, 9, 1), bangladesh(1431, 1, 25)
    (datetime.date(2025, 2, 21), datetime.date(2024, 12, 16), datetime.date(2024, 5, 8))
    """
    lengths = list(_BANGLADESH_MONTHS)
    if isleap(year + _EPOCH + 1):
        lengths[10] += 1
    if not 1 <= month <= 12 or not 1 <= day <= lengths[month - 1]:
        return None
    return date(year + _EPOCH, 4, 14) + timedelta(days=sum(lengths[: month - 1]) + day - 1)


def bangladesh_date(day: date) -> tuple[int, int, int]:
    """Return the Bangla date of Bangladesh of a Gregorian day: year, month from 1, and day.

    >>> bangladesh_date(date(2026, 11, 26)), bangladesh_date(date(2026, 4, 13))
    ((1433, 8, 11), (1432, 12, 30))
    """
    year = day.year - _EPOCH - (day < date(day.year, 4, 14))
    months = range(1, len(_BANGLADESH_MONTHS) + 1)
    begun = [first for month in months if (first := bangladesh(year, month, 1)) and first <= day]
    return year, len(begun), (day - begun[-1]).days + 1


def west_bengal(year: int, month: int, day: int) -> date | None:
    """Return the Gregorian day of a Bangla date of West Bengal; ``None`` where there is none.

    Months are numbered from 1, Boishakh. Each begins on the day after the sun enters its sign.

    >>> west_bengal(1430, 1, 1), west_bengal(1431, 1, 1), west_bengal(1432, 1, 1)
    (datetime.date(2023, 4, 15), datetime.date(2024, 4, 14), datetime.date(2025, 4, 15))
    """
    if not 1 <= month <= 12 or not 1 <= day <= 32:
        return None
    gregorian = _first_day(year, month) + timedelta(days=day - 1)
    next_month = _first_day(year + month // 12, month % 12 + 1)
    return gregorian if gregorian < next_month else None


def _first_day(year: int, month: int) -> date:
    days = (year + _EPOCH - 2024) * _YEAR_DAYS + sum(_SIGN_DAYS[: month - 1])
    return (_MESHA_2024 + timedelta(days=days)).date() + timedelta(days=1)
