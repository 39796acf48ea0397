"""What one worker does for all: claims due hosts, joins and publishes, asks hubs, keeps up.

Whoever leads holds the part of that name of its presence, and each of its writes checks that.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from threading import Event

from aggregator.console.faults import Faults
from aggregator.errors import AggregatorError, ClaimLostError
from aggregator.heartbeat import Heart
from aggregator.pipeline.deliver import take_arrivals
from aggregator.pipeline.index_texts import index_texts
from aggregator.pipeline.notices import keep_notices
from aggregator.pipeline.ping import ping_hubs
from aggregator.pipeline.run import Run
from aggregator.pipeline.subscribe import keep_subscriptions
from aggregator.pipeline.upkeep import DailyUpkeep
from aggregator.service.current import Current
from aggregator.service.publisher import Publisher
from aggregator.service.ticks import Ticks
from aggregator.store.claims import ClaimState
from aggregator.worker.asking import claim_due
from aggregator.worker.queue import Queue

log = logging.getLogger(__name__)

# As the ticks of a service come: it is looked each second at which feeds are due, and what arrived.
_DUE_SECONDS = 1.0
_TICK_SECONDS = 2.0
_NOTICES_SECONDS = 60.0
# News wait until no host is asked and no dump is read any more, so that they are published
# together, and for so long at most: as within a pass of one process.
_LONGEST_UNPUBLISHED_SECONDS = 10.0
_AFTER_FAULT_SECONDS = 10.0
_AFTER_BUG_SECONDS = 300.0
# A tick shows after ten minutes at most that it goes on (``heartbeat.PulseBounds``), and after a
# bug it waits for five. An hour without a new text is better than a worker that ends as it is slow.
_STUCK_SECONDS = 3600.0


class Leading:
    """The ticks of the worker that leads."""

    def __init__(
        self, run: Run, queue: Queue, heart: Heart, is_reading_dumps: Callable[[], bool]
    ) -> None:
        self._queue, self._stop, self._heart = queue, run.stop, heart
        self._is_reading_dumps = is_reading_dumps
        self._must_publish = Event()
        self._must_publish.set()  # whoever led before may not have come to it
        self._faults = Faults()
        self._current = Current(run, on_change=self._must_publish.set, is_silent=True)
        self._publisher = Publisher(self._current, self._must_publish, self._faults)
        self._upkeep = DailyUpkeep()
        self._is_any_due = True  # as it was last looked
        self._published = time.monotonic()  # when that was last looked into

    def lead(self, on_stuck: Callable[[str], None]) -> None:
        """Let ticks come until the run is to stop; ``on_stuck`` is called with one that hangs."""

        def look() -> None:
            if name := self._heart.standing_still(_STUCK_SECONDS):
                on_stuck(name)

        ticks = Ticks(self._current.run.clock, self._stop)
        for name, work, seconds in (
            ("due hosts", self._claim_due, _DUE_SECONDS),
            ("publishing", self._publish, _DUE_SECONDS),
            ("arrivals", self._take_arrivals, _DUE_SECONDS),
            ("hubs", self._ask_hubs, _TICK_SECONDS),
            ("the search index", self._index_texts, _TICK_SECONDS),
            ("notices", self._keep_notices, _NOTICES_SECONDS),
            ("upkeep", self._keep_up, _TICK_SECONDS),
        ):
            ticks.begin(partial(self._tick, name, work), seconds)
        ticks.run(look)

    def _tick(self, name: str, work: Callable[[], None]) -> None:
        """Do one tick's work; after a fault the next tick tries again."""
        with self._heart.tick(name):
            self._try(name, work)

    def _try(self, name: str, work: Callable[[], None]) -> None:
        try:
            self._current.reload()
            work()
        except ClaimLostError as error:
            log.warning("%s", error)
            self._stop.set()
        except AggregatorError as error:
            self._heart.go_on(fault=str(error))
            self._faults.say(name, str(error), "it is tried again in some seconds")
            self._must_publish.set()
            self._stop.wait(_AFTER_FAULT_SECONDS)
        except Exception as bug:  # a bug in one tick must not end the worker
            self._heart.go_on(fault=f"a bug: {type(bug).__name__}")
            log.exception("this is a bug; the next try is in %d seconds", _AFTER_BUG_SECONDS)
            self._must_publish.set()
            self._stop.wait(_AFTER_BUG_SECONDS)
        else:
            self._faults.end(name)

    def _claim_due(self) -> None:
        self._is_any_due = claim_due(self._current.run, self._queue)

    def _publish(self) -> None:
        """Join and publish what workers stored, once all of it is there or it has waited long."""
        with self._current.run.store.read() as unit:
            has_news = unit.standings.has_changes() or unit.stories.count_to_cluster() > 0
            states = unit.claims.live().values()
            is_asking = self._is_any_due or any(it is not ClaimState.SPARED for it in states)
        is_asking = is_asking or self._is_reading_dumps()
        if is_asking and time.monotonic() - self._published < _LONGEST_UNPUBLISHED_SECONDS:
            return
        self._publisher.publish(is_news=has_news)
        self._published = time.monotonic()

    def _take_arrivals(self) -> None:
        """Store what hubs sent to any web server, and publish it."""
        if any(news.is_news for news in take_arrivals(self._current.run)):
            self._publisher.publish(is_news=True)

    def _ask_hubs(self) -> None:
        """Tell our hubs what was published, and ask those of sources to send what is new."""
        run = self._current.run
        try:
            keep_subscriptions(run)
        finally:  # whatever is wrong with others
            ping_hubs(run)

    def _index_texts(self) -> None:
        index_texts(self._current.run)

    def _keep_notices(self) -> None:
        keep_notices(self._current.run)

    def _keep_up(self) -> None:
        self._upkeep.keep_up(self._current.run)
