"""How late entries are seen by each way of deciding when sources are asked, at equal polls.

``python -m bench.schedule [SOURCES] [DAYS]`` makes sources whose rates are spread log-normally,
each with hours of its own around those of a Bengali news day, and four weeks of their past. Then it
replays some days: ``auto`` by the program's own decisions over what a store would hold at each
poll, the other ways by their formulas, scaled so that they make as many polls. The optimum knows
each source's true rate by hour.
"""

from __future__ import annotations

import math
import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heapify, heapreplace

import numpy as np
from numpy.typing import NDArray

from aggregator import polling
from aggregator.models import Rhythm, Source, Tempo
from aggregator.models.configured import REQUESTS_PER_SOURCE_AND_DAY

Floats = NDArray[np.float64]

_BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
_PAST_DAYS = 29
# By the clock of Dhaka, in entries: the papers wake at seven, fill the day, and end after midnight.
_NEWS_DAY = np.array(
    [22, 14, 9, 6, 5, 7, 14, 26, 38, 50, 58, 61, 63, 62, 60, 61, 63, 64, 63, 60, 55, 50, 43, 36]
)
_DHAKA_HOURS = 6
# Half of the sources publish less than 20 entries a day; of 2,000, forty more than 230.
_MEDIAN_ENTRIES_A_DAY, _SPREAD = 20.0, 1.2
# One source in ten puts out its day within an hour.
_EDITIONS = 0.1
_BISECTIONS = 60
# Miniflux asks again after 5 minutes to a day, CommaFeed after 5 minutes to 4 hours.
_SHORTEST_HOURS, _MINIFLUX_LONGEST_HOURS, _COMMAFEED_LONGEST_HOURS = 1 / 12, 24.0, 4.0
_COMMAFEED_ENTRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Sources: the true rates of each (entries an hour, by hour of UTC), and when it published.

    Times are hours since the beginning of the first day.
    """

    rates: Floats
    times: tuple[Floats, ...]
    days: int

    @property
    def begin_hour(self) -> float:
        """Return when the replay begins; what lies before it is the past."""
        return _PAST_DAYS * 24.0

    @property
    def end_hour(self) -> float:
        """Return when the replay ends."""
        return self.begin_hour + self.days * 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a way of deciding came to: polls a source and day, and the mean delay of an entry."""

    name: str
    polls: float
    delay_minutes: float


