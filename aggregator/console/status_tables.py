"""What ``aggregator status`` prints: the service, the sources in a table, the feeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aggregator.models import FeedStatus, Pulse, SourceCondition, SourceStatus, Status, WorkerStatus
from aggregator.status.rows import Row, ago, fault_lines, row_of
from aggregator.status.seen import worker_line
from aggregator.status.texts import TEXTS
from aggregator.status.words import number, percent, size

# Where nothing tells how wide the output is, a table as wide as its longest line needs.
_PLAIN_WIDTH = 160
# From this width on, there is room for what was received and for how intervals were found.
_WIDE = 120
_LANGUAGE = "en"
_STYLES = {
    SourceCondition.FAILING: "red",
    SourceCondition.HELD_BACK: "yellow",
    SourceCondition.RESTING: "yellow",
    SourceCondition.SILENT: "yellow",
    SourceCondition.NEW: "dim",
    SourceCondition.EMPTY: "yellow",
    SourceCondition.MOVED: "yellow",
    SourceCondition.FINE: "green",
}


def print_status(status: Status, *, only_failing: bool) -> None:
    """Print how everything does, or the sources alone that fail."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PLAIN_WIDTH)
    sources = status.failing if only_failing else status.sources
    if not only_failing:
        for line, style in _service_lines(status):
            console.print(Text(line, style=style))
    if sources:
        console.print(_source_table(sources, status.made, is_wide=console.width >= _WIDE))
    for line in fault_lines(sources, status.made):
        indent = len(line) - len(line.lstrip())
        console.print(Padding(Text(line.strip()), (0, 0, 0, indent), expand=False))
    if not only_failing:
        console.print(_feed_table(status.feeds, status.made))
    failing = number(len(status.failing), _LANGUAGE)
    console.print(f"{failing} of {number(len(status.sources), _LANGUAGE)} sources fail")


def _service_lines(status: Status) -> Iterator[tuple[str, str]]:
    service, beat = status.service, status.service.heartbeat
    is_bad = service.pulse in (Pulse.DEAD, Pulse.HANGS)
    yield f"service    {service.reason} (version {service.version})", "red" if is_bad else ""
    if beat is not None:
        started = beat.started.astimezone(ZoneInfo(status.timezone))
        last = max((tick.ended or tick.went_on for tick in beat.ticks), default=beat.beat)
        tick = ago(last, status.made, _LANGUAGE)
        yield f"           since {started:%Y-%m-%d %H:%M}, last tick {tick}", ""
        for tick_of in beat.ticks:
            if tick_of.fault:
                yield f"           {tick_of.name}: {tick_of.fault}", "red"
    for worker in service.workers:
        yield f"           {worker_line(worker, status.made, _LANGUAGE)}", _style_of(worker)
    low = ", which is low" if service.is_disk_low else ""
    free = size(service.disk_free_bytes, _LANGUAGE)
    disk = "this machine's disk" if service.is_shared else "the disk"
    yield (
        f"store      {size(service.store_bytes, _LANGUAGE)}; {disk} has {free} left{low}",
        ("yellow" if low else ""),
    )
    backup = f"of {service.backup_day}, {size(service.backup_bytes, _LANGUAGE)}"
    if service.is_shared:
        backup = TEXTS["shared_backup"].in_(_LANGUAGE)
    elif service.backup_day is None:
        backup = TEXTS["no_backup"].in_(_LANGUAGE)
    yield f"backup     {backup}", ""
    waiting = number(service.waiting, _LANGUAGE)
    index = "whole" if service.is_index_whole else "being made"
    yield f"backlog    {waiting} entries without a story; the search index is {index}", ""
    for fault in service.faults:
        yield f"fault      {fault}", "red"


def _style_of(worker: WorkerStatus) -> str:
    return "red" if worker.hangs or not worker.is_heard else ""


def _source_table(sources: Sequence[SourceStatus], now: datetime, *, is_wide: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("source", overflow="ellipsis", no_wrap=True, ratio=3, min_width=12)
    table.add_column("condition", no_wrap=True)
    table.add_column("success", no_wrap=True)
    table.add_column("next poll", overflow="fold", ratio=3, min_width=14)
    table.add_column("24 h", justify="right", no_wrap=True)
    table.add_column("7 d", justify="right", no_wrap=True)
    table.add_column("304", justify="right", no_wrap=True)
    if is_wide:
        table.add_column("interval", overflow="fold", ratio=3)
        table.add_column("what came in 7 days", overflow="fold", ratio=4)
        table.add_column("bytes", justify="right", no_wrap=True)
        # Terminals disagree on how wide Bengali is, so nothing stands behind it.
        table.add_column("title", no_wrap=True, overflow="ellipsis", ratio=3)
    for source in sources:
        row = row_of(source, now, _LANGUAGE)
        table.add_row(*_cells(source, row, is_wide=is_wide))
    return table


def _cells(source: SourceStatus, row: Row, *, is_wide: bool) -> list[Text]:
    week = source.week
    cells = [
        Text(source.name),
        Text(row.condition, style=_STYLES[source.condition]),
        Text(row.succeeded),
        Text(row.next_poll),
        Text(number(source.day.new, _LANGUAGE)),
        Text(number(week.new, _LANGUAGE)),
        Text(percent(week.not_modified, week.ok + week.not_modified, _LANGUAGE)),
    ]
    if is_wide:
        cells += [
            Text(row.interval),
            Text(row.counts),
            Text(size(week.received_bytes, _LANGUAGE)),
            Text(source.title),
        ]
    return cells


def _feed_table(feeds: Sequence[FeedStatus], now: datetime) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("feed", no_wrap=True)
    table.add_column("entries", justify="right")
    table.add_column("newest", no_wrap=True)
    table.add_column("title", overflow="fold")
    for feed in feeds:
        title = Text(feed.title)
        if feed.held_back is not None:
            held = TEXTS["feed_held"].in_(_LANGUAGE)
            text = held.format(count=number(feed.held_back, _LANGUAGE), name=feed.name)
            title = Text(f"{text}; ", style="yellow") + title
        table.add_row(
            Text(feed.name),
            Text(number(feed.entries, _LANGUAGE)),
            Text(ago(feed.updated, now, _LANGUAGE)),
            title,
        )
    return table
