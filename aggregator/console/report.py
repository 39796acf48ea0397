"""What a pass does, as lines of the log while it runs.

Knows how a report is worded; refuses to know how a pass is made.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence, Set

from aggregator.models import FeedReport, FileProgress, Outcome, SourceReport

log = logging.getLogger(__name__)

# Enough of a rejected entry to recognise it by.
_EXCERPT_CHARACTERS = 60
# Joining 10,000 entries to stories takes some ten seconds.
_ENTRIES_PER_LINE = 10_000


def log_progress(
    report: SourceReport, done: int, total: int, *, has_known_remarks: bool = False
) -> None:
    """Log what one source brought in a pass; ``done`` of ``total`` sources are through.

    Where ``has_known_remarks``, the log says already why entries were rejected, and what is odd.
    """
    where = f"[{done}/{total}] {report.source}"
    if report.new or report.revised or report.rejected or report.outcome is Outcome.OK:
        log.info("%s: %d new, %d revised, %d known, %d rejected", where, *counts(report))
    if report.rejected and not has_known_remarks:
        log.info("%s: rejected: %s", where, rejections(report))
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


def rejections(report: SourceReport) -> str:
    """Return why entries were rejected: each reason with its count and the first such entry."""
    counts = Counter(rejected.reason for rejected in report.rejected)
    excerpt_of = {rejected.reason: rejected.excerpt for rejected in reversed(report.rejected)}
    return "; ".join(
        f"{count} × {reason} ({excerpt_of[reason][:_EXCERPT_CHARACTERS]})"
        for reason, count in counts.most_common()
    )


def log_published(feeds: Sequence[FeedReport], known_held_back: Set[str] = frozenset()) -> set[str]:
    """Log which published files changed, and which could not be put in place.

    Of feeds that are held back, each is logged that is not among ``known_held_back``; return all.
    """
    for feed in feeds:
        if feed.error:
            log.error("%s is not published: %s", feed.feed, feed.error)
        elif feed.held_back and feed.feed not in known_held_back:
            log.warning("%s is held back: %s", feed.feed, feed.held_back)
        elif feed.files_written:
            log.info("published %s", ", ".join(feed.files_written))
        if feed.archives_written:
            more = ", more to come" if feed.has_more else ""
            log.info("%s: %d archive documents written%s", feed.feed, feed.archives_written, more)
        if feed.pages_written:
            more = ", more to come" if feed.has_more else ""
            log.info("%d pages of entries written%s", feed.pages_written, more)
    return {feed.feed for feed in feeds if feed.held_back}


def counts(report: SourceReport) -> tuple[int, int, int, int]:
    """Return how many entries of a source are new, revised, known, and rejected."""
    known = report.unchanged + report.refreshed
    return report.new, report.revised, known, len(report.rejected)
