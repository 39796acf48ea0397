"""How everything does, for the operator: the service, each source, each feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from aggregator.models.activity import NO_ACTIVITY, Activity, Notice
from aggregator.models.faults import FaultKind
from aggregator.models.full_texts import FullTextCounts
from aggregator.models.polled import DueWhy, IntervalHow


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One kind of a service's ticks: when the last one began, went on last, and ended.

    ``ended`` is ``None`` while it is under way. ``fault`` says how the last one failed.
    """

    name: str
    began: datetime
    went_on: datetime
    ended: datetime | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What a service leaves for others to see that it lives: who it is, and what its ticks do."""

    pid: int
    version: str
    started: datetime
    beat: datetime
    ticks: tuple[Tick, ...] = ()


class Pulse(StrEnum):
    """Whether a service ticks: it does, none runs, it is dead, or it hangs."""

    TICKS = "ticks"
    NONE = "none"
    DEAD = "dead"
    HANGS = "hangs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hang:
    """A job of a worker that hangs: the host or source that it is ``of``, and since when."""

    of: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStatus:
    """How a worker of a store in PostgreSQL does, by the database's clock.

    It was last ``heard`` of, by now too long ago unless ``is_heard``; one that ``has_ended`` said
    so. It leads since ``leads_since``, or does not. ``hosts`` counts those that it was asking, and
    the ``dump`` of that source was read. ``ticks`` are those of one that leads. Its jobs that
    do not go on are ``hangs``, by its own clock.
    """

    host: str
    pid: int
    version: str
    started: datetime
    heard: datetime
    is_heard: bool
    has_ended: bool = False
    leads_since: datetime | None = None
    hosts: int = 0
    dump: str = ""
    ticks: tuple[Tick, ...] = ()
    hangs: tuple[Hang, ...] = ()


class SourceCondition(StrEnum):
    """How a source does; where several hold, the one that stands first.

    It fails, something of it is held back, its host rests, it has been silent for longer than its
    own rhythm explains, it was never asked, it answers and nothing ever came of it, it has
    moved for good to another address, or all is well.
    """

    FAILING = "failing"
    HELD_BACK = "held-back"
    RESTING = "resting"
    SILENT = "silent"
    NEW = "new"
    EMPTY = "empty"
    MOVED = "moved"
    FINE = "fine"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """How a source does.

    ``address`` is the one of its feed, without secrets, or the pattern of its files. ``is_watched``
    says that it is a folder that is looked at every few seconds, so that it is never due.
    ``is_pushed`` says that a hub sends what is new. The newest of it was published or, where that
    says more, seen at ``newest``. ``day`` and ``week`` count the last 24 hours and 7 days,
    ``total`` all since it was first counted; ``new_by_hour`` the new entries of the last 24 hours,
    the oldest first. ``full_texts`` counts the whole texts of 7 days, where they are wanted.
    ``moved_to`` is where it has moved for good, which ``moved_line`` says in config.toml.
    """

    name: str
    title: str
    address: str
    condition: SourceCondition
    is_watched: bool = False
    is_pushed: bool = False
    checked: datetime | None = None
    succeeded: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    fault: FaultKind | None = None
    error: str = ""
    held_back: str = ""
    newest: datetime | None = None
    is_silent: bool = False
    next_poll: datetime | None = None
    due_why: DueWhy | None = None
    interval_seconds: float | None = None
    interval_how: IntervalHow | None = None
    day: Activity = NO_ACTIVITY
    week: Activity = NO_ACTIVITY
    total: Activity = NO_ACTIVITY
    new_by_hour: tuple[int, ...] = ()
    full_texts: FullTextCounts | None = None
    moved_to: str = ""
    moved_line: str = ""

    @property
    def is_failing(self) -> bool:
        """Tell whether it failed at its last check."""
        return self.condition is SourceCondition.FAILING


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """How a published feed does; it would have ``held_back`` entries, where it is held back.

    ``updated`` is the time of its newest entry, ``None`` where it has none.
    """

    name: str
    title: str
    entries: int
    updated: datetime | None
    files: tuple[str, ...]
    held_back: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """How the service and its store do.

    ``reason`` says in words why ``pulse`` is what it is. ``waiting`` entries have no story yet;
    ``is_index_whole`` says that all can be found by searching. The newest of the daily backups is
    of the site's day ``backup_day``, and takes ``backup_bytes``; of a store that ``is_shared`` by
    machines the program makes none, and the disk is that of the machine that was asked. ``faults``
    name what of the store or the folder cannot be read.
    """

    pulse: Pulse
    reason: str
    version: str
    heartbeat: Heartbeat | None = None
    store_bytes: int = 0
    disk_free_bytes: int = 0
    is_disk_low: bool = False
    waiting: int = 0
    is_index_whole: bool = True
    backup_day: date | None = None
    backup_bytes: int = 0
    faults: tuple[str, ...] = ()
    workers: tuple[WorkerStatus, ...] = ()
    is_shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How everything does at ``made``; ``by_hour`` counts all sources together, for a week."""

    made: datetime
    timezone: str
    site: str
    service: ServiceStatus
    sources: tuple[SourceStatus, ...]
    feeds: tuple[FeedStatus, ...]
    by_hour: Mapping[datetime, Activity] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()

    @property
    def failing(self) -> tuple[SourceStatus, ...]:
        """Return the sources that fail."""
        return tuple(source for source in self.sources if source.is_failing)
