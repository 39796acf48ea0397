"""A source's state between polls: by which configuration it was read, and when it is next due."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from aggregator.models import FetchState, NextPoll, Source
from aggregator.urls import has_secret, publishable


def config_fingerprint(source: Source) -> str:
    """Return the configuration that decides what is fetched; where it changes, all starts anew.

    It is stored, so of an address with a secret it holds what can be published, and a hash.
    """
    origin = source.feed or source.dump or ""
    if source.feed and has_secret(source.feed):
        origin = f"{publishable(source.feed)} {sha256(source.feed.encode()).hexdigest()}"
    every = source.every_seconds
    times = "" if source.cron is None else f"{source.cron.expression} {source.cron.timezone}"
    fetched = f"{origin} {times or every} {source.access.discover}"
    return f"{fetched}\n{reading_fingerprint(source)}" if source.dump else fetched


def reading_fingerprint(source: Source) -> str:
    """Return the configuration by which records are read; where it changes, files are reread."""
    return f"{dict(source.fields)} {source.related_are_entries}"


def scheduled(state: FetchState, poll: NextPoll, now: datetime) -> FetchState:
    """Return a state that says when a source was checked, now, when it is next due, and why.

    It failed where it counts failures; with an error and none, it was not asked.
    """
    failing_since = state.failing_since if state.error else None
    if state.failures:
        failing_since = failing_since or now
    return replace(
        state,
        succeeded=state.succeeded if state.error else now,
        failing_since=failing_since,
        checked=now,
        next_due=poll.due,
        interval_seconds=poll.interval_seconds,
        interval_how=poll.how,
        due_why=poll.why,
    )
