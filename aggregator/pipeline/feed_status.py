"""How each feed does, by what was published of it last, on whichever machine that was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aggregator.models import Config, FeedSpec, FeedStatus
from aggregator.publish import ledger
from aggregator.publish.formats import FORMATS
from aggregator.publish.ledger import Placed
from aggregator.publish.view import NO_TIME
from aggregator.store.store import Store
from aggregator.store.unit import UnitOfWork

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    """What each feed was published as, by its name, and the time of each of its files."""

    placed: Mapping[str, Placed]
    times: Mapping[str, datetime]


def feeds_status(unit: UnitOfWork, config: Config, *, is_shared: bool) -> tuple[FeedStatus, ...]:
    """Return how each feed does; PublishError where what is remembered of them cannot be read.

    Of a store that several machines share, that is what was handed out to all: the folder of one
    machine may be empty, as that of a worker that never led, or of long ago.
    """
    published = (_handed_out(unit, config) if is_shared else None) or _in_folder(config)
    return tuple(_status(feed, published) for feed in config.feeds)


def feeds_in_folder(config: Config) -> tuple[FeedStatus, ...]:
    """Return how each feed stands in this machine's folder; PublishError as ``feeds_status``."""
    published = _in_folder(config)
    return tuple(_status(feed, published) for feed in config.feeds)


def placed_feeds(store: Store, config: Config) -> Mapping[str, Placed]:
    """Return what each feed was published as last, by its name; StoreError, PublishError."""
    if store.is_shared:
        with store.read() as unit:
            if (placed := _placed_by_all(unit)) is not None:
                return placed
    return ledger.read(config.site.output)


def _status(feed: FeedSpec, published: _Published) -> FeedStatus:
    files = {name: published.times[name] for name in _names(feed) if name in published.times}
    known = published.placed.get(feed.name)
    return FeedStatus(
        name=feed.name,
        title=feed.title,
        entries=known.entries if known else 0,
        updated=max((time for time in files.values() if time != NO_TIME), default=None),
        files=tuple(files),
        held_back=known.held_back if known else None,
    )


def _handed_out(unit: UnitOfWork, config: Config) -> _Published | None:
    """Return what was handed out; ``None`` where nothing was yet, as after a move."""
    placed = _placed_by_all(unit)
    if placed is None:
        return None
    times_ns = unit.documents.times_ns([name for feed in config.feeds for name in _names(feed)])
    return _Published(
        placed=placed,
        times={name: datetime.fromtimestamp(ns / _NS, UTC) for name, ns in times_ns.items()},
    )


def _placed_by_all(unit: UnitOfWork) -> Mapping[str, Placed] | None:
    """Return what the ledger says that was handed out; ``None`` where none was."""
    body = next((file.body for file in unit.documents.named([ledger.NAME])), None)
    return None if body is None else ledger.parsed(body, f"{ledger.NAME} in the store")


def _in_folder(config: Config) -> _Published:
    """Return what stands in this machine's folder."""
    folder = config.site.output
    times = {}
    for name in (name for feed in config.feeds for name in _names(feed)):
        try:
            times[name] = datetime.fromtimestamp((folder / name).stat().st_mtime, UTC)
        except OSError:
            continue  # it is not there
    return _Published(placed=ledger.read(folder), times=times)


def _names(feed: FeedSpec) -> list[str]:
    return [f"{feed.name}.{output.suffix}" for output in FORMATS]
