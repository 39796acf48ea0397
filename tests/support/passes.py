"""Passes over a configuration, at a fixed time."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Event

from aggregator.models import Config
from aggregator.pipeline.run import Run
from aggregator.pipeline.run_pass import PassReport, run_pass
from aggregator.store.store import Store

# The tests' present: every date in their texts lies before it unless a test says otherwise.
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def one_pass(config: Config, *, now: datetime = NOW, every_source: bool = True) -> PassReport:
    """Run one pass as ``aggregator once --all`` does, at a fixed time, and return its report."""
    with Store.open(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: now, stop=Event())
        return run_pass(run, every_source=every_source)
