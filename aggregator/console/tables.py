"""The tables of a pass: of the sources that brought news or a fault, and of the feeds."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aggregator.console.report import counts, rejections
from aggregator.models import FeedReport, Outcome, SourceReport

# Where nothing tells how wide the output is, a table as wide as its longest line needs.
_PLAIN_WIDTH = 160


def print_tables(
    sources: Sequence[SourceReport], lines: Sequence[str], feeds: Sequence[FeedReport]
) -> None:
    """Print a table of the sources, the lines between, and a table of the feeds."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PLAIN_WIDTH)
    if sources:
        console.print(_source_table(sources))
    for line in lines:
        console.print(Text(line), soft_wrap=True)
    if feeds:
        console.print(_feed_table(feeds))


def _source_table(reports: Sequence[SourceReport]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title_justify="left")
    for heading in ("source", "result"):
        table.add_column(heading, no_wrap=True)
    for heading in ("new", "revised", "known", "rejected"):
        table.add_column(heading, justify="right")
    table.add_column("why", overflow="fold")
    for report in reports:
        style = "red" if report.outcome is Outcome.FAILED else ""
        table.add_row(
            report.source,
            Text(report.outcome, style=style),
            *(str(count) if count else "-" for count in counts(report)),
            Text("; ".join(filter(None, (report.error, report.note, rejections(report))))),
        )
    return table


def _feed_table(feeds: Sequence[FeedReport]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("feed", no_wrap=True)
    table.add_column("entries", justify="right")
    table.add_column("in other languages", overflow="fold")
    table.add_column("files written", overflow="fold")
    for feed in feeds:
        entries = str(feed.entries) if feed.entries else "-"
        written = ", ".join((*feed.files_written, *_counted(feed))) or "none, nothing changed"
        left_out = ", ".join(f"{count} {language}" for language, count in feed.left_out.items())
        result = feed.error or feed.held_back or written
        table.add_row(feed.feed, entries, Text(left_out or "-"), Text(result))
    return table


def _counted(feed: FeedReport) -> list[str]:
    """Return what is said of files that are too many to be named, if any were written."""
    more = ", more at the next pass" if feed.has_more else ""
    counts = {"archive documents": feed.archives_written, "pages of entries": feed.pages_written}
    return [f"{count} {what}{more}" for what, count in counts.items() if count]
