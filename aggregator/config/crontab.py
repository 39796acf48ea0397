"""Times as a line of a crontab names them: five fields, the days of the week by their names."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_FIELDS = {
    "minute": "the minute",
    "hour": "the hour",
    "day-of-month": "the day of the month",
    "month": "the month",
    "day-of-week": "the day of the week",
}
_NAME = "(?:sun|mon|tue|wed|thu|fri|sat)"
_DAYS = re.compile(rf"\*|{_NAME}(?:-{_NAME})?(?:,{_NAME}(?:-{_NAME})?)*")
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def crontab_times(value: str) -> str:
    """Return a line of a crontab in its usual form; ValueError where it names no time.

    Days of the week are named, as a 0 is Sunday to cron and Monday to others, and 7 to some.

    >>> crontab_times("0  6 * * Fri")
    '0 6 * * fri'
    """
    from cronsim import CronSim, CronSimError  # 5 ms, and few configurations name times

    fields = value.lower().split()
    if len(fields) != len(_FIELDS):
        raise ValueError(
            f"named times have five fields ({', '.join(_FIELDS.values())}), as "
            f'"0 6 * * fri"; here are {len(fields)}'
        )
    if not _DAYS.fullmatch(fields[-1]):
        raise ValueError(
            f'the day of the week is "{fields[-1]}": name the days, as "fri", "sun-thu" or '
            '"sat,sun" (sun mon tue wed thu fri sat), or write "*" for every day'
        )
    line = " ".join(fields)
    try:
        next(CronSim(line, _ANY_TIME))
    except CronSimError as error:
        field = str(error).removeprefix("Bad ")
        raise ValueError(f"{_FIELDS.get(field, field)} is none that a crontab can name") from error
    except StopIteration as error:
        raise ValueError("no such time ever comes") from error
    return line
