"""The long-running process: ticks that run passes, and the web server, until told to stop.

APScheduler runs jobs over the dumps, over the feeds, and over the feeds that were slow for several
polls, so that a server that does not answer keeps neither a dropped page nor another feed's next
poll waiting. One more takes what hubs send, and one asks and tells hubs, which may be slow. Which
source is due is decided from the store. A configuration that is changed while the service runs is
taken over at the next tick; one with faults is named in the log, and the last good one stays.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Lock

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from aggregator import allocator
from aggregator import config as configuration
from aggregator.console import report
from aggregator.console.news import NewsLog
from aggregator.errors import AggregatorError, ConfigError, StoreError
from aggregator.models import Config, Source, SourceReport, Stamp
from aggregator.pipeline.damage import holding_back
from aggregator.pipeline.deliver import take_arrivals
from aggregator.pipeline.frame import today
from aggregator.pipeline.index_texts import index_texts
from aggregator.pipeline.ingest import ingest_due
from aggregator.pipeline.ping import ping_hubs
from aggregator.pipeline.run import Clock, Progress, Run
from aggregator.pipeline.run_pass import publish_stored, take_request
from aggregator.pipeline.standings import stamps_in_place
from aggregator.pipeline.subscribe import keep_subscriptions
from aggregator.publish import files as published_files
from aggregator.publish import folder as published_folder
from aggregator.store.store import Store

log = logging.getLogger(__name__)

# A dump dropped into a watched folder is published within seconds; a tick with nothing due is one
# query and one look at each dump folder.
_TICK_SECONDS = 2.0
# A feed is asked within a second of when it is due: of 2,000 at a minute's interval, which at two
# seconds came up to two late.
_FEED_TICK_SECONDS = 1.0
# A wall clock that moves this much against the monotonic one was set, and the scheduler, which goes
# by the wall clock, may wait for the old time to come round again. A daemon that keeps the clock
# right moves it by less.
_CLOCK_STEP_SECONDS = 5.0
_LOOK_SECONDS = 1.0  # how often it is looked at the clock and the web server
# Feeds and trees that come and go leave holes between what stays: within half an hour 60 MB of 170
# were free and not given back, and their number grew for hours. Giving them back takes 5 ms.
_GIVE_BACK_SECONDS = 60.0
_AFTER_FAULT_SECONDS = 60  # a full disk is not emptied sooner
# Sources whose state could not be stored are due again at once; their servers are to be spared.
_AFTER_BUG_SECONDS = 300


def open_store(config: Config, stop: Event, *, before_waiting: Callable[[], None]) -> Store | None:
    """Open the store; where feeds were published before, try until that can be done.

    A store that goes missing meanwhile is not made anew. ``None`` once ``stop`` is set; StoreError
    where nothing was ever published, as then there is nothing to go on serving. Before it waits for
    the first time, ``before_waiting`` is called.
    """
    may_make = True
    while not stop.is_set():
        try:
            return Store.open(config.store_url, may_make=may_make)
        except StoreError as error:
            if not published_folder.is_published(config.site.output):
                raise
            log.error(
                "%s; what was published before is served, the next try is in %d seconds",
                error,
                _AFTER_FAULT_SECONDS,
            )
        if may_make:
            before_waiting()
        may_make = False
        stop.wait(_AFTER_FAULT_SECONDS)
    return None


class Service:
    """Runs passes over a store by schedule."""

    def __init__(self, config: Config, store: Store, *, clock: Clock, stop: Event) -> None:
        # The file may have changed since it was read, so the first tick reads it again.
        self._config_stamp: configuration.Stamp | None = None
        self._reloading = Lock()
        self._stop = stop
        progress = Progress(on_source=self._log_news, on_clustered=report.log_cluster_progress)
        self._run = Run.of(config, store, clock=clock, stop=stop, progress=progress)
        self._scheduling = Lock()
        self._publishing = Lock()
        self._must_publish = True
        self._day: date | None = None  # the site's, of the last publishing
        self._stamps: dict[str, Stamp] = {}  # of what was published last, by name
        self._held_back: set[str] = set()  # feeds of which the log says so already
        self._news_log = NewsLog()

    def run(self) -> None:
        """Run passes until ``stop`` is set."""
        allocator.keep_small()
        scheduler = BackgroundScheduler(timezone=UTC)
        for kind in (self._is_quick, self._is_slow):
            self._begin(scheduler, partial(self._pass, kind), _FEED_TICK_SECONDS)
        dumps = partial(self._pass, _is_dump)
        for work in (dumps, self._take_arrivals, self._ask_hubs, self._index_texts):
            self._begin(scheduler, work, _TICK_SECONDS)
        scheduler.start()
        try:
            self._wait(scheduler)
        finally:
            self._stop.set()
            # Else a tick that schedules the next one and the scheduler's end wait for each other.
            with self._scheduling:
                # A job that is due while the scheduler ends would end its thread in a traceback.
                scheduler.remove_all_jobs()
            scheduler.shutdown(wait=True)

    def _wait(self, scheduler: BackgroundScheduler) -> None:
        """Wait to be told to stop, and keep the ticks going where the clock was set meanwhile.

        That is logged, as the times in the log jump there. Memory is given back now and then.
        """
        offset = self._run.clock().timestamp() - time.monotonic()
        gave_back = time.monotonic()
        while not self._stop.wait(_LOOK_SECONDS):
            if time.monotonic() - gave_back > _GIVE_BACK_SECONDS:
                allocator.give_back()
                gave_back = time.monotonic()
            now = self._run.clock()
            was, offset = offset, now.timestamp() - time.monotonic()
            if abs(offset - was) > _CLOCK_STEP_SECONDS:
                log.warning("the clock was set by %+.0f seconds", offset - was)
                for job in scheduler.get_jobs():
                    # One that is being run by now is scheduled anew by the clock as it is set.
                    with suppress(JobLookupError):
                        job.modify(next_run_time=now)

    def _begin(
        self, scheduler: BackgroundScheduler, work: Callable[[], None], seconds: float
    ) -> None:
        """Run ticks from now on, each so many seconds after the last one began, or later.

        Each schedules the next when it ends, and leaves a fifth of the time to others. An interval
        of APScheduler's lists every tick that was missed before it runs one: after a step of the
        clock by 400 days that never ends.
        """

        def schedule(after_seconds: float) -> None:
            at = self._run.clock() + timedelta(seconds=after_seconds)
            scheduler.add_job(tick, "date", run_date=at, misfire_grace_time=None)

        def tick() -> None:
            began = time.monotonic()
            self._tick(work)
            took_seconds = time.monotonic() - began
            with self._scheduling:
                if not self._stop.is_set():
                    schedule(max(seconds - took_seconds, took_seconds / 4))

        schedule(0)

    def _tick(self, work: Callable[[], None]) -> None:
        """Do one tick's work; after a fault the next tick tries again."""
        try:
            self._reload()
            work()
        except AggregatorError as error:
            log.error("%s; the next try is in %d seconds", error, _AFTER_FAULT_SECONDS)
            self._must_publish = True
            self._stop.wait(_AFTER_FAULT_SECONDS)
        except Exception:  # a bug in one tick must not end the service
            log.exception("this is a bug; the next try is in %d seconds", _AFTER_BUG_SECONDS)
            self._must_publish = True
            self._stop.wait(_AFTER_BUG_SECONDS)

    def _pass(self, kind: Callable[[Source], bool]) -> None:
        """Run one pass over what is due of a kind."""
        run = self._run
        sources = [source for source in run.config.sources if kind(source)]
        damages: list[StoreError] = []
        reports: list[SourceReport] = []
        with holding_back(damages):
            reports = ingest_due(run, sources, every_source=False, publish=self._publish_meanwhile)
        self._publish(is_news=bool(damages) or any(news.is_news for news in reports))
        for damage in damages:
            raise damage

    def _take_arrivals(self) -> None:
        """Store what hubs sent, and publish it."""
        if any(news.is_news for news in take_arrivals(self._run)):
            self._publish(is_news=True)

    def _ask_hubs(self) -> None:
        """Tell our hubs what was published, and ask those of sources to send what is new."""
        run = self._run
        try:
            keep_subscriptions(run)
        finally:  # our own hubs are told whatever is wrong with others, or between the processes
            ping_hubs(run)

    def _index_texts(self) -> None:
        """Index what is new for searching, beside the passes, which wait for a part of a second."""
        index_texts(self._run)

    def _is_quick(self, source: Source) -> bool:
        return _is_feed(source) and not self._run.slowness.is_slow(source.name)

    def _is_slow(self, source: Source) -> bool:
        return _is_feed(source) and self._run.slowness.is_slow(source.name)

    def _publish(self, *, is_news: bool) -> None:
        """Publish where there is something to; one tick at a time, as the configuration now is."""
        with self._publishing:
            run = self._run
            is_requested = take_request(run.store)
            is_wanted = self._must_publish or is_news or is_requested
            is_wanted = self._is_touched(run.config.site.output) or is_wanted
            # Pages that call yesterday's news today's are put in place anew when a day begins.
            day = today(run)
            is_wanted = is_wanted or day != self._day
            if is_wanted and not self._stop.is_set():
                # Not afterwards: another tick that stored something and failed may ask meanwhile.
                self._must_publish = False
                feeds = publish_stored(run)
                if self._stop.is_set():
                    return
                self._must_publish |= any(feed.error or feed.has_more for feed in feeds)
                self._day = day
                self._stamps = stamps_in_place(run)
                self._held_back = report.log_published(feeds, self._held_back)

    def _publish_meanwhile(self) -> None:
        """Publish while slow sources are waited for; what is damaged is met again in the end."""
        with holding_back([]):
            self._publish(is_news=True)

    def _is_touched(self, folder: Path) -> bool:
        """Tell, and log, whether somebody else changed, cut or removed published files."""
        now = published_files.stamps(folder, self._stamps)
        if touched := sorted(name for name in self._stamps if now.get(name) != self._stamps[name]):
            log.warning(
                "published files were changed or removed, and are put back: %s", ", ".join(touched)
            )
        return bool(touched)

    def _log_news(self, news: SourceReport, done: int, total: int) -> None:
        feeds = {source.name for source in self._run.config.sources if _is_feed(source)}
        self._news_log.log(news, done, total, is_feed=news.source in feeds)

    def _reload(self) -> None:
        """Take over the configuration where its file changed and has no fault.

        It is read outside the lock of publishing, as a disk may take its time; one tick reads it,
        and the other goes on meanwhile.
        """
        if not self._reloading.acquire(blocking=False):
            return
        try:
            stamp = configuration.stamp(self._run.config.path)
            if stamp == self._config_stamp:
                return
            self._config_stamp = stamp  # before it is read: a change from now on is another
            try:
                changed = self._keeping_what_is_open(configuration.load(self._run.config.path))
            except ConfigError as error:
                log.error("the configuration has faults, the last good one stays:\n%s", error)
                return
            if changed == self._run.config:
                return
            with self._publishing:
                self._run = self._run.with_config(changed)
                self._must_publish = True
            log.info("the configuration was changed and is taken over")
        finally:
            self._reloading.release()

    def _keeping_what_is_open(self, changed: Config) -> Config:
        """Keep the store, the folder and the address that are in use; the rest is taken over."""
        now = self._run.config
        site = replace(
            changed.site,
            output=now.site.output,
            listen_host=now.site.listen_host,
            listen_port=now.site.listen_port,
        )
        if site != changed.site or changed.store_url != now.store_url:
            log.warning(
                "output, listen and [store] are taken over when the service is next started"
            )
        return replace(changed, site=site, store_url=now.store_url)


def _is_dump(source: Source) -> bool:
    return source.dump is not None


def _is_feed(source: Source) -> bool:
    return source.feed is not None
