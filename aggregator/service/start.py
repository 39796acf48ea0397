"""How a service gets its store: it waits for one that cannot be opened, and serves meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event

from aggregator.errors import StoreError
from aggregator.models import Config
from aggregator.publish import folder as published_folder
from aggregator.store.store import Store

log = logging.getLogger(__name__)

_NEXT_TRY_SECONDS = 60  # a person puts a store back within minutes, at the soonest


def open_store(config: Config, stop: Event, *, before_waiting: Callable[[], None]) -> Store | None:
    """Open the store; where feeds were published before, try until that can be done.

    A store that goes missing meanwhile is not made anew. ``None`` once ``stop`` is set; StoreError
    where nothing was ever published, as then there is nothing to go on serving. Before it waits for
    the first time, ``before_waiting`` is called.
    """
    may_make = True
    while not stop.is_set():
        try:
            return Store.open(config.store_url, may_make=may_make)
        except StoreError as error:
            if not published_folder.is_published(config.site.output):
                raise
            log.error(
                "%s; what was published before is served, the next try is in %d seconds",
                error,
                _NEXT_TRY_SECONDS,
            )
        if may_make:
            before_waiting()
        may_make = False
        stop.wait(_NEXT_TRY_SECONDS)
    return None
