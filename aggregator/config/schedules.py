"""When sources are asked, as ``[schedule]`` and each source say it together."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.config.messages import Finding
from aggregator.config.schema import ConfigTable, ScheduleTable, SiteTable, SourceTable
from aggregator.models import LONGEST_SECONDS, SHORTEST_SECONDS, CronTimes

_DAY_SECONDS = 86_400


def cron_of(source: SourceTable, site: SiteTable) -> CronTimes | None:
    """Return the times that a source names, which are those of the site's clock."""
    if not isinstance(source.every, str):
        return None
    return CronTimes(expression=source.every, timezone=site.timezone)


def shortest_of(source: SourceTable, schedule: ScheduleTable) -> int:
    """Return the shortest automatic interval of a source, in seconds."""
    return source.min or schedule.min or SHORTEST_SECONDS


def longest_of(source: SourceTable, schedule: ScheduleTable) -> int:
    """Return the longest automatic interval of a source, in seconds."""
    return source.max or schedule.max or LONGEST_SECONDS


def faults_of_schedule(table: ConfigTable) -> Iterator[Finding]:
    """Find bounds that contradict each other, or bind nothing, and a budget below the least."""
    schedule = table.schedule
    for index, source in enumerate(table.source):
        named = [key for key in ("min", "max") if getattr(source, key) is not None]
        path = ("source", index)
        if named and (source.every is not None or source.dump is not None):
            message = 'bounds the interval of a feed or page on every = "auto", which this is not'
            yield Finding((*path, named[0]), message)
        elif named and shortest_of(source, schedule) > longest_of(source, schedule):
            yield Finding((*path, named[0]), '"min" is longer than "max"')
    if (schedule.min or 0) > (schedule.max or 0):
        yield Finding(("schedule", "min"), '"min" is longer than "max"')
    yield from _budget_below_the_least(table)


def _budget_below_the_least(table: ConfigTable) -> Iterator[Finding]:
    schedule = table.schedule
    automatic = [
        source
        for source in table.source
        if source.enabled and source.dump is None and source.every is None
    ]
    least = sum(_DAY_SECONDS / longest_of(source, schedule) for source in automatic)
    if schedule.requests_per_day is not None and schedule.requests_per_day < least:
        message = (
            f'once in "max" each, {len(automatic)} on "auto" make {least:,.0f} a day: '
            'raise this, or raise "max"'
        )
        yield Finding(("schedule", "requests_per_day"), message)
