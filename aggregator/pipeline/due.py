"""Which sources are due, by what the store remembers of their last polls.

Apart from what ingests them, so that a pass in which none is due need not load what fetches, parses
and normalises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aggregator import polling
from aggregator.models import FetchState, Outcome, Source, SourceReport
from aggregator.pipeline.fetch_state import config_fingerprint
from aggregator.pipeline.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The sources that are due, in their order, and the states of these, at least, by name.

    ``factor`` is that of the tempo at which sources are asked, once it was looked up. ``began`` is
    when the pass began, where a timer starts passes.
    """

    sources: tuple[Source, ...]
    states: Mapping[str, FetchState]
    factor: float = 0.0
    began: datetime | None = None


def due_of(run: Run, sources: Sequence[Source], *, every_source: bool) -> Due:
    """Return those of ``sources`` that are due, or every one.

    A source is due a little early, as the next pass may be a timer's, and come in a quarter of an
    hour. Hosts rest that asked for it in an earlier process.
    """
    began = run.clock()
    with run.store.read() as unit:
        states = unit.sources.states()
    let_hosts_rest(run, states)
    if every_source:
        return Due(sources=tuple(sources), states=states, began=began)
    return replace(_those_due(run, sources, states, polling.SLACK), began=began)


def due_now(run: Run, sources: Sequence[Source]) -> Due:
    """Return those of ``sources`` that are due now, where it is looked again within seconds.

    The store is asked which may be due, and only their states are read. Now and then, and where the
    configuration changed, all are: a source may have no state yet, or one of another configuration.
    One whose state the store could not take is spared for some minutes.
    """
    now = run.clock()
    if spared := run.acquainted.spared():
        sources = [source for source in sources if source.name not in spared]
    with run.store.read() as unit:
        known = run.acquainted.sources(run.config)
        if known is None:
            states = unit.sources.states()
        else:
            maybe = set(unit.sources.maybe_due(now, polling.LONGEST_WAIT))
            sources = [
                source
                for source in sources
                if source.name in maybe or source.name not in known or _is_watched(source)
            ]
            states = unit.sources.states([source.name for source in sources]) if sources else {}
    if known is None:
        let_hosts_rest(run, states)
        same = (source for source in run.config.sources if _is_of(source, states.get(source.name)))
        run.acquainted.note(run.config, frozenset(source.name for source in same))
    return _those_due(run, sources, states, polling.NO_SLACK)


def due_among(run: Run, sources: Sequence[Source]) -> Due:
    """Return those of a few sources that are due now; of all others nothing is read."""
    spared = run.acquainted.spared()
    sources = [source for source in sources if source.name not in spared]
    with run.store.read() as unit:
        states = unit.sources.states([source.name for source in sources]) if sources else {}
    let_hosts_rest(run, states)
    return _those_due(run, sources, states, polling.NO_SLACK)


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


def _those_due(
    run: Run, sources: Sequence[Source], states: Mapping[str, FetchState], slack: timedelta
) -> Due:
    now = run.clock()
    due = (
        source for source in sources if _is_due(run, source, state_of(source, states), now, slack)
    )
    return Due(sources=tuple(due), states=states)


def _is_due(run: Run, source: Source, state: FetchState, now: datetime, slack: timedelta) -> bool:
    if _is_watched(source):
        return True
    due = state.next_due
    if source.cron is not None:  # a named time is not a moment earlier
        longest = polling.LONGEST_WAIT_OF_TIMES
        return polling.is_due(due, state.checked, now, slack=polling.NO_SLACK, longest=longest)
    if source.is_automatic and not state.failures and run.announced.is_live(source.name):
        due = polling.slowed(due, state.checked, state.hints)
    return polling.is_due(due, state.checked, now, slack=slack)


def _is_watched(source: Source) -> bool:
    """Tell whether a source is looked at every time: a folder, as that troubles nobody."""
    return source.dump is not None and source.is_automatic


def _is_of(source: Source, state: FetchState | None) -> bool:
    return state is not None and state.config_fingerprint == config_fingerprint(source)


def let_hosts_rest(run: Run, states: Mapping[str, FetchState]) -> None:
    """Let hosts rest that asked for it in an earlier process, and whose time is not over."""
    now = run.clock()
    for state in states.values():
        rest_seconds = polling.rest_seconds(state.rests_until, state.checked, now)
        if rest_seconds:
            run.politeness.rest(state.resting_host, rest_seconds)
