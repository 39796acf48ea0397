"""Notices: what begins to be wrong, and what is over, remembered for the feed of failures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from aggregator.models import Notice, NoticeKind, SourceStatus, Status
from aggregator.pipeline.run import Run
from aggregator.pipeline.status import status_of

# A server that is started anew misses two polls; who reads a feed of failures wants to know of what
# does not end by itself.
_FAILURES = 3
_LONGEST_UNNOTICED = timedelta(days=1)


def keep_notices(run: Run) -> tuple[list[Notice], list[Notice]]:
    """Remember what began to be wrong since this was last asked, and what ended; return both.

    Nothing where it cannot be read what began before.
    """
    now = run.clock()
    status = status_of(run.store, run.config, now, is_counted=False)
    wrong = {(notice.kind, notice.subject): notice for notice in wrong_now(status)}
    with run.store.read() as unit:
        noted = unit.activity.open_notices()
    if noted is None:  # else what is wrong would begin again each time
        return [], []
    known = {(notice.kind, notice.subject): notice for notice in noted}
    began = [notice for key, notice in wrong.items() if key not in known]
    ended = [notice for key, notice in known.items() if key not in wrong]
    if began or ended:
        with run.store.write() as unit:
            for notice in began:
                unit.activity.begin(notice)
            for notice in ended:
                unit.activity.end(notice, now)
    return began, ended


def wrong_now(status: Status) -> Iterator[Notice]:
    """Yield a notice of everything that is wrong and does not end by itself."""
    for source in status.sources:
        yield from _of_source(source, status)
    for feed in status.feeds:
        if feed.held_back is not None:
            detail = f"it would have {feed.held_back} entries in place of {feed.entries}"
            yield _notice(NoticeKind.FEED_HELD_BACK, feed.name, detail, status)
    service = status.service
    if service.faults:
        yield _notice(NoticeKind.STORE, "", "; ".join(service.faults), status)
    if service.is_disk_low:
        detail = f"{service.disk_free_bytes // 1_000_000} MB are left"
        yield _notice(NoticeKind.DISK, "", detail, status)


def _of_source(source: SourceStatus, status: Status) -> Iterator[Notice]:
    since = source.failing_since
    is_long = since is not None and status.made - since >= _LONGEST_UNNOTICED
    if source.failures >= _FAILURES or (source.failures and is_long):
        yield _notice(NoticeKind.FAILING, source.name, source.error, status)
    if source.held_back:
        yield _notice(NoticeKind.SOURCE_HELD_BACK, source.name, source.held_back, status)
    if source.is_silent and not source.failures:
        yield _notice(NoticeKind.SILENT, source.name, "", status)


def _notice(kind: NoticeKind, subject: str, detail: str, status: Status) -> Notice:
    return Notice(kind=kind, subject=subject, began=status.made, detail=detail)
