"""The error tree: only faults are exceptions, and each says what is at fault.

::

    AggregatorError
      ConfigError        every fault of the configuration; exit 2, nothing runs
      EditError          the configuration cannot be changed, and stays as it is; exit 2
      SourceError        this source only, the others go on (kind)
        FetchError       nothing usable came back (status, retry_after_seconds)
          NotAskedError  no request was made: the host rests, or the pass stops
        ParseError       what came back is not a feed or a page
      StoreError         the store cannot be used; exit 2
        StoreInUseError  another process makes passes over it
        IndexDamageError the index for searching only, which is made anew
      PublishError       this published file only; the old file stays

Expected outcomes (not modified, rejected, repeated) are values, not exceptions. Exceptions of
libraries are wrapped once, where they enter, with ``raise … from``. Anything else is a bug and
crashes loudly.
"""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.models.faults import FaultKind
from aggregator.printable import printable


class AggregatorError(Exception):
    """A fault that this program knows how to name."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault of a configuration file: where it stands and what is wrong, in one line.

    Lines and columns count from 1. Faults sort in the order of their file.
    """

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        """Return the fault as ``file:line:column: message``, which editors can jump to."""
        return f"{self.file}:{self.line}:{self.column}: {printable(self.message, '?')}"


class ConfigError(AggregatorError):
    """The configuration cannot be used; carries every fault found, in the order of the file."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class EditError(AggregatorError):
    """The configuration's file cannot be changed as it was asked for, and stays as it is."""


class SourceError(AggregatorError):
    """One source failed this time; its last good state stays and the other sources go on.

    ``kind`` says what can be done about it.
    """

    def __init__(self, message: str, *, kind: FaultKind = FaultKind.OTHER) -> None:
        self.kind = kind
        super().__init__(message)


class FetchError(SourceError):
    """A source could not be fetched: the network, the server's answer, or the file system failed.

    ``status`` is the server's HTTP status, ``None`` where none was received.
    ``retry_after_seconds`` is how long it asked to be left alone.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: FaultKind,
        status: int | None = None,
        retry_after_seconds: float | None = None,
        host: str = "",
    ) -> None:
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        self.host = host  # the one that answered so, at the end of all redirects
        super().__init__(message, kind=kind)

    @property
    def host_rests_seconds(self) -> float:
        """Return how long the server asked that its whole host is left alone (429, 503)."""
        return self.retry_after_seconds or 0.0 if self.status in (429, 503) else 0.0


class NotAskedError(FetchError):
    """No request was made: the host rests, or the pass was told to stop."""

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message, kind=FaultKind.RESTING, retry_after_seconds=retry_after_seconds)


class ParseError(SourceError):
    """A document was fetched but holds no feed, page or record that can be read."""

    def __init__(self, message: str) -> None:
        super().__init__(message, kind=FaultKind.NO_FEED)


class StoreError(AggregatorError):
    """The store cannot be opened, read or written, or another process is using it.

    ``is_damage`` says that the store itself works and that rows or pages of it cannot be read,
    ``is_set_aside`` that it is damaged as a whole and has another name now.
    """

    def __init__(
        self, message: str, *, is_damage: bool = False, is_set_aside: bool = False
    ) -> None:
        self.is_damage = is_damage
        self.is_set_aside = is_set_aside
        super().__init__(message)


class StoreInUseError(StoreError):
    """Another process makes passes over the store, and holds its lock."""


class ClaimLostError(StoreError):
    """What a worker was to store is another one's by now, and nothing of it is stored."""


class IndexDamageError(StoreError):
    """The index for searching of a ``number`` cannot be read; all that it is made of can."""

    def __init__(self, message: str, number: int) -> None:
        self.number = number
        super().__init__(message, is_damage=True)


class PublishError(AggregatorError):
    """A published file could not be put in place; the file that stood there stays."""
