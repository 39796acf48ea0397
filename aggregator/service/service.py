"""Which ticks a service has, and what each does.

Jobs make passes over each kind of sources (``passes``), and that which a command asks for. One more
takes what hubs send, one asks and tells hubs, which may be slow, and one indexes texts. Which
source is due is decided from the store.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from threading import Event

from aggregator import __version__, allocator, heartbeat, logs
from aggregator.console import report
from aggregator.console.faults import Faults
from aggregator.console.news import NewsLog
from aggregator.errors import AggregatorError
from aggregator.models import Config, FileProgress, SourceReport
from aggregator.pipeline.deliver import take_arrivals
from aggregator.pipeline.index_texts import index_texts
from aggregator.pipeline.notices import keep_notices
from aggregator.pipeline.ping import ping_hubs
from aggregator.pipeline.run import Clock, Progress, Run
from aggregator.pipeline.subscribe import keep_subscriptions
from aggregator.pipeline.upkeep import DailyUpkeep
from aggregator.service.current import Current
from aggregator.service.passes import Passes
from aggregator.service.publisher import Publisher
from aggregator.service.ticks import Ticks
from aggregator.store.place import path_of
from aggregator.store.store import Store

log = logging.getLogger(__name__)

# What hubs sent is published within seconds; a tick that finds nothing is a query.
_TICK_SECONDS = 2.0
_WISH_SECONDS = 1.0  # a person waits for it; a look that finds none is one query
# Feeds and trees that come and go leave holes between what stays: within half an hour 60 MB of 170
# were free and not given back, and their number grew for hours. Giving them back takes 5 ms.
_GIVE_BACK_SECONDS = 60.0
# What lasts for hours is told within a minute; a look takes some ms a hundred sources.
_NOTICES_SECONDS = 60.0
_AFTER_FAULT_SECONDS = 60  # a full disk is not emptied sooner
# Sources whose state could not be stored are due again at once; their servers are to be spared.
_AFTER_BUG_SECONDS = 300
# Of ticks of every kind at least one comes all the time, whatever the others wait for: a pass over
# an archive takes hours, and the others come meanwhile. After a bug in all, none comes for
# _AFTER_BUG_SECONDS; where none comes for twice as long, they are stuck.
_STUCK_SECONDS = 2.0 * _AFTER_BUG_SECONDS


class Service:
    """Runs passes over a store by schedule; calls ``alive`` each second while ticks come.

    It reads its configuration at once where that is asked.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        clock: Clock,
        stop: Event,
        reload_asked: Event | None = None,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._stop, self._alive = stop, alive
        self._reload_asked = reload_asked or Event()
        self._must_publish = Event()
        self._must_publish.set()
        self._faults, self._news_log = Faults(), NewsLog()
        beside = heartbeat.path_beside(path_of(config.store_url))
        self._heart = heartbeat.Heart(clock, __version__)
        self._heart_file = heartbeat.HeartFile(beside, self._heart)
        progress = Progress(
            on_source=self._log_news,
            on_file=self._on_file,
            on_clustered=self._on_clustered,
            on_step=self._heart.go_on,
        )
        run = Run.of(config, store, clock=clock, stop=stop, progress=progress)
        self._current = Current(run, on_change=self._must_publish.set)
        self._publisher = Publisher(self._current, self._must_publish, self._faults)
        store_path = path_of(config.store_url)
        self._passes = Passes(self._current, self._publisher, store_path)
        self._upkeep = DailyUpkeep()
        # The names of the feeds of a configuration.
        self._feeds: tuple[Config | None, set[str]] = (None, set())
        self._gave_back = time.monotonic()
        self._noted = time.monotonic()

    def run(self) -> None:
        """Run passes until ``stop`` is set."""
        allocator.keep_small()
        ticks = Ticks(self._current.run.clock, self._stop)

        def begin(name: str, work: Callable[[], None], seconds: float = _TICK_SECONDS) -> None:
            ticks.begin(partial(self._tick, name, work), seconds)

        for kind in self._passes.kinds:
            begin(kind.name, partial(self._passes.make, kind), kind.seconds)
        begin("passes asked for", self._passes.make_wished, _WISH_SECONDS)
        begin("arrivals", self._take_arrivals)
        begin("hubs", self._ask_hubs)
        begin("the search index", self._index_texts)
        begin("notices", self._keep_notices)
        begin("upkeep", self._keep_up)
        try:
            ticks.run(partial(self._look, ticks))
        finally:
            self._heart_file.stop()

    def _look(self, ticks: Ticks) -> None:
        """Show signs of life, read the configuration where that is asked, free memory."""
        self._heart_file.beat()
        if ticks.quiet_seconds() < _STUCK_SECONDS:
            self._alive()
        if self._reload_asked.is_set():
            self._reload_asked.clear()
            self._reload()
        if time.monotonic() - self._gave_back > _GIVE_BACK_SECONDS:
            allocator.give_back()
            self._gave_back = time.monotonic()

    def _reload(self) -> None:
        """Read the configuration as a person asked, or a second later where a tick reads it now."""
        try:
            if not self._current.reload(is_asked=True):
                self._reload_asked.set()
        except Exception:  # a bug in reading a configuration must not end the service
            log.exception("this is a bug; the last good configuration stays")

    def _tick(self, name: str, work: Callable[[], None]) -> None:
        """Do one tick's work; after a fault the next tick tries again."""
        with self._heart.tick(name):
            self._try(name, work)

    def _try(self, name: str, work: Callable[[], None]) -> None:
        try:
            self._current.reload()
            work()
        except AggregatorError as error:
            self._heart.go_on(fault=str(error))
            again = f"it is tried again every {_AFTER_FAULT_SECONDS} seconds"
            self._faults.say(name, str(error), again)
            self._must_publish.set()
            self._stop.wait(_AFTER_FAULT_SECONDS)
        except Exception as bug:  # a bug in one tick must not end the service
            self._heart.go_on(fault=f"a bug: {type(bug).__name__}")
            log.exception("this is a bug; the next try is in %d seconds", _AFTER_BUG_SECONDS)
            self._must_publish.set()
            self._stop.wait(_AFTER_BUG_SECONDS)
        else:
            self._faults.end(name)

    # --- What ticks do ---------------------------------------------------------------------------

    def _take_arrivals(self) -> None:
        """Store what hubs sent, and publish it."""
        with logs.naming_pass():
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

    def _keep_up(self) -> None:
        """Make the day's backup, and let old stories leave at night."""
        self._upkeep.keep_up(self._current.run)

    def _keep_notices(self) -> None:
        """Note what began to be wrong, and what is over, now and then."""
        if time.monotonic() - self._noted > _NOTICES_SECONDS:
            keep_notices(self._current.run)
            self._noted = time.monotonic()

    # --- What is told meanwhile ------------------------------------------------------------------

    def _on_file(self, _progress: FileProgress, _bytes_read: int) -> None:
        self._heart.go_on()

    def _on_clustered(self, count: int) -> None:
        self._heart.go_on()
        report.log_cluster_progress(count)

    def _log_news(self, news: SourceReport, done: int, total: int) -> None:
        self._heart.go_on()
        config, (of, feeds) = self._current.run.config, self._feeds
        if of is not config:  # else each of 2,000 sources would look at all of them
            feeds = {source.name for source in config.sources if source.address}
            self._feeds = config, feeds  # at once, as several ticks come here
        self._news_log.log(news, done, total, is_feed=news.source in feeds)
