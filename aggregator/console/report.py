"""What a pass does, as lines of the log while it runs.

Knows how a report is worded; refuses to know how a pass is made.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from aggregator import logs
from aggregator.console.faults import Faults
from aggregator.models import FeedReport, FileProgress, Outcome, SourceReport

log = logging.getLogger(__name__)

# Enough of a rejected entry to recognise it by.
_EXCERPT_CHARACTERS = 60
_SHOWN_SECONDS = 0.05  # a shorter time would be shown as none
# Joining 10,000 entries to stories takes some ten seconds.
_ENTRIES_PER_LINE = 10_000


def log_progress(
    report: SourceReport, done: int, total: int, *, has_known_remarks: bool = False
) -> None:
    """Log what one source brought in a pass; ``done`` of ``total`` sources are through.

    Where ``has_known_remarks``, the log says already why entries were rejected, and what is odd.
    """
    rejected = rejections(report) if report.rejected and not has_known_remarks else ""
    note = report.note if not has_known_remarks else ""
    is_odd = report.outcome is Outcome.FAILED or bool(note)
    parts = (_result(report), f"rejected: {rejected}" if rejected else "", note)
    new, revised, known, rejected_count = counts(report)
    logs.event(
        log,
        logging.WARNING if is_odd else logging.INFO,
        "source.asked",
        "%s",
        f"[{done}/{total}] {report.source}{'; '.join(filter(None, parts))}{_how(report)}",
        source=report.source,
        outcome=str(report.outcome),
        url=report.url or None,
        status=report.status,
        duration_seconds=report.duration_seconds,
        new=new,
        revised=revised,
        known=known,
        rejected=rejected_count,
        why_rejected=rejected or None,
        note=note or None,
        error=report.error or None,
    )


def _result(report: SourceReport) -> str:
    """Return what came of a source, to stand behind its name."""
    brought = "{} new, {} revised, {} known, {} rejected".format(*counts(report))
    if report.outcome is Outcome.FAILED:
        has_news = report.new or report.revised or report.rejected
        return f" failed: {report.error}{f'; {brought}' if has_news else ''}"
    return f": {'not modified' if report.outcome is Outcome.NOT_MODIFIED else brought}"


def _how(report: SourceReport) -> str:
    """Return with which status a server answered, and how long that took."""
    seconds = report.duration_seconds
    parts = (
        "" if report.status is None else f"status {report.status}",
        "" if seconds is None or seconds < _SHOWN_SECONDS else f"{seconds:.1f} s",
    )
    said = ", ".join(filter(None, parts))
    return f" ({said})" if said else ""


def remarks(report: SourceReport) -> str:
    """Return what is said of a source beside its counts, the same where nothing else is wrong."""
    reasons = sorted({rejected.reason for rejected in report.rejected})
    return "; ".join((report.note, *reasons))


def log_file_progress(progress: FileProgress, bytes_read: int) -> None:
    """Log how many records of a file are read, and how much of it in percent."""
    if not progress.is_done:
        percent = 100 * bytes_read // max(progress.file.size, 1)
        path, records = progress.file.path, progress.records
        text = "%s: %d records, %d %%"
        fields = {"file": path, "records": records, "percent": percent}
        logs.event(log, logging.INFO, "file.read", text, path, records, percent, **fields)


def log_cluster_progress(done: int) -> None:
    """Log how many entries a pass has joined to stories, where they are many."""
    if done % _ENTRIES_PER_LINE == 0:
        text = "%d entries put into stories"
        logs.event(log, logging.INFO, "entries.clustered", text, done, entries=done)


def rejections(report: SourceReport) -> str:
    """Return why entries were rejected: each reason with its count and the first such entry."""
    counts = Counter(rejected.reason for rejected in report.rejected)
    excerpt_of = {rejected.reason: rejected.excerpt for rejected in reversed(report.rejected)}
    return "; ".join(
        f"{count} × {reason} ({excerpt_of[reason][:_EXCERPT_CHARACTERS]})"
        for reason, count in counts.most_common()
    )


def log_published(feeds: Sequence[FeedReport], faults: Faults) -> None:
    """Log which published files changed, and which could not be put in place or are held back."""
    for feed in feeds:
        key = f"feed {feed.feed}"
        if feed.error:
            faults.say(key, f"{feed.feed} is not published: {feed.error}")
        elif feed.held_back:
            text = f"{feed.feed} is held back: {feed.held_back}"
            faults.say(key, text, level=logging.WARNING)
        else:
            faults.end(key)
        if feed.files_written or feed.archives_written or feed.pages_written:
            _log_written(feed)


def _log_written(feed: FeedReport) -> None:
    parts = [f"published {', '.join(feed.files_written)}"] if feed.files_written else []
    more = ", more to come" if feed.has_more else ""
    if feed.archives_written:
        parts.append(f"{feed.feed}: {feed.archives_written} archive documents written{more}")
    if feed.pages_written:
        parts.append(f"{feed.pages_written} pages of entries written{more}")
    logs.event(
        log,
        logging.INFO,
        "feed.published",
        "%s",
        "; ".join(parts),
        feed=feed.feed,
        entries=feed.entries,
        files=list(feed.files_written),
        archives=feed.archives_written,
        pages=feed.pages_written,
    )


def counts(report: SourceReport) -> tuple[int, int, int, int]:
    """Return how many entries of a source are new, revised, known, and rejected."""
    known = report.unchanged + report.refreshed
    return report.new, report.revised, known, len(report.rejected)
