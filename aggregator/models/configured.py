"""What is configured: the site, its sources, its feeds, and the rules for stories."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from aggregator.models.chosen import ContentShown, FeedOrder, FeedPart, MatchIn, Topic
from aggregator.models.cluster import ClusterRules
from aggregator.models.polled import CronTimes

# The longest time between two entries of one text. The lookup reads every era of 32 days that this
# touches, before and after an entry: with 60 days at most five eras.
LONGEST_WINDOW = timedelta(days=60)
# The bounds of automatic intervals where none are configured. Sooner than in ten minutes few
# servers have news, and all are troubled; what the rarest paper writes is seen on the same day.
SHORTEST_SECONDS = 600
LONGEST_SECONDS = 6 * 3600
# One an hour on the average. The 33 feeds of the shipped configuration were asked so often, each by
# a rule of its own, when nothing was scaled.
REQUESTS_PER_SOURCE_AND_DAY = 24
# Of pages that are asked of one source in one pass. Of seven papers whose feeds were looked at, the
# busiest hour of each had 1 to 28 entries, and sources are asked every hour on the average. With a
# second between two requests, this number takes half a minute.
FULL_TEXTS_PER_PASS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a source is asked: its limits, and its secrets, which no text shows."""

    allow_private: bool = False
    timeout_seconds: float = 30.0
    max_bytes: int = 15_000_000
    spacing_seconds: float = 1.0
    discover: bool = False
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """Where the entries of a section page and their parts stand in it, as CSS selectors.

    ``entry`` matches each entry; the others are looked for within one. An empty one says that the
    part is found by how pages usually have it.
    """

    entry: str
    title: str = ""
    link: str = ""
    date: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One thing we ingest: a feed, the files that match a path pattern, or a section page.

    ``selectors`` say where a page has its entries, ``None`` that they are found by what recurs.

    It is asked every ``every_seconds``, or at the times of ``cron``; where there is neither, the
    interval follows how much the source publishes, and lies between ``shortest_seconds`` and
    ``longest_seconds``.
    ``fields`` are a dump's own names for the parts of a record: (part, name).
    ``related_are_entries`` says that the headlines of other stories on a dump's pages are entries
    of their own. Of two sources that carry one text equally full, the story is represented by the
    one with the higher ``priority``. ``backlog`` is how many undated entries are shown of a
    document that is all new, ``None`` for all of them. ``max_entries`` is how many entries of a
    document are read, the newest, ``None`` for all of them. ``content`` is how much of a text
    feeds carry. ``push`` says that a hub that a feed announces is subscribed to. ``full_text`` says
    that the pages which its entries link to are asked for their whole texts, as many in a pass
    as ``full_texts_per_pass`` says.
    """

    name: str
    title: str
    feed: str | None = None
    dump: str | None = None
    page: str | None = None
    selectors: Selectors | None = None
    every_seconds: int | None = None
    cron: CronTimes | None = None
    shortest_seconds: int = SHORTEST_SECONDS
    longest_seconds: int = LONGEST_SECONDS
    categories: tuple[str, ...] = ()
    timezone: str = "Asia/Dhaka"
    access: Access = Access()
    fields: tuple[tuple[str, str], ...] = ()
    related_are_entries: bool = False
    priority: int = 0
    backlog: int | None = None
    max_entries: int | None = None
    content: ContentShown = ContentShown.FULL
    push: bool = True
    full_text: bool = False
    full_texts_per_pass: int = FULL_TEXTS_PER_PASS

    @property
    def address(self) -> str:
        """Return the web address that is asked, of a feed or a page; empty for a dump."""
        return self.feed or self.page or ""

    @property
    def is_automatic(self) -> bool:
        """Tell whether its interval follows how much it publishes."""
        return self.every_seconds is None and self.cron is None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSource:
    """A source that is to be written into the configuration: what its ``[[source]]`` table says.

    One of ``feed``, ``dump`` and ``page`` is its address or pattern; what is empty is not written.
    ``select`` are the selectors of a page: (part, selector). ``full_text`` is as of a source.
    """

    name: str
    title: str = ""
    feed: str = ""
    dump: str = ""
    page: str = ""
    select: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    full_text: bool = False
    allow_private: bool = False


class EventDisplay(StrEnum):
    """What a feed does with stories of one event: links them, shows only one, or neither."""

    LINK = "link"
    MERGE = "merge"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSpec:
    """One feed that we publish: which entries it selects and what it is called.

    Of its ``limit`` entries one source has at most the fraction ``per_source``, unless the others
    have too few to fill the rest. It shows only stories of one of its ``topics``, if it has any;
    with one of the words ``include``, if there are any, and none of ``exclude``; and that at least
    ``min_sources`` papers report. ``folder`` is where a subscription list puts it, with the other
    parts of the feed that it is a ``part`` of. With ``archive``, what it shows no longer is in
    archive documents (RFC 5005).
    """

    name: str
    title: str
    description: str
    sources: tuple[str, ...]
    limit: int
    languages: tuple[str, ...]
    events: EventDisplay = EventDisplay.LINK
    per_source: float = 0.5
    topics: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    match_in: MatchIn = MatchIn.TITLE
    min_sources: int = 1
    order: FeedOrder = FeedOrder.NEWEST
    content: ContentShown = ContentShown.FULL
    part: FeedPart | None = None
    folder: str = ""
    archive: bool = True

    @property
    def is_choosy(self) -> bool:
        """Tell whether it leaves stories out by more than their sources and languages."""
        return bool(self.topics or self.include or self.exclude or self.part or self.counts_papers)

    @property
    def counts_papers(self) -> bool:
        """Tell whether what it shows goes by how many papers report a story."""
        return self.min_sources > 1 or self.order is FeedOrder.TOP


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the published folder is seen, and under what title; ``url`` ends in a slash.

    ``hubs`` are told when a feed changed, at private addresses only if ``allow_private``.
    ``websub`` says that hubs of sources are subscribed to, ``search`` that the web server answers
    searches.
    """

    title: str
    url: str
    language: str
    timezone: str
    output: Path
    listen_host: str
    listen_port: int
    hubs: tuple[str, ...] = ()
    websub: bool = True
    allow_private: bool = False
    search: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DedupeRules:
    """Which rules for stories are on, named as the keys of ``[dedupe]``.

    ``same_text``: entries of one text become one story, where they were published within
    ``window`` of each other. ``events``: stories of one event are looked for. ``hold``: a change of
    nearly everything that is known of a source is quarantined.

    21 days, as copies in real feeds were published up to 7 days apart (a print edition, a feed
    that re-dates its entries).
    """

    same_text: bool = True
    events: bool = True
    window: timedelta = timedelta(days=21)
    hold: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRules:
    """How many polls a day all sources with an automatic interval share.

    ``None``: 24 for each of them.
    """

    requests_per_day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What becomes of the store by itself, day by day: backups, and what is kept no longer.

    The newest ``backups`` stay in ``backup_folder``, none is made for 0. Stories leave that are
    older than ``keep``, and the oldest of more than ``keep_entries``; ``None`` keeps all.
    """

    backups: int = 7
    backup_folder: Path = Path("backups")
    keep: timedelta | None = None
    keep_entries: int | None = None

    @property
    def is_bounded(self) -> bool:
        """Tell whether stories ever leave by themselves."""
        return self.keep is not None or self.keep_entries is not None


def served_address(host: str, port: int) -> str:
    """Return the address of what is served on a host and a port.

    >>> served_address("::1", 8001), served_address("127.0.0.1", 8000)
    ('http://[::1]:8001/', 'http://127.0.0.1:8000/')
    """
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRules:
    """Where the operator is shown how everything does; nowhere where ``listen_host`` is empty.

    ``feed`` says that what begins to be wrong, and what is over, is told in a feed there.
    """

    listen_host: str = ""
    listen_port: int = 0
    feed: bool = False

    @property
    def address(self) -> str:
        """Return the address that the status is served under, which ends in a slash."""
        return served_address(self.listen_host, self.listen_port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole, valid configuration; every path in it is absolute.

    ``topics`` are those that feeds can choose, the narrowest first.
    """

    path: Path
    site: Site
    store_url: str
    sources: tuple[Source, ...]
    feeds: tuple[FeedSpec, ...]
    dedupe: DedupeRules = DedupeRules()
    schedule: ScheduleRules = ScheduleRules()
    upkeep: Upkeep = Upkeep()
    status: StatusRules = StatusRules()
    cluster: ClusterRules = field(default_factory=ClusterRules)
    topics: tuple[Topic, ...] = ()
