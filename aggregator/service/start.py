"""How a service gets its store: it waits for one that cannot be opened, and serves meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from aggregator import __version__, heartbeat
from aggregator.console.faults import Faults
from aggregator.errors import StoreError
from aggregator.models import Config
from aggregator.pipeline import upkeep
from aggregator.pipeline.run import Clock
from aggregator.publish import folder as published_folder
from aggregator.store.owner import Owner
from aggregator.store.place import path_of
from aggregator.store.store import Store

_NEXT_TRY_SECONDS = 60  # a person puts a store back within minutes, at the soonest


def open_store(
    config: Config, stop: Event, owner: Owner, clock: Clock, *, before_waiting: Callable[[], None]
) -> Store | None:
    """Open the store; where feeds were published before, try until that can be done.

    While it is opened, which takes minutes where it is migrated, the service beats.

    A store that goes missing meanwhile is not made anew. ``None`` once ``stop`` is set; StoreError
    where nothing was ever published, as then there is nothing to go on serving. Before it waits for
    the first time, ``before_waiting`` is called.
    """
    may_make, faults = True, Faults()
    beside = heartbeat.path_beside(path_of(config.store_url))
    while not stop.is_set():
        try:
            with heartbeat.opening(beside, clock, __version__):
                store = upkeep.open_store(config, may_make=may_make, by=owner)
        except StoreError as error:
            if not published_folder.is_published(config.site.output):
                raise
            again = f"it is tried again every {_NEXT_TRY_SECONDS} seconds"
            faults.say("store", str(error), f"what was published before is served, and {again}")
        else:
            faults.end("store")
            return store
        if may_make:
            before_waiting()
        may_make = False
        stop.wait(_NEXT_TRY_SECONDS)
    return None
