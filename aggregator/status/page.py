"""The status as a page for the operator, in one of two languages, without a script.

Every text is escaped; charts are drawn of numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from itertools import islice
from zoneinfo import ZoneInfo

from markupsafe import Markup

from aggregator.models import (
    NO_ACTIVITY,
    Activity,
    Pulse,
    ServiceStatus,
    SourceCondition,
    SourceStatus,
    Status,
)
from aggregator.status import charts
from aggregator.status.rows import Row, ago, row_of, together
from aggregator.status.seen import worker_does, worker_name
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
# How long ago sources last answered: up to each of these seconds, and longer or never.
_FRESHNESS = (3_600, 6 * 3_600, 86_400, 7 * 86_400)
_ORDER = {condition: place for place, condition in enumerate(SourceCondition)}

_templates = templates_of("aggregator.status")


@dataclass(frozen=True, slots=True, kw_only=True)
class _SourceRow:
    """One source as the page shows it.

    ``is_told_above`` says that others have the same fault, and that all of them are named there.
    """

    row: Row
    is_told_above: bool
    source: SourceStatus
    day: str
    week: str
    unchanged: str
    received: str
    spark: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chart:
    """A chart, with its heading and its numbers as a table: headings, and rows of texts.

    ``key`` says what each colour is; ``ends`` what stands under its first bar and its last.
    """

    title: str
    key: Sequence[tuple[Markup, str]]
    ends: Sequence[str]
    drawn: Markup
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def page_bytes(status: Status, language: str, *, has_feed: bool) -> bytes:
    """Return the page in one of ``LANGUAGES``; it leads to the feed of failures if there is one."""
    texts = {name: words.in_(language) for name, words in TEXTS.items()}
    sources = sorted(status.sources, key=lambda source: _ORDER[source.condition])
    shared = [each for each in together(sources, status.made, language) if each.many]
    told = {source.name for each in shared for source in each.sources}
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
        shared=shared,
        sources=[_source_row(source, status, language, told) for source in sources],
        feeds=[_feed_row(status, place, language) for place in range(len(status.feeds))],
        charts=[_entries(status, language), _polls(status, language), _fresh(status, language)],
        notices=_notice_lines(status, language),
        has_feed=has_feed,
        made=_time(status.made, status, language),
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
    pulse = PULSES[service.pulse].in_(language)
    # Without a service nothing need be wrong; of workers it says when the last one ended.
    is_none = service.pulse is Pulse.NONE and not service.is_shared
    is_plain = service.pulse is Pulse.TICKS or is_none
    rows = [(texts["service"], pulse if is_plain else f"{pulse}: {service.reason}")]
    if beat is not None:
        last = max((tick.ended or tick.went_on for tick in beat.ticks), default=beat.beat)
        rows += [
            (texts["since"], f"{_time(beat.started, status, language)} ({beat.pid})"),
            (texts["tick"], ago(last, status.made, language)),
        ]
        rows += [(tick.name, tick.fault) for tick in beat.ticks if tick.fault]
    rows += [
        (worker_name(worker, language), worker_does(worker, status.made, language))
        for worker in service.workers
    ]
    return [
        *rows,
        (texts["version"], service.version),
        *_room_rows(service, language),
        (texts["waiting"], number(service.waiting, language)),
        (texts["searchable"], yes),
        *((texts["fault"], fault) for fault in service.faults),
    ]


def _room_rows(service: ServiceStatus, language: str) -> Iterator[tuple[str, str]]:
    """Yield what the store takes, what its disk has left, and what is kept of it elsewhere."""
    low = f" ({TEXTS['low'].in_(language)})" if service.is_disk_low else ""
    disk = TEXTS["shared_disk" if service.is_shared else "disk"].in_(language)
    backup = TEXTS["shared_backup" if service.is_shared else "no_backup"].in_(language)
    if service.backup_day is not None and not service.is_shared:
        day = number(str(service.backup_day), language)
        backup = f"{day} ({size(service.backup_bytes, language)})"
    yield TEXTS["store"].in_(language), size(service.store_bytes, language)
    yield disk, size(service.disk_free_bytes, language) + low
    yield TEXTS["backup"].in_(language), backup


def _source_row(source: SourceStatus, status: Status, language: str, told: Set[str]) -> _SourceRow:
    """Return the row of a source, which may be ``told`` above with others."""
    week, new = source.week, number(source.day.new, language)
    described = TEXTS["spark"].in_(language).format(count=new)
    return _SourceRow(
        row=row_of(source, status.made, language),
        is_told_above=source.name in told,
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
        held.format(count=number(feed.held_back or 0, language), name=feed.name),
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
    most = max(sum(values) for values in zip(*(one.values for one in series), strict=True))
    sums.append(TEXTS["most"].in_(language).format(number(most, language)))
    swatches = [*(charts.swatch(one.css_class) for one in series), Markup()]
    title = TEXTS[key].in_(language)
    first = ago(hours[0][0], hours[-1][0] + _HOUR, language)
    rows = [
        (_time(hour, status, language), *(number(one.values[place], language) for one in series))
        for place, (hour, _) in enumerate(hours)
    ]
    return _Chart(
        title=title,
        key=list(zip(swatches, sums, strict=True)),
        ends=(first, TEXTS["now"].in_(language)),
        drawn=charts.stacked(key, title, ", ".join(sums), series),
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
    told = [f"{name}: {count}" for name, count in rows]
    swatches = [charts.swatch(charts.step_class(place)) for place in range(len(counts))]
    return _Chart(
        title=title,
        key=list(zip(swatches, told, strict=True)),
        ends=(),
        drawn=charts.across("fresh", title, ", ".join(told), counts),
        headings=(TEXTS["last_success"].in_(language), TEXTS["sources"].in_(language)),
        rows=rows,
    )


# --- What happened -------------------------------------------------------------------------------


def _notice_lines(status: Status, language: str) -> list[tuple[str, str, str]]:
    """Return what began to be wrong last: when, what, and when it was over.

    What began, and ended, for several at once is one line.
    """
    titles = {source.name: source.title for source in status.sources}
    titles |= {feed.name: feed.title for feed in status.feeds}
    over = OVER.in_(language).replace("{title}", "").rstrip(": ")
    lines: dict[tuple[str, str, str], list[str]] = {}
    for notice in status.notices:
        ended = notice.detail
        if notice.ended is not None:
            ended = f"{over}: {_time(notice.ended, status, language)}"
        line = (_time(notice.began, status, language), NOTICES[notice.kind].in_(language), ended)
        lines.setdefault(line, []).append(titles.get(notice.subject, notice.subject))
    return [
        (began, what.replace("{title}", ", ".join(some)), ended)
        for (began, what, ended), some in islice(lines.items(), _NOTICES_SHOWN)
    ]


def _time(moment: datetime, status: Status, language: str) -> str:
    local = moment.astimezone(ZoneInfo(status.timezone))
    return number(f"{local:%Y-%m-%d %H:%M}", language)
