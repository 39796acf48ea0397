"""The town: which paper tells which story when, from the seed alone.

Times of the town are seconds since it was founded. The town may live faster than the wall clock:
``speed`` of its seconds are one of the wall's, and its papers state the wall's time, so that a
reader with the usual clock finds nothing in the future. This is the truth that what is published
is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random

from town.grammar import Telling, story
from town.papers import Oddity, Paper, papers

# A desk follows another within the hour.
_SOONEST_COPY_SECONDS, _LATEST_COPY_SECONDS = 300.0, 3600.0
# In how many ways a story goes on beyond its first paper: copied by none, one or two, as often as
# they stand here; and how often another desk tells it in other words.
_COPIES = (0, 0, 1, 2)
_RETOLD = 0.4
_COPIED_BY_COPYIST = 0.5
# Below ten entries a document cannot be a mass change, which is one of the things to be tried.
FRONT_PAGE_ENTRIES = 12
_FLOOD_ENTRIES = 120
FLOOD_EVERY_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A story as one paper has it: in which wording, and since when (seconds of the town)."""

    number: int
    wording: int
    paper: Paper
    at_seconds: float

    @property
    def code(self) -> int:
        """Return the number of the text, the same in every paper that has it; at least 1."""
        return _FIRST_CODE + 2 * self.number + self.wording


# Codes stand in addresses, so they are positive: the town has at most 5,000 stories before it is
# founded, which are ten days of them.
_FIRST_CODE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A town: everything about it follows from these values.

    A story happens every ``interval_seconds`` of the town. ``founded`` is the wall's time at 0.
    """

    seed: int = 1
    founded: datetime
    papers: tuple[Paper, ...] = papers()
    interval_seconds: float = 180.0
    speed: float = 1.0
    # What was worked out once: the papers with news of their own, and the reports of stories.
    _desks: tuple[Paper, ...] = field(init=False, repr=False, compare=False)
    _drawn: dict[int, tuple[Report, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        desks = tuple(
            paper for paper in self.papers if paper.tells and paper.oddity is not Oddity.COPIES
        )
        object.__setattr__(self, "_desks", desks)

    def wall(self, at_seconds: float) -> datetime:
        """Return the wall's time, in whole seconds, at a moment of the town."""
        moment = self.founded + timedelta(seconds=at_seconds / self.speed)
        return moment.replace(microsecond=0)

    def telling(self, report: Report) -> Telling:
        """Return the words of a report."""
        return story(self.seed, report.number).tellings[report.wording]

    def reports(self, number: int) -> tuple[Report, ...]:
        """Return who has a story, and since when; the first is who had it first."""
        if number not in self._drawn:
            self._drawn[number] = self._draw(number)
        return self._drawn[number]

    def front_page(self, paper: Paper, at_seconds: float) -> tuple[Report, ...]:
        """Return what a paper's document has at a moment, the newest first."""
        wanted = FRONT_PAGE_ENTRIES
        is_flood = paper.oddity is Oddity.FLOOD and at_seconds >= FLOOD_EVERY_SECONDS
        if is_flood and at_seconds % FLOOD_EVERY_SECONDS < FLOOD_EVERY_SECONDS / 2:
            wanted = _FLOOD_ENTRIES
        return self.newest(paper, at_seconds, wanted)

    def newest(self, paper: Paper, at_seconds: float, wanted: int) -> tuple[Report, ...]:
        """Return the newest reports of a paper at a moment, the newest first."""
        latest = int(at_seconds // self.interval_seconds)
        found: list[Report] = []
        for number in count(latest, -1):
            found += [
                report
                for report in self.reports(number)
                if report.paper.number == paper.number and report.at_seconds <= at_seconds
            ]
            if len(found) < wanted:
                continue
            found.sort(key=lambda report: (-report.at_seconds, report.code))
            # No older story can still come in before these: copies are an hour late at most.
            oldest_possible = (number + 1) * self.interval_seconds
            if found[wanted - 1].at_seconds > oldest_possible + _LATEST_COPY_SECONDS:
                return tuple(found[:wanted])
        raise AssertionError("a town has stories without end")

    def texts(self) -> _Texts:
        """Return the words of every text by its code."""
        return _Texts(self.seed)

    def _draw(self, number: int) -> tuple[Report, ...]:
        """Draw who has a story, and since when."""
        random = Random(f"{self.seed} reports {number}")
        happened = (number + random.random()) * self.interval_seconds
        first, retelling, *copying = random.sample(self._desks, 2 + max(_COPIES))

        def report(paper: Paper, wording: int) -> Report:
            late = random.uniform(_SOONEST_COPY_SECONDS, _LATEST_COPY_SECONDS)
            at_seconds = happened if paper == first else happened + late
            return Report(number=number, wording=wording, paper=paper, at_seconds=at_seconds)

        reports = [report(first, 0)]
        reports += [report(paper, 0) for paper in copying[: random.choice(_COPIES)]]
        if random.random() < _RETOLD:
            reports.append(report(retelling, 1))
        reports += [
            report(paper, 0)
            for paper in self.papers
            if paper.oddity is Oddity.COPIES and random.random() < _COPIED_BY_COPYIST
        ]
        return tuple(reports)


@dataclass(frozen=True, slots=True)
class _Texts:
    seed: int

    def __getitem__(self, code: int) -> Telling:
        number, wording = divmod(code - _FIRST_CODE, 2)
        return story(self.seed, number).tellings[wording]
