"""What every step is handed: the configuration, the store, the clock, and how to ask and report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event, Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from aggregator import __version__
from aggregator.fetch.politeness import Politeness
from aggregator.fetch.slowness import Slowness
from aggregator.models import Config, FileProgress, SourceReport
from aggregator.pipeline.acquainted import Acquainted
from aggregator.pipeline.announced import Announced
from aggregator.pipeline.handed_out import HandedOut
from aggregator.pipeline.known_days import KnownDays
from aggregator.store.store import Store

if TYPE_CHECKING:
    from aggregator.fetch.http import Client
    from aggregator.publish.entries import RenderedEntries

Clock = Callable[[], datetime]
T = TypeVar("T")


class Lazily(Generic[T]):
    """Something that is made where it is first asked for, once for all threads."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = Lock()
        self._made: T | None = None

    def get(self) -> T:
        """Return it, made by now."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


def _ignore(*_progress: object) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Who is told how far a pass is; by default nobody.

    ``on_source`` takes a report, how many sources are done, and of how many. ``on_file`` takes how
    far a dump file is read, and how many of its bytes. ``on_clustered`` takes the number of entries
    whose story was decided. ``on_step`` is called of a step that none of these tell of.
    """

    on_source: Callable[[SourceReport, int, int], None] = _ignore
    on_file: Callable[[FileProgress, int], None] = _ignore
    on_clustered: Callable[[int], None] = _ignore
    on_step: Callable[[], None] = _ignore


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The context of one pass, or of all passes of a service.

    ``clock`` returns the time as an aware datetime. Once ``stop`` is set, each step ends between
    two commits. ``politeness``, ``slowness``, ``rendered``, ``announced``, ``acquainted``,
    ``known_days`` and ``handed_out`` outlive a pass where passes follow each other: what a host
    asked for holds for the next pass, too, slow sources are known, an entry is rendered once, and
    it is known which hubs sources announced, which sources have a state, what the stories of the
    last days say, and which files were handed out. A pass that asks and renders nothing loads
    neither what asks nor what renders, 0.1 s each.
    """

    config: Config
    store: Store
    clock: Clock
    stop: Event
    lazy_client: Lazily[Client]
    politeness: Politeness
    slowness: Slowness
    lazy_rendered: Lazily[RenderedEntries]
    announced: Announced
    acquainted: Acquainted
    known_days: KnownDays
    handed_out: HandedOut
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
            lazy_client=_client(config, clock),
            politeness=Politeness(stop),
            slowness=Slowness(),
            lazy_rendered=Lazily(_rendered),
            announced=Announced(),
            acquainted=Acquainted(),
            known_days=KnownDays(),
            handed_out=HandedOut(),
            progress=progress,
        )

    @property
    def client(self) -> Client:
        """Return what asks servers."""
        return self.lazy_client.get()

    @property
    def rendered(self) -> RenderedEntries:
        """Return the entries that were rendered lately."""
        return self.lazy_rendered.get()

    def with_config(self, config: Config) -> Run:
        """Return the same context under another configuration."""
        is_same = self.config.site.url == config.site.url
        client = self.lazy_client if is_same else _client(config, self.clock)
        return replace(self, config=config, lazy_client=client)


def _client(config: Config, clock: Clock) -> Lazily[Client]:
    def make() -> Client:
        from aggregator.fetch.http import Client  # only where a server is asked: see ``Run``

        return Client(user_agent(config.site.url), clock)

    return Lazily(make)


def _rendered() -> RenderedEntries:
    from aggregator.publish.entries import RenderedEntries  # only where there is news: see ``Run``

    return RenderedEntries()


def user_agent(site_url: str) -> str:
    """Return the name under which servers are asked, with an address to complain to."""
    return f"bengali-feed-aggregator/{__version__} (+{site_url})"
