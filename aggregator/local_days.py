"""Which day it is at a time, somewhere. Pure."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo


def local_day(moment: datetime, timezone: str) -> date:
    """Return the day of a time in a time zone named as ``Asia/Dhaka``."""
    return moment.astimezone(ZoneInfo(timezone)).date()
