"""The passes of a service: each over the sources of a kind, or over all that somebody asked for.

Dumps, feeds, and feeds that were slow for several polls are kinds, so that a server that does not
answer keeps neither a dropped page nor another feed's next poll waiting. Of one kind there is one
pass at a time, so that no source is asked twice at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

from aggregator import logs, wishes
from aggregator.errors import AggregatorError, StoreError
from aggregator.models import FileProgress, Source, SourceReport
from aggregator.pipeline.damage import holding_back
from aggregator.pipeline.due import due_of
from aggregator.pipeline.ingest import ingest_due
from aggregator.pipeline.run import Progress, Run
from aggregator.service.current import Current
from aggregator.service.publisher import Publisher
from aggregator.service.turns import turn
from aggregator.wishes import FileRead, PassEnded, SourceDone, Speaker

log = logging.getLogger(__name__)

# A dump dropped into a watched folder is published within seconds; a tick with nothing due is one
# query and one look at each dump folder.
_DUMP_SECONDS = 2.0
# A feed is asked within a second of when it is due: of 2,000 at a minute's interval, which at two
# seconds came up to two late.
_FEED_SECONDS = 1.0
_BUG = "the pass ended in a bug of this program; the log of the service says where"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Sources among which one that is slow keeps the others waiting for a moment at most.

    It is looked each ``seconds`` which of them are due.
    """

    name: str
    has: Callable[[Run, Source], bool]
    seconds: float
    passing: Lock = field(default_factory=Lock)  # held by who makes a pass over them


def _is_dump(_run: Run, source: Source) -> bool:
    return source.dump is not None


def _is_quick(run: Run, source: Source) -> bool:
    return source.feed is not None and not run.slowness.is_slow(source.name)


def _is_slow(run: Run, source: Source) -> bool:
    return source.feed is not None and run.slowness.is_slow(source.name)


class Passes:
    """Makes passes, each under the configuration that is in force as it begins."""

    def __init__(self, current: Current, publisher: Publisher, store: Path) -> None:
        self._current, self._publisher, self._store = current, publisher, store
        self.kinds = (
            Kind(name="dumps", has=_is_dump, seconds=_DUMP_SECONDS),
            Kind(name="feeds", has=_is_quick, seconds=_FEED_SECONDS),
            Kind(name="slow feeds", has=_is_slow, seconds=_FEED_SECONDS),
        )

    def make(self, kind: Kind) -> None:
        """Make one pass over what is due of a kind, and publish what is new."""
        with turn(kind.passing, self._current.run.progress.on_step), logs.naming_pass():
            run = self._current.run
            sources = [source for source in run.config.sources if kind.has(run, source)]
            self._ingest(run, sources, every_source=False)

    def make_wished(self) -> None:
        """Make the pass that commands wait for, if any does, and tell each of them of it.

        Those that ask meanwhile are served by the next one. Where one of them asks for every
        source, the others are told of every source as well.
        """
        store = self._current.run.store
        with store.read() as unit:
            asked = unit.requests.passes_requested()
        if not asked:
            return
        with store.write() as unit:
            unit.requests.forget_requests(asked)
        speaker = Speaker([wishes.path_of(self._store, name) for name in asked])
        try:
            with logs.naming_pass(), self._publisher.gathering() as published:
                text = "a command asks for a pass, which begins"
                logs.event(log, logging.INFO, "pass.asked", text, commands=len(asked))
                self._make_whole(speaker, every_source=any(map(wishes.wants_every_source, asked)))
            is_stopped = self._current.run.stop.is_set()
            speaker.say(PassEnded(feeds=published.reports(), is_stopped=is_stopped))
        except Exception as error:
            is_known = isinstance(error, AggregatorError)
            speaker.say(PassEnded(fault=str(error) if is_known else _BUG))
            raise
        finally:
            speaker.close()

    def _make_whole(self, speaker: Speaker, *, every_source: bool) -> None:
        """Make a pass over all kinds, one after the other, and publish whatever came."""
        run = self._current.run
        due = due_of(run, run.config.sources, every_source=every_source).sources
        telling = _Telling(speaker, run.progress, len(due))
        run = replace(run, progress=telling.progress())
        of_kinds = [[source for source in due if kind.has(run, source)] for kind in self.kinds]
        damages: list[StoreError] = []
        for kind, sources in zip(self.kinds, of_kinds, strict=True):
            if sources:
                with turn(kind.passing, run.progress.on_step), holding_back(damages):
                    # Asked anew, as the tick of the kind may have come in between.
                    due = due_of(run, sources, every_source=every_source).sources
                    self._ingest(run, due, every_source=True)
        with holding_back(damages):
            self._publisher.publish(is_news=True)
        for damage in damages:
            raise damage

    def _ingest(self, run: Run, sources: Sequence[Source], *, every_source: bool) -> None:
        publisher = self._publisher
        damages: list[StoreError] = []
        reports: Iterable[SourceReport] = ()
        with holding_back(damages):
            meanwhile = publisher.publish_meanwhile
            reports = ingest_due(run, sources, every_source=every_source, publish=meanwhile)
        publisher.publish(is_news=bool(damages) or any(news.is_news for news in reports))
        for damage in damages:
            raise damage


class _Telling:
    """Tells who waits how far a pass is, beside the service's own log."""

    def __init__(self, speaker: Speaker, own: Progress, total: int) -> None:
        self._speaker, self._own, self._total = speaker, own, total
        self._done = 0  # of all kinds

    def progress(self) -> Progress:
        """Return what the steps report to."""
        return replace(self._own, on_source=self._on_source, on_file=self._on_file)

    def _on_source(self, report: SourceReport, _done: int, _total: int) -> None:
        self._done += 1
        total = max(self._total, self._done)
        self._own.on_source(report, self._done, total)
        self._speaker.say(SourceDone(report=report, done=self._done, total=total))

    def _on_file(self, progress: FileProgress, bytes_read: int) -> None:
        self._own.on_file(progress, bytes_read)
        self._speaker.say(FileRead(progress=progress, bytes_read=bytes_read))
