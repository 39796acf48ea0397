"""What every step is handed: the configuration, the store, the clock, and how to ask and report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event

from aggregator import __version__
from aggregator.fetch import http
from aggregator.fetch.politeness import Politeness
from aggregator.fetch.slowness import Slowness
from aggregator.models import Config, FileProgress, SourceReport
from aggregator.pipeline.announced import Announced
from aggregator.publish.entries import RenderedEntries
from aggregator.store.store import Store

Clock = Callable[[], datetime]


def _ignore(*_progress: object) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Who is told how far a pass is; by default nobody.

    ``on_source`` takes a report, how many sources are done, and of how many. ``on_file`` takes how
    far a dump file is read, and how many of its bytes. ``on_clustered`` takes the number of entries
    whose story was decided.
    """

    on_source: Callable[[SourceReport, int, int], None] = _ignore
    on_file: Callable[[FileProgress, int], None] = _ignore
    on_clustered: Callable[[int], None] = _ignore


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The context of one pass, or of all passes of a service.

    ``clock`` returns the time as an aware datetime. Once ``stop`` is set, each step ends between
    two commits. ``politeness``, ``slowness``, ``rendered`` and ``announced`` outlive a pass where
    passes follow each other: what a host asked for holds for the next pass, too, slow sources are
    known, an entry is rendered once, and it is known which hubs sources announced.
    """

    config: Config
    store: Store
    clock: Clock
    stop: Event
    client: http.Client
    politeness: Politeness
    slowness: Slowness
    rendered: RenderedEntries
    announced: Announced
    progress: Progress = Progress()

    @classmethod
    def of(
        cls,
        config: Config,
        store: Store,
        *,
        clock: Clock,
        stop: Event,
        progress: Progress = Progress(),
    ) -> Run:
        """Build a context with a client and a politeness of its own."""
        return cls(
            config=config,
            store=store,
            clock=clock,
            stop=stop,
            client=http.Client(_user_agent(config), clock),
            politeness=Politeness(stop),
            slowness=Slowness(),
            rendered=RenderedEntries(),
            announced=Announced(),
            progress=progress,
        )

    def with_config(self, config: Config) -> Run:
        """Return the same context under another configuration."""
        client = self.client
        if client.user_agent != _user_agent(config):
            client = http.Client(_user_agent(config), self.clock)
        return replace(self, config=config, client=client)


def _user_agent(config: Config) -> str:
    """Return the name under which servers are asked, with an address to complain to."""
    return f"bengali-feed-aggregator/{__version__} (+{config.site.url})"
