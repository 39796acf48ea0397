"""The status as a page for the operator, in one of two languages, without a script.

Every text is escaped; charts are drawn of numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

from markupsafe import Markup

from aggregator.models import NO_ACTIVITY, Activity, Pulse, SourceCondition, SourceStatus, Status
from aggregator.status import charts
from aggregator.status.rows import Row, ago, row_of
from aggregator.status.texts import TEXTS
from aggregator.status.words import (
    LANGUAGES,
    NOTICES,
    OVER,
    PULSES,
    duration,
    number,
    percent,
    size,
)
from aggregator.templates import templates_of

MEDIA_TYPE = "text/html"
STYLE_MEDIA_TYPE = "text/css"
# Two days show what last night was like, and the one before it; 48 bars fit into a phone.
_HOURS_SHOWN = 48
_HOUR = timedelta(hours=1)
_NOTICES_SHOWN = 20
# How long ago sources last answered: up to so many seconds, and longer or never.
_FRESHNESS = (3_600, 6 * 3_600, 86_400, 7 * 86_400)
_ORDER = {condition: place for place, condition in enumerate(SourceCondition)}

_templates = templates_of("aggregator.status")


@dataclass(frozen=True, slots=True, kw_only=True)
class _SourceRow:
    """One source as the page shows it."""

    row: Row
    source: SourceStatus
    day: str
    week: str
    unchanged: str
    received: str
    spark: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chart:
    """A chart, with its heading and its numbers as a table: headings, and rows of texts."""

    title: str
    described: str
    drawn: Markup
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def page_bytes(status: Status, language: str, *, has_feed: bool) -> bytes:
    """Return the page in one of ``LANGUAGES``; it leads to the feed of failures if there is one."""
    texts = {name: words.in_(language) for name, words in TEXTS.items()}
    sources = sorted(status.sources, key=lambda source: _ORDER[source.condition])
    page = _templates.get_template("status.jinja").render(
        language=language,
        others=[other for other in LANGUAGES if other != language],
        texts=texts,
        status=status,
        service=_service_rows(status, language),
        pulse=PULSES[status.service.pulse].in_(language),
        failing=texts["failing"].format(
            count=number(len(status.sources), language),
            failing=number(len(status.failing), language),
        ),
        sources=[_source_row(source, status, language) for source in sources],
        feeds=[_feed_row(status, place, language) for place in range(len(status.feeds))],
        charts=[_entries(status, language), _polls(status, language), _fresh(status, language)],
        notices=_notice_lines(status, language),
        has_feed=has_feed,
        made=_time(status.made, status),
    )
    return page.encode()


def style_bytes() -> bytes:
    """Return the style sheet of the page."""
    return (resources.files("aggregator.status") / "static" / "status.css").read_bytes()


def _service_rows(status: Status, language: str) -> list[tuple[str, str]]:
    """Return the facts about the service, each with its heading."""
    service, beat = status.service, status.service.heartbeat
    texts = {name: words.in_(language) for name, words in TEXTS.items()}
    yes = texts["yes"] if service.is_index_whole else texts["no"]
    low = f" ({texts['low']})" if service.is_disk_low else ""
    day, backup_size = service.backup_day, size(service.backup_bytes, language)
    backup = f"{day} ({backup_size})" if day else texts["none"]
    pulse = PULSES[service.pulse].in_(language)
    is_well = service.pulse in (Pulse.TICKS, Pulse.NONE)
    rows = [(texts["service"], pulse if is_well else f"{pulse}: {service.reason}")]
    if beat is not None:
        last = max((tick.ended or tick.went_on for tick in beat.ticks), default=beat.beat)
        rows += [
            (texts["since"], f"{_time(beat.started, status)} ({beat.pid})"),
            (texts["tick"], ago(last, status.made, language)),
        ]
        rows += [(tick.name, tick.fault) for tick in beat.ticks if tick.fault]
    return [
        *rows,
        (texts["version"], service.version),
        (texts["store"], size(service.store_bytes, language)),
        (texts["disk"], size(service.disk_free_bytes, language) + low),
        (texts["backup"], backup),
        (texts["waiting"], number(service.waiting, language)),
        (texts["searchable"], yes),
        *((texts["fault"], fault) for fault in service.faults),
    ]


def _source_row(source: SourceStatus, status: Status, language: str) -> _SourceRow:
    week, new = source.week, number(source.day.new, language)
    described = TEXTS["spark"].in_(language).format(count=new)
    return _SourceRow(
        row=row_of(source, status.made, language),
        source=source,
        day=new,
        week=number(week.new, language),
        unchanged=percent(week.not_modified, week.ok + week.not_modified, language),
        received=size(week.received_bytes, language),
        spark=charts.spark(source.new_by_hour, described),
    )


def _feed_row(status: Status, place: int, language: str) -> tuple[str, str, str, str, str]:
    feed = status.feeds[place]
    held = "" if feed.held_back is None else TEXTS["feed_held"].in_(language)
    return (
        feed.title,
        number(feed.entries, language),
        ago(feed.updated, status.made, language),
        ", ".join(feed.files),
        held.format(count=number(feed.held_back or 0, language)),
    )


# --- Charts --------------------------------------------------------------------------------------


def _hours(status: Status) -> list[tuple[datetime, Activity]]:
    """Return the last hours with what was counted in each, the oldest first."""
    now = status.made.replace(minute=0, second=0, microsecond=0)
    hours = [now - back * _HOUR for back in reversed(range(_HOURS_SHOWN))]
    return [(hour, status.by_hour.get(hour, NO_ACTIVITY)) for hour in hours]


def _by_hour(status: Status, language: str, key: str, names: Sequence[str]) -> _Chart:
    """Return the chart of some counts by hour."""
    hours = _hours(status)
    series = [
        charts.Series(name=name, values=[getattr(each, name) for _, each in hours])
        for name in names
    ]
    sums = [
        f"{TEXTS[name].in_(language)} {number(sum(one.values), language)}"
        for name, one in zip(names, series, strict=True)
    ]
    title, described = TEXTS[key].in_(language), ", ".join(sums)
    rows = [
        (_time(hour, status), *(number(one.values[place], language) for one in series))
        for place, (hour, _) in enumerate(hours)
    ]
    return _Chart(
        title=title,
        described=described,
        drawn=charts.stacked(key, title, described, series),
        headings=(TEXTS["hour"].in_(language), *(TEXTS[name].in_(language) for name in names)),
        rows=rows,
    )


def _entries(status: Status, language: str) -> _Chart:
    return _by_hour(status, language, "entries_chart", ("new", "revised", "rejected"))


def _polls(status: Status, language: str) -> _Chart:
    return _by_hour(status, language, "polls_chart", ("ok", "not_modified", "failed"))


def _fresh(status: Status, language: str) -> _Chart:
    """Return the chart of how long ago sources last answered as they should."""
    counts = [0] * (len(_FRESHNESS) + 1)
    for source in status.sources:
        since = source.succeeded
        seconds = (status.made - since).total_seconds() if since else float("inf")
        counts[sum(seconds > bound for bound in _FRESHNESS)] += 1
    up_to = TEXTS["up_to"].in_(language)
    names = [up_to.format(duration(bound, language)) for bound in _FRESHNESS]
    names.append(TEXTS["longer"].in_(language))
    rows = [(name, number(count, language)) for name, count in zip(names, counts, strict=True)]
    title = TEXTS["fresh_chart"].in_(language)
    described = ", ".join(f"{name}: {count}" for name, count in rows)
    return _Chart(
        title=title,
        described=described,
        drawn=charts.across("fresh", title, described, counts),
        headings=(TEXTS["last_success"].in_(language), TEXTS["sources"].in_(language)),
        rows=rows,
    )


# --- What happened -------------------------------------------------------------------------------


def _notice_lines(status: Status, language: str) -> list[tuple[str, str, str]]:
    """Return what began to be wrong last: when, what, and when it was over."""
    titles = {source.name: source.title for source in status.sources}
    titles |= {feed.name: feed.title for feed in status.feeds}
    lines = []
    for notice in status.notices[:_NOTICES_SHOWN]:
        title = titles.get(notice.subject, notice.subject)
        what = NOTICES[notice.kind].in_(language).replace("{title}", title)
        over = OVER.in_(language).replace("{title}", "").rstrip(": ")
        ended = f"{over}: {_time(notice.ended, status)}" if notice.ended else notice.detail
        lines.append((_time(notice.began, status), what, ended))
    return lines


def _time(moment: datetime, status: Status) -> str:
    return f"{moment.astimezone(ZoneInfo(status.timezone)):%Y-%m-%d %H:%M}"
