"""A source's state between polls: by which configuration it was read, and when it is next due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from aggregator import polling
from aggregator.models import FetchState, Source
from aggregator.store.unit import UnitOfWork
from aggregator.urls import has_secret, publishable


def config_fingerprint(source: Source) -> str:
    """Return the configuration that decides what is fetched; where it changes, all starts anew.

    It is stored, so of an address with a secret it holds what can be published, and a hash.
    """
    origin = source.feed or source.dump or ""
    if source.feed and has_secret(source.feed):
        origin = f"{publishable(source.feed)} {sha256(source.feed.encode()).hexdigest()}"
    fetched = f"{origin} {source.every_seconds} {source.access.discover}"
    return f"{fetched}\n{reading_fingerprint(source)}" if source.dump else fetched


def reading_fingerprint(source: Source) -> str:
    """Return the configuration by which records are read; where it changes, files are reread."""
    return f"{dict(source.fields)} {source.related_are_entries}"


def recent_entries(unit: UnitOfWork, sources: Sequence[Source], now: datetime) -> dict[str, int]:
    """Count what each of several sources published lately, which decides when it is next due."""
    names = [source.name for source in sources]
    return unit.entries.count_since(names, now - polling.RATE_WINDOW)


def scheduled(
    unit: UnitOfWork,
    source: Source,
    state: FetchState,
    now: datetime,
    *,
    retry_after_seconds: float | None = None,
    recent: int | None = None,
) -> FetchState:
    """Return a state that says when a source was checked, now, and when it is next due.

    ``recent`` is what ``recent_entries`` counts of it, where that is known.
    """
    due = polling.next_due(
        source=source.name,
        every_seconds=source.every_seconds,
        recent_entries=recent_entries(unit, [source], now)[source.name]
        if recent is None
        else recent,
        failures=state.failures,
        retry_after_seconds=retry_after_seconds,
        now=now,
    )
    return replace(state, checked=now, next_due=due)
