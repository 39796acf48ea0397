"""What sources brought, and what became of asking them: counts by hour and day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from aggregator.models.faults import FaultKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Counts of polls and entries, of one poll or of many.

    Of polls: ``ok`` brought a document, ``not_modified`` did not, ``failed`` did neither, and why.
    Of entries: ``new``, ``revised`` (new words), ``known`` (the same words), ``rejected``, and
    ``merged`` (into a story that was there). ``received_bytes`` came over the wire, in
    ``seconds`` of waiting for servers.
    """

    ok: int = 0
    not_modified: int = 0
    failed: int = 0
    new: int = 0
    revised: int = 0
    known: int = 0
    rejected: int = 0
    merged: int = 0
    received_bytes: int = 0
    seconds: float = 0.0
    faults: Mapping[FaultKind, int] = field(default_factory=dict)

    @property
    def polls(self) -> int:
        """Return how often it was asked."""
        return self.ok + self.not_modified + self.failed


NO_ACTIVITY = Activity()


class NoticeKind(StrEnum):
    """What an operator is told of, in the feed of failures: what is wrong until it is over.

    A source fails, has fallen silent, or has a mass change that is held back; a feed is held back;
    the store is damaged; the disk has little room left.
    """

    FAILING = "failing"
    SILENT = "silent"
    SOURCE_HELD_BACK = "source-held-back"
    FEED_HELD_BACK = "feed-held-back"
    STORE = "store"
    DISK = "disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that began to be wrong, and when that was over, if it is.

    ``subject`` is the name of a source or a feed, or empty. ``detail`` says more, in the words in
    which it was found.
    """

    kind: NoticeKind
    subject: str
    began: datetime
    ended: datetime | None = None
    detail: str = ""
