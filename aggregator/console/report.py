"""What a pass did, for a person to read: log lines while it runs, tables when it is over.

Knows how a report is worded; refuses to know how a pass is made.
"""

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

# Enough of a rejected entry to recognise it by.
_EXCERPT_CHARACTERS = 60
# Joining 10,000 entries to stories takes some ten seconds.
_ENTRIES_PER_LINE = 10_000
# Where nothing tells how wide the output is, a table as wide as its longest line needs.
_PLAIN_WIDTH = 160


def log_progress(
    report: SourceReport, done: int, total: int, *, has_known_remarks: bool = False
) -> None:
    """Log what one source brought in a pass; ``done`` of ``total`` sources are through.

    Where ``has_known_remarks``, the log says already why entries were rejected, and what is odd.
    """
    where = f"[{done}/{total}] {report.source}"
    if report.new or report.revised or report.rejected or report.outcome is Outcome.OK:
        log.info("%s: %d new, %d revised, %d known, %d rejected", where, *_counts(report))
    if report.rejected and not has_known_remarks:
        log.info("%s: rejected: %s", where, _rejections(report))
    if report.note and not has_known_remarks:
        log.warning("%s: %s", where, report.note)
    if report.outcome is Outcome.FAILED:
        log.warning("%s failed: %s", where, report.error)
    elif report.outcome is Outcome.NOT_MODIFIED:
        log.info("%s: not modified", where)


def remarks(report: SourceReport) -> str:
    """Return what is said of a source beside its counts, the same where nothing else is wrong."""
    reasons = sorted({rejected.reason for rejected in report.rejected})
    return "; ".join((report.note, *reasons))


def log_file_progress(progress: FileProgress, bytes_read: int) -> None:
    """Log how many records of a file are read, and how much of it in percent."""
    if not progress.is_done:
        percent = 100 * bytes_read // max(progress.file.size, 1)
        log.info("%s: %d records, %d %%", progress.file.path, progress.records, percent)


def log_cluster_progress(done: int) -> None:
    """Log how many entries a pass has joined to stories, where they are many."""
    if done % _ENTRIES_PER_LINE == 0:
        log.info("%d entries put into stories", done)


def _rejections(report: SourceReport) -> str:
    """Return why entries were rejected: each reason with its count and the first such entry."""
    counts = Counter(rejected.reason for rejected in report.rejected)
    excerpt_of = {rejected.reason: rejected.excerpt for rejected in reversed(report.rejected)}
    return "; ".join(
        f"{count} × {reason} ({excerpt_of[reason][:_EXCERPT_CHARACTERS]})"
        for reason, count in counts.most_common()
    )


def log_published(feeds: Sequence[FeedReport]) -> None:
    """Log which published files changed, and which could not be put in place."""
    for feed in feeds:
        if feed.error:
            log.error("%s is not published: %s", feed.feed, feed.error)
        elif feed.files_written:
            log.info("published %s", ", ".join(feed.files_written))
        if feed.archives_written:
            more = ", more to come" if feed.has_more else ""
            log.info("%s: %d archive documents written%s", feed.feed, feed.archives_written, more)


def print_summary(config: Config, report: PassReport) -> None:
    """Print what a pass did: a table of the sources that brought news or a fault, one of feeds."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PLAIN_WIDTH)
    shown = [source for source in report.sources if not _is_not_modified(source)]
    if shown:
        console.print(_source_table(shown))
    if not_modified := len(report.sources) - len(shown):
        console.print(f"sources not modified: {not_modified}")
    waiting = len(config.sources) - len(report.sources)
    if waiting:
        console.print(f"sources not due yet: {waiting} (--all asks them all the same)")
    if report.feeds:
        console.print(_feed_table(report))


def _is_not_modified(report: SourceReport) -> bool:
    """Tell whether there is nothing else to say of a source."""
    return report.outcome is Outcome.NOT_MODIFIED and not (report.note or report.error)


def _counts(report: SourceReport) -> tuple[int, int, int, int]:
    """Return how many entries of a source are new, revised, known, and rejected."""
    known = report.unchanged + report.refreshed
    return report.new, report.revised, known, len(report.rejected)


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
            *(str(count) if count else "-" for count in _counts(report)),
            Text("; ".join(filter(None, (report.error, report.note, _rejections(report))))),
        )
    return table


def _feed_table(report: PassReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("feed", no_wrap=True)
    table.add_column("entries", justify="right")
    table.add_column("in other languages", overflow="fold")
    table.add_column("files written", overflow="fold")
    for feed in report.feeds:
        entries = str(feed.entries) if feed.entries else "-"
        written = ", ".join((*feed.files_written, *_archives(feed))) or "none, nothing changed"
        left_out = ", ".join(f"{count} {language}" for language, count in feed.left_out.items())
        table.add_row(feed.feed, entries, Text(left_out or "-"), Text(feed.error or written))
    return table


def _archives(feed: FeedReport) -> list[str]:
    """Return what is said of a feed's archive documents, if any were written."""
    more = ", more at the next pass" if feed.has_more else ""
    return [f"{feed.archives_written} archive documents{more}"] if feed.archives_written else []
