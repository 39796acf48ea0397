"""When a source is next asked, and by what that was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class CronTimes:
    """The times at which a source is asked, as a line of a crontab names them, in a time zone."""

    expression: str
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How much a source publishes: entries expected in each hour of a day, by UTC from midnight.

    They were counted at ``measured``.
    """

    measured: datetime
    entries_by_hour: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How often sources are asked that are asked by their rhythm: all of them by one factor.

    In an hour in which a source is expected to publish ``n`` entries, it is asked ``factor`` times
    the square root of ``n``. It was found at ``measured``, for the sources and the budget that
    ``fingerprint`` recognises.
    """

    factor: float
    measured: datetime
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHints:
    """What a feed and the answer that carried it say of when to ask again; nothing by default.

    ``ttl_seconds`` is RSS's ``ttl``, ``period_seconds`` how often the feed is said to be updated
    (``sy:updatePeriod``). ``skip_hours`` are hours of a day (0 to 23) and ``skip_days`` days of a
    week (0 is Monday), by UTC. For ``fresh_seconds`` the answer itself was said to be current
    (``Cache-Control``, ``Expires``).
    """

    ttl_seconds: int = 0
    period_seconds: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    fresh_seconds: int = 0


NO_HINTS = FeedHints()


class IntervalHow(StrEnum):
    """How the interval of a source was found.

    It is configured (``every``, ``cron``), it follows from how much the source publishes
    (``rhythm``), or nothing is known of that yet (``unknown``).
    """

    EVERY = "every"
    CRON = "cron"
    RHYTHM = "rhythm"
    UNKNOWN = "unknown"


class DueWhy(StrEnum):
    """What decided when a source is next asked, if something else did than its interval.

    ``interval``: nothing else. ``shortest`` and ``longest``: the bounds of automatic intervals.
    ``caught-up``: a poll was missed, or there was none before; the next comes early, so that
    sources that were asked together are not asked together again. ``feed``: the feed said how
    often it is worth asking. ``fresh``: the answer said for how long it is current. ``skipped``:
    the feed named hours or days at which not to ask. ``failed``: the longer the more failures
    there were in a row. ``retry-after``: the server asked to be left alone. ``gone``: the feed was
    taken away for good (410).
    """

    INTERVAL = "interval"
    SHORTEST = "shortest"
    LONGEST = "longest"
    CAUGHT_UP = "caught-up"
    FEED = "feed"
    FRESH = "fresh"
    SKIPPED = "skipped"
    FAILED = "failed"
    RETRY_AFTER = "retry-after"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPoll:
    """When a source is next due, and why then.

    ``interval_seconds`` is the interval as it was found (``how``), before anything else was asked;
    of times that are named one by one, how long it is until the next.
    """

    due: datetime
    why: DueWhy
    interval_seconds: float
    how: IntervalHow
