"""What hubs sent and nobody has taken yet: files of this machine, and rows of a shared store.

A row goes with the commit of what it brought, so that it is taken once, whoever else has read it. A
file goes after that commit, so that one may be taken twice, which changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from aggregator.models import Arrival
from aggregator.pipeline.run import Run
from aggregator.pipeline.subscribe import folder_of
from aggregator.push.spool import Spool
from aggregator.store.unit import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """An arrival that waits.

    ``take`` is called in the unit of work that stores what it brought, and tells whether nobody
    else has done that. ``drop`` ends what is done with; again, it does nothing. ``note_tries``
    remembers ``Arrival.tries`` for whoever reads it next.
    """

    arrival: Arrival
    take: Callable[[UnitOfWork], bool]
    drop: Callable[[], None]
    note_tries: Callable[[int], None]


def arrived(run: Run) -> Iterator[Arrived]:
    """Yield what waits, deliveries in the order in which they came; OSError, StoreError."""
    spool = Spool(folder_of(run))
    for path, arrival in spool.waiting():
        yield Arrived(
            arrival=arrival,
            take=lambda _unit: True,
            drop=partial(path.unlink, missing_ok=True),
            note_tries=partial(spool.note_tries, path, arrival),
        )
    if run.store.is_shared:
        yield from _in_store(run)


def _in_store(run: Run) -> Iterator[Arrived]:
    """Read one after the other, as each may have megabytes."""
    number = 0
    while True:
        with run.store.read() as unit:
            found = unit.arrivals.after(number)
        if found is None:
            return
        number, arrival = found
        yield Arrived(
            arrival=arrival,
            take=partial(_take, number),
            drop=partial(_drop, run, number),
            note_tries=partial(_note_tries, run, number),
        )


def _take(number: int, unit: UnitOfWork) -> bool:
    return unit.arrivals.take(number)


def _drop(run: Run, number: int) -> None:
    """Look first, as it mostly went with a commit, and to write waits for a turn."""
    with run.store.read() as unit:
        waits = unit.arrivals.waits(number)
    if waits:
        with run.store.write() as unit:
            unit.arrivals.take(number)


def _note_tries(run: Run, number: int, tries: int) -> None:
    with run.store.write() as unit:
        unit.arrivals.note_tries(number, tries)
