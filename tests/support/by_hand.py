"""A store's database as a person reaches it past the program, whichever database it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from aggregator.models import Config
from aggregator.store.databases import database_of


@contextmanager
def by_hand(of: Config | str) -> Iterator[sa.Connection]:
    """Open a writer's transaction over a store, by its configuration or its URL.

    It is committed where the block is left without an error.
    """
    engine = database_of(of if isinstance(of, str) else of.store_url).engine()
    try:
        with engine.execution_options(writes=True).begin() as connection:
            yield connection
    finally:
        engine.dispose()
