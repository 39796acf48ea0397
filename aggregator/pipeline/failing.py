"""Which sources fail, also of those that a pass did not ask.

Apart from the whole status, so that a pass by cron loads nothing for it.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime

from aggregator.models import Config, SourceStatus
from aggregator.pipeline.source_status import Known, source_status
from aggregator.store.store import Store


def failing_besides(
    named: Set[str], store: Store, config: Config, now: datetime
) -> list[SourceStatus]:
    """Return how the sources do that fail and are not named, in the order of the configuration."""
    with store.read() as unit:
        failing = [source for source in unit.sources.failing() if source not in named]
        states = unit.sources.states(failing) if failing else {}
    return [
        source_status(source, Known(state=states[source.name]), now)
        for source in config.sources
        if source.name in states
    ]
