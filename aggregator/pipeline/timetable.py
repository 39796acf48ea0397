"""When sources are next asked: what decides it is read, decided by ``polling``, and remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from aggregator import polling
from aggregator.models import (
    Config,
    FetchState,
    NextPoll,
    Rhythm,
    Source,
    Tempo,
)
from aggregator.models.configured import REQUESTS_PER_SOURCE_AND_DAY
from aggregator.pipeline.due import Due
from aggregator.pipeline.run import Run
from aggregator.store.unit import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """At what tempo sources are asked, and the rhythms of some, where these are not to be measured.

    Sources with an interval or times of their own need neither. ``began`` is when the pass began,
    where a timer starts passes.
    """

    factor: float = 0.0
    began: datetime | None = None
    rhythms: Mapping[str, Rhythm] = field(default_factory=dict)

    def next_poll(
        self,
        unit: UnitOfWork,
        source: Source,
        state: FetchState,
        now: datetime,
        retry_after_seconds: float | None = None,
    ) -> NextPoll:
        """Decide when a source is next asked, whose check ended ``now``.

        ``state`` is as the check left it; its ``next_due`` is still the time of that check.
        """
        checked = polling.Checked(
            now=now,
            due=state.next_due,
            began=self.began,
            rhythm=self._rhythm(unit, source, now) if _shares_budget(source) else None,
            factor=self.factor,
            hints=state.hints,
            failures=state.failures,
            retry_after_seconds=retry_after_seconds,
        )
        return polling.next_poll(source, checked)

    def _rhythm(self, unit: UnitOfWork, source: Source, now: datetime) -> Rhythm | None:
        """Return a source's rhythm, measured anew and remembered where it is old."""
        known = self.rhythms.get(source.name)
        if known is not None and not polling.is_rhythm_old(known, now):
            return known
        times = unit.entries.latest_times(source.name, polling.RHYTHM_ENTRIES)
        rhythm = polling.rhythm_of(times, now)
        if rhythm is not None:
            unit.rhythms.save({source.name: rhythm})
        return rhythm

    @classmethod
    def of(cls, unit: UnitOfWork, due: Due, sources: Sequence[Source]) -> Timetable:
        """Read what is needed to decide when these sources are next asked, of those of a pass."""
        names = [source.name for source in sources if _shares_budget(source)]
        rhythms = unit.rhythms.of(names) if names else {}
        return cls(factor=due.factor, began=due.began, rhythms=rhythms)


def common_factor(run: Run, due: Sequence[Source]) -> float:
    """Return the factor of the tempo at which all sources are asked, found anew where it is old.

    That all are asked by one budget costs a look at all of them, once an hour; where none of those
    that are ``due`` is asked by its rhythm, none. A worker asks host by host, and remembers it.
    """
    if not any(_shares_budget(source) for source in due):
        return 0.0
    now, known = run.clock(), run.acquainted.tempo(run.config)
    if known is not None and not polling.is_tempo_old(known, known.fingerprint, now):
        return known.factor
    tempo = _tempo(run, now)
    run.acquainted.note_tempo(run.config, tempo)
    return tempo.factor


def _tempo(run: Run, now: datetime) -> Tempo:
    """Return the tempo that is stored, or where it is old a new one, which is then stored."""
    sources = [source for source in run.config.sources if _shares_budget(source)]
    fingerprint = _fingerprint(run.config, sources)
    with run.store.read() as unit:
        tempo = unit.rhythms.tempo()
        if tempo is not None and not polling.is_tempo_old(tempo, fingerprint, now):
            return tempo
        rhythms = unit.rhythms.of([source.name for source in sources])
    requests = run.config.schedule.requests_per_day
    if requests is None:
        requests = REQUESTS_PER_SOURCE_AND_DAY * len(sources)
    factor = polling.factor_for(
        requests, [(source, rhythms.get(source.name)) for source in sources]
    )
    tempo = Tempo(factor=factor, measured=now, fingerprint=fingerprint)
    with run.store.write() as unit:
        unit.rhythms.save_tempo(tempo)
    return tempo


def _shares_budget(source: Source) -> bool:
    """Tell whether a source is asked on the web by its rhythm; to look at a folder is free."""
    return source.is_automatic and bool(source.address)


def _fingerprint(config: Config, sources: Sequence[Source]) -> str:
    """Return what recognises the sources of a tempo, their bounds, and the budget."""
    bounds = "\n".join(
        f"{source.name} {source.shortest_seconds} {source.longest_seconds}" for source in sources
    )
    return sha256(f"{config.schedule.requests_per_day}\n{bounds}".encode()).hexdigest()
