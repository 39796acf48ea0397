"""The long-running process: a tick that runs passes, and the web server, until told to stop.

APScheduler runs one fixed job; which source is due is decided from the store. A configuration
that is changed while the service runs is taken over at the next tick; one with faults is named
in the log, and the last good one stays.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import uvicorn
from apscheduler.schedulers.background import BackgroundScheduler

from aggregator import config as configuration
from aggregator import web
from aggregator.errors import AggregatorError, ConfigError
from aggregator.models import Config, FeedReport, Outcome, SourceReport
from aggregator.pipeline import Clock, ingest_due, publish_all
from aggregator.store.store import Store

log = logging.getLogger(__name__)

# A dump dropped into a watched folder is published within seconds; a tick with nothing due is one
# query and one look at each dump folder.
_TICK_SECONDS = 2
# A wall clock that moves this much against the monotonic one was set, and the scheduler, which
# goes by the wall clock, would wait for the old time to come round again.
_CLOCK_STEP_SECONDS = 5.0
_JOIN_SECONDS = 5.0


class Service:
    """Runs passes over a store by schedule and serves what they publish."""

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        clock: Clock,
        stop: Event,
    ) -> None:
        self._config = config
        self._config_stamp = _stamp(config.path)
        self._store = store
        self._clock = clock
        self._stop = stop
        self._must_publish = True
        self._said: dict[str, str] = {}  # source → the error that the log already names

    def run(self, listener: socket.socket) -> None:
        """Serve on ``listener`` and run passes until ``stop`` is set."""
        server = uvicorn.Server(
            uvicorn.Config(
                web.app(self._config.site.output),
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
            )
        )
        serving = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        serving.start()
        scheduler = BackgroundScheduler(timezone=UTC)
        scheduler.add_job(
            self._tick,
            "interval",
            seconds=_TICK_SECONDS,
            next_run_time=datetime.now(UTC),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
            id="tick",
        )
        scheduler.start()
        try:
            self._wait(scheduler)
        finally:
            self._stop.set()
            scheduler.shutdown(wait=True)
            server.should_exit = True
            serving.join(_JOIN_SECONDS)

    def _wait(self, scheduler: BackgroundScheduler) -> None:
        """Wait to be told to stop, and start the tick anew where the clock was set."""
        offset = time.time() - time.monotonic()
        while not self._stop.wait(1.0):
            now = time.time() - time.monotonic()
            if abs(now - offset) > _CLOCK_STEP_SECONDS:
                log.warning("the clock was set by %+.0f seconds", now - offset)
                scheduler.modify_job("tick", next_run_time=datetime.now(UTC))
            offset = now

    def _tick(self) -> None:
        """Run one pass over what is due; a fault is logged and the next tick tries again."""
        try:
            self._reload()
            sources = ingest_due(
                self._config, self._store, self._clock, False, self._log_news, self._stop
            )
            changed = any(report.new or report.revised for report in sources)
            if (changed or self._must_publish) and not self._stop.is_set():
                feeds = publish_all(self._config, self._store)
                self._must_publish = any(report.error for report in feeds)
                _log_published(feeds)
        except AggregatorError as error:
            log.error("%s", error)

    def _log_news(self, report: SourceReport, done: int, total: int) -> None:
        """Log what a source brought, and a fault once: a dump folder is looked at all the time."""
        if report.error and report.error == self._said.get(report.source):
            return
        self._said[report.source] = report.error
        if report.outcome is not Outcome.NOT_MODIFIED:
            log_progress(report, done, total)

    def _reload(self) -> None:
        """Take over the configuration where its file changed and has no fault."""
        stamp = _stamp(self._config.path)
        if stamp == self._config_stamp:
            return
        self._config_stamp = stamp
        try:
            changed = configuration.load(self._config.path)
        except ConfigError as error:
            log.error("the configuration has faults, and the last good one stays:\n%s", error)
            return
        if changed.store_url != self._config.store_url or changed.site != self._config.site:
            log.warning("[site] and [store] are taken over when the service is next started")
            changed = Config(
                path=changed.path,
                site=self._config.site,
                store_url=self._config.store_url,
                sources=changed.sources,
                feeds=changed.feeds,
            )
        self._config = changed
        self._must_publish = True
        log.info("the configuration was changed and is taken over")


def log_progress(report: SourceReport, done: int, total: int) -> None:
    """Log what one source brought in a pass, and how far the pass is."""
    if report.outcome is Outcome.FAILED:
        log.warning("[%d/%d] %s failed: %s", done, total, report.source, report.error)
    elif report.outcome is Outcome.NOT_MODIFIED:
        log.info("[%d/%d] %s: not modified", done, total, report.source)
    else:
        counts = (report.new, report.revised, report.unchanged, len(report.rejected))
        log.info(
            "[%d/%d] %s: %d new, %d revised, %d known, %d rejected",
            done,
            total,
            report.source,
            *counts,
        )


def _log_published(feeds: Sequence[FeedReport]) -> None:
    for feed in feeds:
        if feed.error:
            log.error("%s is not published: %s", feed.feed, feed.error)
        elif feed.files_written:
            log.info("published %s", ", ".join(feed.files_written))


def _stamp(path: Path) -> tuple[int, int]:
    """Give what changes when a file is changed, or zeros while it is being replaced."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
