"""Damage: its fault is held back while what can still be read of the store is used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aggregator.errors import StoreError


@contextmanager
def holding_back(damages: list[StoreError]) -> Iterator[None]:
    """Hold back the fault of a damaged store, so that what can be read of it is published first."""
    try:
        yield
    except StoreError as error:
        if not error.is_damage:
            raise
        damages.append(error)
