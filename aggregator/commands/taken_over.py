"""What becomes of a configuration that a command has changed: who takes it over, and when."""

from __future__ import annotations

from aggregator import heartbeat
from aggregator.commands.options import now
from aggregator.models import Config, Pulse
from aggregator.store.place import path_of


def when_taken_over(config: Config) -> str:
    """Return in words when a change of the configuration takes effect."""
    beside = heartbeat.path_beside(path_of(config.store_url))
    if heartbeat.look(beside, now())[0] is Pulse.TICKS:
        return "The service that runs takes it over within seconds."
    return "No service runs: `aggregator run` and `aggregator once` take it over."