def made_town(sources: int, days: int, seed: int = 7) -> Town:
    """Make sources and all that they publish; the same for the same seed."""
    random = np.random.default_rng(seed)
    per_day = np.exp(random.normal(math.log(_MEDIAN_ENTRIES_A_DAY), _SPREAD, sources))
    shapes = np.stack([_shape(random) for _ in range(sources)])
    rates = per_day[:, None] * shapes
    hours = 24 * (_PAST_DAYS + days + 1)
    times = []
    for source in range(sources):
        counts = random.poisson(np.tile(rates[source], hours // 24))
        at = np.repeat(np.arange(hours, dtype=float), counts)
        times.append(np.sort(at + random.random(len(at))))
    return Town(rates=rates, times=tuple(times), days=days)


def _shape(random: np.random.Generator) -> Floats:
    """Return which part of a source's day falls into each hour of UTC."""
    if random.random() < _EDITIONS:
        shape = np.full(24, 0.02)
        shape[random.integers(24)] += 3
    else:
        shape = _NEWS_DAY ** random.uniform(0.5, 1.5)
        shape = np.roll(shape, int(random.integers(-2, 3)) - _DHAKA_HOURS)
    return np.asarray(shape / shape.sum())


# --- The program's own decisions -----------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Store:
    """What a store would hold of the sources, filled poll by poll, and the polls that were made."""

    town: Town
    sources: Sequence[Source]
    moments: Sequence[Sequence[datetime]]
    rhythms: dict[int, Rhythm] = field(default_factory=dict)
    tempo: Tempo | None = None
    polls: list[list[float]] = field(default_factory=list)

    def next_poll(self, number: int, now: datetime) -> datetime:
        """Decide as the pipeline does after a poll at which all that was published is had."""
        source = self.sources[number]
        if self.tempo is None or polling.is_tempo_old(self.tempo, "", now):
            pairs = [(each, self.rhythms.get(index)) for index, each in enumerate(self.sources)]
            budget = REQUESTS_PER_SOURCE_AND_DAY * len(self.sources)
            factor = polling.factor_for(budget, pairs)
            self.tempo = Tempo(factor=factor, measured=now, fingerprint="")
        rhythm = self.rhythms.get(number)
        if rhythm is None or polling.is_rhythm_old(rhythm, now):
            seen = self.moments[number][: bisect_right(self.moments[number], now)]
            newest = [(moment, moment) for moment in seen[-polling.RHYTHM_ENTRIES :]]
            rhythm = polling.rhythm_of(newest, now)
            if rhythm is not None:
                self.rhythms[number] = rhythm
        checked = polling.Checked(now=now, due=now, rhythm=rhythm, factor=self.tempo.factor)
        return polling.next_poll(source, checked).due


def replay_auto(town: Town) -> Result:
    """Replay the program's decisions, poll by poll; one day goes by before anything is counted."""
    store = _Store(
        town=town,
        sources=[Source(name=f"s{number}", title="", feed="") for number in range(len(town.times))],
        moments=[[_BEGIN + timedelta(hours=hour) for hour in times] for times in town.times],
        polls=[[] for _ in town.times],
    )
    start, end = (_BEGIN + timedelta(hours=at) for at in (town.begin_hour - 24, town.end_hour + 7))
    heap = [
        (start + timedelta(seconds=3600 * number / len(town.times)), number)
        for number in range(len(town.times))
    ]
    heapify(heap)
    while heap[0][0] < end:
        now, number = heap[0]
        store.polls[number].append((now - _BEGIN) / timedelta(hours=1))
        heapreplace(heap, (store.next_poll(number, now), number))
    return _result("auto", town, [np.array(polls) for polls in store.polls])


# --- Other ways ----------------------------------------------------------------------------------


def replay_optimum(town: Town, polls: float) -> Result:
    """Replay polls by the square roots of the true rates, as many a source and day."""
    roots = np.sqrt(town.rates)
    density = roots * (polls * len(roots) / roots.sum())
    hours = np.arange(town.end_hour + 25)
    made = []
    for number, by_hour in enumerate(density):
        counted = np.concatenate([[0.0], np.cumsum(np.tile(by_hour, len(hours) // 24 + 1))])
        counted = counted[: len(hours)]
        phase = number / len(density)
        made.append(np.interp(np.arange(phase, counted[-1]), counted, hours))
    return _result("the optimum, with known rates", town, made)


def replay_intervals(
    name: str, town: Town, polls: float, intervals: Callable[[float], Floats]
) -> Result:
    """Replay intervals that ``intervals`` has of a factor, which is chosen for as many polls."""
    low, high = 1e-6, 1e6
    for _ in range(_BISECTIONS):
        factor = math.sqrt(low * high)
        is_too_many = (24 / intervals(factor)).mean() > polls
        low, high = (factor, high) if is_too_many else (low, factor)
    hours = intervals(math.sqrt(low * high))
    made = [
        np.arange(number / len(hours) * interval, town.end_hour + 25, interval)
        for number, interval in enumerate(hours)
    ]
    return _result(name, town, made)


def _result(name: str, town: Town, polls: Sequence[Floats]) -> Result:
    """Count the polls of the replayed days, and how long each entry of them waited for one."""
    begin, end = town.begin_hour, town.end_hour
    made, waited, entries = 0, 0.0, 0
    for times, at in zip(town.times, polls, strict=True):
        made += int(((at >= begin) & (at < end)).sum())
        published = times[(times >= begin) & (times < end)]
        seen = at[np.searchsorted(at, published)]
        waited += float((seen - published).sum())
        entries += len(published)
    per_day = made / len(town.times) / town.days
    return Result(name=name, polls=per_day, delay_minutes=60 * waited / entries)


def compared(town: Town) -> list[Result]:
    """Replay every way over one town, at the polls that ``auto`` makes; the optimum comes first."""
    auto = replay_auto(town)
    week = np.array(
        [((at >= town.begin_hour - 168) & (at < town.begin_hour)).sum() for at in town.times]
    )
    gaps = np.array([_mean_gap(at[at < town.begin_hour]) for at in town.times])

    def miniflux(factor: float) -> Floats:
        hours: Floats = factor * 168 / np.maximum(week, 1e-9)
        return np.clip(hours, _SHORTEST_HOURS, _MINIFLUX_LONGEST_HOURS)

    def commafeed(factor: float) -> Floats:
        return np.clip(factor * gaps, _SHORTEST_HOURS, _COMMAFEED_LONGEST_HOURS)

    def fixed(factor: float) -> Floats:
        return np.full(len(town.times), factor)

    return [
        replay_optimum(town, auto.polls),
        auto,
        replay_intervals("Miniflux's, by the entries of a week", town, auto.polls, miniflux),
        replay_intervals("CommaFeed's, by the mean pause", town, auto.polls, commafeed),
        replay_intervals("a fixed interval", town, auto.polls, fixed),
    ]


def _mean_gap(times: Floats) -> float:
    """Return the mean pause between the newest entries, in hours."""
    newest = times[-_COMMAFEED_ENTRIES:]
    return float(np.diff(newest).mean()) if len(newest) > 1 else 24.0


def main() -> None:
    """Print what each way comes to."""
    words = (sys.argv[1:] + ["2000", "3"][len(sys.argv) - 1 :])[:2]
    sources, days = (int(word) for word in words)
    results = compared(made_town(sources, days))
    sys.stdout.write(f"{sources} sources, {days} days\n")
    sys.stdout.write("polls a source and day, mean delay, against the optimum\n")
    for result in results:
        ratio = result.delay_minutes / results[0].delay_minutes
        measured = f"{result.polls:6.2f} {result.delay_minutes:7.2f} min {ratio:6.3f}"
        sys.stdout.write(f"{result.name:40} {measured}\n")


if __name__ == "__main__":
    main()
