"""Passes over a configuration, at a fixed time."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Event

from aggregator.models import Config
from aggregator.pipeline import PassReport, run_pass
from aggregator.store.store import Store

# The tests' present: every date in their texts lies before it unless a test says otherwise.
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def one_pass(config: Config, *, now: datetime = NOW, every_source: bool = True) -> PassReport:
    """Run one pass as ``aggregator once --all`` does, at a fixed time, and return its report."""
    with Store.open(config.store_url) as store:
        return run_pass(
            config,
            store,
            clock=lambda: now,
            every_source=every_source,
            progress=lambda report, done, total: None,
            stop=Event(),
        )
