"""Which sources are due, by what the store remembers of their last polls.

Apart from what ingests them, so that a pass in which none is due need not load what fetches, parses
and normalises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from aggregator import polling
from aggregator.models import FetchState, Outcome, Source, SourceReport
from aggregator.pipeline.fetch_state import config_fingerprint
from aggregator.pipeline.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The sources that are due, in their order, and the states of all sources by name."""

    sources: tuple[Source, ...]
    states: Mapping[str, FetchState]


def due_of(run: Run, sources: Sequence[Source], *, every_source: bool) -> Due:
    """Return those of ``sources`` that are due, or every one."""
    with run.store.read() as unit:
        states = unit.sources.states()
    now = run.clock()
    due = [
        source
        for source in sources
        if every_source or _is_due(run, source, state_of(source, states), now)
    ]
    return Due(sources=tuple(due), states=states)


def still_failing(
    sources: Iterable[Source], states: Mapping[str, FetchState], *, but: Set[str]
) -> tuple[SourceReport, ...]:
    """Report the last failure of each of ``sources`` that failed when it was last asked.

    Those of the names ``but`` are left out, as a pass tells of them itself.
    """
    return tuple(
        SourceReport(source=source.name, outcome=Outcome.FAILED, error=error)
        for source in sources
        if source.name not in but and (error := state_of(source, states).error)
    )


def state_of(source: Source, states: Mapping[str, FetchState]) -> FetchState:
    """Return a source's state; another address or interval in the configuration starts anew."""
    fresh = FetchState(config_fingerprint=config_fingerprint(source))
    state = states.get(source.name, fresh)
    return state if state.config_fingerprint == fresh.config_fingerprint else fresh


def _is_due(run: Run, source: Source, state: FetchState, now: datetime) -> bool:
    # Looking at a folder costs nothing and troubles nobody, so dumps are looked at every time.
    if source.dump is not None and source.every_seconds is None:
        return True
    due = state.next_due
    if source.every_seconds is None and not state.failures and run.announced.is_live(source.name):
        due = polling.slowed(due, state.checked)
    return polling.is_due(due, state.checked, now)
