"""Which ticks a service has, and what each does.

Jobs run over the dumps, over the feeds, and over the feeds that were slow for several polls, so
that a server that does not answer keeps neither a dropped page nor another feed's next poll
waiting. One more takes what hubs send, one asks and tells hubs, which may be slow, and one indexes
texts. Which source is due is decided from the store.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from threading import Event

from aggregator import allocator
from aggregator.console import report
from aggregator.console.news import NewsLog
from aggregator.errors import AggregatorError, StoreError
from aggregator.models import Config, Source, SourceReport
from aggregator.pipeline.damage import holding_back
from aggregator.pipeline.deliver import take_arrivals
from aggregator.pipeline.index_texts import index_texts
from aggregator.pipeline.ingest import ingest_due
from aggregator.pipeline.ping import ping_hubs
from aggregator.pipeline.run import Clock, Progress, Run
from aggregator.pipeline.subscribe import keep_subscriptions
from aggregator.service.current import Current
from aggregator.service.publisher import Publisher
from aggregator.service.ticks import Ticks
from aggregator.store.store import Store

log = logging.getLogger(__name__)

# A dump dropped into a watched folder is published within seconds; a tick with nothing due is one
# query and one look at each dump folder.
_TICK_SECONDS = 2.0
# Feeds and trees that come and go leave holes between what stays: within half an hour 60 MB of 170
# were free and not given back, and their number grew for hours. Giving them back takes 5 ms.
_GIVE_BACK_SECONDS = 60.0
_AFTER_FAULT_SECONDS = 60  # a full disk is not emptied sooner
# Sources whose state could not be stored are due again at once; their servers are to be spared.
_AFTER_BUG_SECONDS = 300
# Of ticks of every kind at least one comes all the time, whatever the others wait for: a pass over
# an archive takes hours, and the others come meanwhile. After a bug in all, none comes for
# _AFTER_BUG_SECONDS; where none comes for twice as long, they are stuck.
_STUCK_SECONDS = 2.0 * _AFTER_BUG_SECONDS


class Service:
    """Runs passes over a store by schedule; calls ``alive`` each second while ticks come."""

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        clock: Clock,
        stop: Event,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._stop, self._alive = stop, alive
        self._must_publish = Event()
        self._must_publish.set()
        progress = Progress(on_source=self._log_news, on_clustered=report.log_cluster_progress)
        run = Run.of(config, store, clock=clock, stop=stop, progress=progress)
        self._current = Current(run, on_change=self._must_publish.set)
        self._publisher = Publisher(self._current, self._must_publish)
        self._news_log = NewsLog()
        self._gave_back = time.monotonic()

    def run(self) -> None:
        """Run passes until ``stop`` is set."""
        allocator.keep_small()
        ticks = Ticks(self._current.run.clock, self._stop)
        for kind in (_is_dump, self._is_quick, self._is_slow):
            ticks.begin(partial(self._tick, partial(self._pass, kind)), _TICK_SECONDS)
        for work in (self._take_arrivals, self._ask_hubs, self._index_texts):
            ticks.begin(partial(self._tick, work), _TICK_SECONDS)
        ticks.run(partial(self._look, ticks))

    def _look(self, ticks: Ticks) -> None:
        """Say that ticks come, and give memory back now and then."""
        if ticks.quiet_seconds() < _STUCK_SECONDS:
            self._alive()
        if time.monotonic() - self._gave_back > _GIVE_BACK_SECONDS:
            allocator.give_back()
            self._gave_back = time.monotonic()

    def _tick(self, work: Callable[[], None]) -> None:
        """Do one tick's work; after a fault the next tick tries again."""
        try:
            self._current.reload()
            work()
        except AggregatorError as error:
            log.error("%s; the next try is in %d seconds", error, _AFTER_FAULT_SECONDS)
            self._must_publish.set()
            self._stop.wait(_AFTER_FAULT_SECONDS)
        except Exception:  # a bug in one tick must not end the service
            log.exception("this is a bug; the next try is in %d seconds", _AFTER_BUG_SECONDS)
            self._must_publish.set()
            self._stop.wait(_AFTER_BUG_SECONDS)

    # --- What ticks do ---------------------------------------------------------------------------

    def _pass(self, kind: Callable[[Source], bool]) -> None:
        """Run one pass over what is due of a kind."""
        run, publisher = self._current.run, self._publisher
        sources = [source for source in run.config.sources if kind(source)]
        damages: list[StoreError] = []
        reports: list[SourceReport] = []
        with holding_back(damages):
            meanwhile = publisher.publish_meanwhile
            reports = ingest_due(run, sources, every_source=False, publish=meanwhile)
        publisher.publish(is_news=bool(damages) or any(news.is_news for news in reports))
        for damage in damages:
            raise damage

    def _take_arrivals(self) -> None:
        """Store what hubs sent, and publish it."""
        if any(news.is_news for news in take_arrivals(self._current.run)):
            self._publisher.publish(is_news=True)

    def _ask_hubs(self) -> None:
        """Tell our hubs what was published, and ask those of sources to send what is new."""
        run = self._current.run
        try:
            keep_subscriptions(run)
        finally:  # our own hubs are told whatever is wrong with others, or between the processes
            ping_hubs(run)

    def _index_texts(self) -> None:
        """Index what is new for searching, beside the passes, which wait for a part of a second."""
        index_texts(self._current.run)

    # --- Of which sources ------------------------------------------------------------------------

    def _is_quick(self, source: Source) -> bool:
        return _is_feed(source) and not self._current.run.slowness.is_slow(source.name)

    def _is_slow(self, source: Source) -> bool:
        return _is_feed(source) and self._current.run.slowness.is_slow(source.name)

    def _log_news(self, news: SourceReport, done: int, total: int) -> None:
        feeds = {source.name for source in self._current.run.config.sources if _is_feed(source)}
        self._news_log.log(news, done, total, is_feed=news.source in feeds)


def _is_dump(source: Source) -> bool:
    return source.dump is not None


def _is_feed(source: Source) -> bool:
    return source.feed is not None
