"""One session of a worker with the database, and the next one once that was lost.

All threads of a session share one event that ends it: the process is to stop, the database is gone,
or another worker does by now what this one did.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from threading import Event, Thread

from aggregator import __version__, logs
from aggregator.console.faults import Faults
from aggregator.console.news import NewsLog
from aggregator.console.report import log_cluster_progress
from aggregator.errors import StoreError, StoreInUseError
from aggregator.fetch.politeness import Politeness
from aggregator.heartbeat import Heart
from aggregator.models import Config, FileProgress, SourceReport
from aggregator.pipeline.run import Clock, Progress, Run
from aggregator.pipeline.subscribe import look_who_is_live
from aggregator.service.current import Current
from aggregator.store.faults import reason_of
from aggregator.store.host_turns import LEASE_SECONDS, HostTurns
from aggregator.store.presence import Doing, Identity, Presence
from aggregator.store.store import Store
from aggregator.store.workers import LEAD
from aggregator.worker.asking import Asking
from aggregator.worker.dumps import Dumps, parts_of
from aggregator.worker.jobs import Jobs, end, end_at_last
from aggregator.worker.leading import Leading
from aggregator.worker.queue import Queue

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_DUMP_SECONDS = 2.0
# Of which sources hubs send what is new is a matter of days.
_LIVE_SECONDS = 60.0
_BEAT_SECONDS = LEASE_SECONDS / 6
# Workers that are started together make the store one after the other, and a database may be
# started with them.
_FIRST_SECONDS = 15.0
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 15.0
# A thread that waits for a database that does not answer waits for as long as the network lets it.
_END_SECONDS = 8.0


def work(
    config: Config,
    clock: Clock,
    stop: Event,
    reload_asked: Event,
    on_begun: Callable[[], None] = lambda: None,
) -> None:
    """Work in one session after the other until ``stop`` is set.

    ``on_begun`` is called once, when the first one is begun. StoreError where that cannot be done
    in some seconds; later ones are tried for ever. Where a job hangs for long, the process ends
    with exit code 1.
    """
    jobs = Jobs(clock)
    Thread(target=partial(jobs.watch, stop), daemon=True).start()
    Thread(target=end_at_last, args=[stop, jobs, _END_SECONDS], daemon=True).start()
    _work_on(config, jobs, clock, stop, reload_asked, on_begun)
    if jobs.is_stuck:
        end(is_stuck=True)


def _work_on(
    config: Config,
    jobs: Jobs,
    clock: Clock,
    stop: Event,
    reload_asked: Event,
    on_begun: Callable[[], None],
) -> None:
    """Work in sessions as ``work`` does."""
    faults, pause_seconds = Faults(), _SHORTEST_PAUSE_SECONDS
    began = time.monotonic()
    has_worked, identity = False, Identity(version=__version__)
    while not stop.is_set():
        tried = time.monotonic()
        try:
            with _Session.begun(config, jobs, clock, stop, identity) as session:
                faults.end("session")
                if not has_worked:
                    on_begun()
                has_worked = True
                config = session.work(reload_asked)
        except StoreError as error:
            is_late = time.monotonic() - began > _FIRST_SECONDS
            if not has_worked and is_late:
                raise
            level = logging.ERROR if has_worked else logging.WARNING
            again = "the worker tries again until it comes back"
            faults.say("session", str(error), again, level=level)
        if time.monotonic() - tried > _LONGEST_PAUSE_SECONDS:  # not one that ends as it begins
            pause_seconds = _SHORTEST_PAUSE_SECONDS
        if stop.wait(pause_seconds):
            return
        pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)


class _Session:
    """What the threads of one session share."""

    def __init__(
        self,
        config: Config,
        jobs: Jobs,
        clock: Clock,
        presence: Presence,
        store: Store,
        identity: Identity,
    ) -> None:
        self._jobs, self._presence, self._identity = jobs, presence, identity
        self.ended = Event()
        self._threads: list[Thread] = []
        self._queue = Queue(config.store_url)
        self._turns = HostTurns(config.store_url)
        self._news_log = NewsLog()
        self._heart = Heart(clock, __version__)
        progress = Progress(
            on_source=self._log_news,
            on_file=self._on_file,
            on_clustered=self._on_clustered,
            on_step=self._heart.go_on,
        )
        run = Run.of(config, store, clock=clock, stop=self.ended, progress=progress)
        run = replace(run, politeness=Politeness(self.ended, self._turns))
        self._current = Current(run, on_change=lambda: None)
        self._asking = Asking(lambda: self._current.run, self._turns, jobs)

    @classmethod
    @contextmanager
    def begun(
        cls, config: Config, jobs: Jobs, clock: Clock, stop: Event, identity: Identity
    ) -> Iterator[_Session]:
        """Join the workers of the store, making it where there is none; StoreError else."""
        with ExitStack() as held:
            presence, store = _joined(config.store_url)
            held.callback(presence.close)
            held.callback(store.close)
            session = cls(config, jobs, clock, presence, store, identity)
            held.callback(session._turns.close)
            held.callback(session._end)
            session._beat()
            session._queue.prepare()
            session._start(lambda: session._watch(stop))
            yield session
            if stop.is_set():
                with suppress(StoreError):  # else it is found lost, as it was cut off
                    presence.say_ended()

    def work(self, reload_asked: Event) -> Config:
        """Work until the session ends; return the configuration that was in force."""
        self._start(self._lead)
        self._start(lambda: self._look(reload_asked))
        self._start(self._read_dumps)
        concurrency = self._current.run.config.cluster.concurrency
        try:
            self._queue.work(self._asking.ask, concurrency, self.ended)
        except Exception as error:  # noqa: BLE001 - whatever the library raises of a lost database
            log.warning("the queue was lost: %s", reason_of(error.__cause__ or error))
        self.ended.set()
        return self._current.run.config

    def _start(self, run: Callable[[], None]) -> None:
        thread = Thread(target=self._guarded, args=[run], daemon=True)
        self._threads.append(thread)
        thread.start()

    def _end(self) -> None:
        """End the session, and wait a little for its threads: what they do between two commits."""
        self.ended.set()
        end = time.monotonic() + _END_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _guarded(self, run: Callable[[], None]) -> None:
        try:
            run()
        except StoreError as error:
            if not self.ended.is_set():
                log.warning("the session ends: %s", error)
        except Exception:  # a bug must not leave a part of the session undone
            log.exception("this is a bug; the session begins anew")
        finally:
            self.ended.set()

    def _watch(self, stop: Event) -> None:
        """Show that the worker lives, renew its claims, and end the session with the process."""
        beat = time.monotonic()
        while not self.ended.is_set():
            if stop.wait(_LOOK_SECONDS):
                return
            if time.monotonic() - beat >= _BEAT_SECONDS:
                beat = time.monotonic()
                self._beat()
                self._asking.renew()

    def _beat(self) -> None:
        ticks = self._heart.now().ticks
        doing = Doing(hosts=self._asking.hosts, ticks=ticks, hangs=self._jobs.hanging())
        self._presence.beat(self._identity, doing)

    def _look(self, reload_asked: Event) -> None:
        """Take over the configuration where its file changed, or at once where that is asked.

        And note now and then which sources are polled less often as hubs send what is new of them.
        """
        noted = float("-inf")
        while not self.ended.wait(_LOOK_SECONDS):
            if time.monotonic() - noted > _LIVE_SECONDS:
                noted = time.monotonic()
                look_who_is_live(self._current.run)
            is_asked = reload_asked.is_set()
            if self._current.reload(is_asked=is_asked) and is_asked:
                reload_asked.clear()

    def _lead(self) -> None:
        """Lead once no other worker does."""
        while not self._presence.take(LEAD):
            if self.ended.wait(_LOOK_SECONDS):
                return
        self._beat()
        logs.event(log, logging.INFO, "worker.leads", "this worker joins and publishes for all")
        run = self._current.run
        run = replace(run, store=run.store.fenced(self._presence.fence(LEAD)))
        Leading(run, self._queue, self._heart, self._is_reading_dumps).lead(_end_stuck)

    def _is_reading_dumps(self) -> bool:
        """Tell whether any worker reads a dump just now."""
        parts = parts_of(self._current.run.config.sources)
        return bool(parts) and (self._presence.has(parts) or self._presence.have_others(parts))

    def _read_dumps(self) -> None:
        """Read dumps where the configuration says that their folders are seen here."""
        dumps = Dumps(self._presence, self._jobs)
        while not self.ended.is_set():
            run = self._current.run
            if run.config.cluster.dumps:
                dumps.read_due(run)
            else:
                dumps.leave(run.config)
            self.ended.wait(_DUMP_SECONDS)

    def _on_file(self, _progress: FileProgress, _bytes_read: int) -> None:
        self._jobs.go_on()

    def _on_clustered(self, count: int) -> None:
        self._heart.go_on()
        log_cluster_progress(count)

    def _log_news(self, news: SourceReport, done: int, total: int) -> None:
        self._heart.go_on()
        self._jobs.go_on()
        sources = self._current.run.config.sources
        feeds = {source.name for source in sources if source.address}
        self._news_log.log(news, done, total, is_feed=news.source in feeds)


def _joined(url: str) -> tuple[Presence, Store]:
    """Join the workers of a store, and open it; where there is none, or an older one, make it.

    That is done alone: workers of another version are to end before.
    """
    presence = Presence.enter(url)
    try:
        return presence, Store.beside(url)
    except StoreError as error:
        presence.close()
        unusable = error
    try:
        Store.open(url).close()
    except StoreInUseError as error:
        raise StoreInUseError(f"{unusable}; {error}") from error
    presence = Presence.enter(url)
    try:
        return presence, Store.beside(url)
    except StoreError:
        presence.close()
        raise


def _end_stuck(name: str) -> None:
    """End the process, as a thread cannot be ended that hangs: its session ends with it."""
    log.error("%s stands still: this worker ends, so that another one leads", name)
    end(is_stuck=True)
