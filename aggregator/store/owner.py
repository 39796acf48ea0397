"""Who makes passes over a store: the process that holds its lock says so in a file beside it.

The lock alone tells only that there is one, as whoever tries to take it empties its file.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from aggregator import durable
from aggregator.store.databases import database_of
from aggregator.store.place import path_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process that makes passes: its command, its number, since when, and where it serves."""

    command: str  # "run" or "once"
    pid: int
    since: datetime  # aware
    address: str = ""


def owner_of(url: str) -> Owner | None:
    """Return which process holds a store's lock; ``None`` where none does, or none says so."""
    return read(url) if is_in_use(url) else None


def is_in_use(url: str) -> bool:
    """Tell whether a process holds a store's lock."""
    return database_of(url).is_in_use()


def read(url: str) -> Owner | None:
    """Return which process says that it makes passes, whether or not it still runs."""
    try:
        values = json.loads(_path(url).read_bytes())
        return Owner(**{**values, "since": datetime.fromisoformat(values["since"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(url: str, owner: Owner) -> None:
    """Say which process holds the lock, in place of one that did; OSError where that fails."""
    durable.put(_path(url), json.dumps(asdict(owner), default=datetime.isoformat).encode())


def forget(url: str) -> None:
    """Say of no process any more that it holds the lock."""
    with suppress(OSError):  # who reads it looks at the lock as well
        _path(url).unlink(missing_ok=True)


def _path(url: str) -> Path:
    path = path_of(url)
    return path.with_name(f"{path.name}.owner")
