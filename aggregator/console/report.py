"""What a pass did, told to a person: log lines while it runs, tables when it is over."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aggregator.models import Config, FeedReport, FileProgress, Outcome, SourceReport
from aggregator.pipeline.run_pass import PassReport

log = logging.getLogger(__name__)

# Enough of a rejected entry to know it by.
_EXCERPT_CHARACTERS = 60
# Joining so many takes some ten seconds.
_JOINED_TOLD = 10_000
# Where nothing tells how wide the output is, a table as wide as its longest line needs.
_PLAIN_WIDTH = 160


def log_progress(report: SourceReport, done: int, total: int) -> None:
    """Log what one source brought in a pass, and how far the pass is."""
    where = f"[{done}/{total}] {report.source}"
    if report.new or report.revised or report.rejected or report.outcome is Outcome.OK:
        known = report.unchanged + report.refreshed
        counts = (report.new, report.revised, known, len(report.rejected))
        log.info("%s: %d new, %d revised, %d known, %d rejected", where, *counts)
    if report.rejected:
        log.info("%s: rejected: %s", where, reasons(report))
    if report.note:
        log.warning("%s: %s", where, report.note)
    if report.outcome is Outcome.FAILED:
        log.warning("%s failed: %s", where, report.error)
    elif report.outcome is Outcome.NOT_MODIFIED:
        log.info("%s: not modified", where)


def log_file_progress(read: FileProgress, bytes_read: int) -> None:
    """Log how far a file of many records is read."""
    if not read.is_done:
        share = 100 * bytes_read // max(read.file.size, 1)
        log.info("%s: %d records, %d %%", read.file.path, read.records, share)


def log_cluster_progress(done: int) -> None:
    """Log how many entries a pass has joined to stories, where they are many."""
    if done % _JOINED_TOLD == 0:
        log.info("%d entries joined to stories", done)


def reasons(report: SourceReport) -> str:
    """Say why entries were rejected: each reason with its count and the first such entry."""
    counts = Counter(rejected.reason for rejected in report.rejected)
    first = {rejected.reason: rejected.excerpt for rejected in reversed(report.rejected)}
    return "; ".join(
        f"{count} × {reason} ({first[reason][:_EXCERPT_CHARACTERS]})"
        for reason, count in counts.most_common()
    )


def log_published(feeds: Sequence[FeedReport]) -> None:
    """Log which published files changed, and which could not be put in place."""
    for feed in feeds:
        if feed.error:
            log.error("%s is not published: %s", feed.feed, feed.error)
        elif feed.files_written:
            log.info("published %s", ", ".join(feed.files_written))


def print_summary(config: Config, report: PassReport) -> None:
    """Print what a pass did: the sources that have something to say, and the feeds."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PLAIN_WIDTH)
    telling = [one for one in report.sources if not _is_as_it_was(one)]
    if telling:
        console.print(_source_table(telling))
    if silent := len(report.sources) - len(telling):
        console.print(f"sources not modified: {silent}")
    waiting = len(config.sources) - len(report.sources)
    if waiting:
        console.print(f"sources not due yet: {waiting} (--all asks them all the same)")
    if report.feeds:
        console.print(_feed_table(report))


def _is_as_it_was(report: SourceReport) -> bool:
    return report.outcome is Outcome.NOT_MODIFIED and not (report.note or report.error)


def _source_table(reports: Sequence[SourceReport]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title_justify="left")
    for heading in ("source", "result"):
        table.add_column(heading, no_wrap=True)
    for heading in ("new", "revised", "known", "rejected"):
        table.add_column(heading, justify="right")
    table.add_column("why", overflow="fold")
    for one in reports:
        style = "red" if one.outcome is Outcome.FAILED else ""
        counts = (one.new, one.revised, one.unchanged + one.refreshed, len(one.rejected))
        table.add_row(
            one.source,
            Text(one.outcome, style=style),
            *(str(count) if count else "-" for count in counts),
            Text("; ".join(filter(None, (one.error, one.note, reasons(one))))),
        )
    return table


def _feed_table(report: PassReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("feed", no_wrap=True)
    table.add_column("entries", justify="right")
    table.add_column("in other languages", overflow="fold")
    table.add_column("files written", overflow="fold")
    for one in report.feeds:
        entries = str(one.entries) if one.entries else "-"
        written = ", ".join(one.files_written) or "none, nothing changed"
        left_out = ", ".join(f"{count} {language}" for language, count in one.left_out.items())
        table.add_row(one.feed, entries, Text(left_out or "-"), Text(one.error or written))
    return table
