"""Cluster: decide to which stories the entries belong that are new or have new words.

Runs between ingesting and publishing, so that within one pass the order in which sources came
decides nothing. Some entries at a time are one unit of work; a pass that is killed goes on from
there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.models import Activity, DedupeRules, Tie, WaitingEntry
from aggregator.pipeline.purge import find_purged
from aggregator.pipeline.run import Run
from aggregator.pipeline.texts import Texts
from aggregator.store.unit import UnitOfWork
from aggregator.stories import cluster
from aggregator.stories.candidates import Candidate, Sought
from aggregator.stories.comparable import Dated, compute_ngrams
from aggregator.stories.sought_together import SoughtTogether

# The entries of one commit, and their text: it then costs little and holds little memory, and
# a pass has seldom more, so that its order decides nothing.
_ENTRIES_TOGETHER = 2_000
_CHARACTERS_TOGETHER = 4_000_000


def cluster_entries(run: Run) -> int:
    """Decide the stories of the entries that wait for it now, until told to stop; count them.

    What comes meanwhile waits for the next time: a large dump that is being read keeps no feed from
    being published.
    """
    now = run.clock()
    with run.store.read() as unit:
        waiting = unit.stories.count_to_cluster()
        is_of_earlier_version = bool(unit.index.to_sign_anew(1))
    if is_of_earlier_version:
        _sign_anew(run)
    count = 0
    while count < waiting and not run.stop.is_set():
        with run.store.write() as unit:
            entries = unit.stories.to_cluster(_ENTRIES_TOGETHER, _CHARACTERS_TOGETHER)
            if entries:
                _Clustering.of(unit, entries, run.config.dedupe, now).run()
        if not entries:
            break
        count += len(entries)
        run.progress.on_clustered(count)
    return count


def _sign_anew(run: Run) -> None:
    """Look texts up by what this version does, where an earlier one looked them up otherwise.

    Their addresses stand in the index already, but for those that a source gave to several entries.
    """
    while not run.stop.is_set():
        with run.store.write() as unit:
            pks = unit.index.to_sign_anew(_ENTRIES_TOGETHER)
            candidates = Texts(unit).read(pks)
            sought = [one.sought().without_address() for one in candidates.values()]
            unit.index.add(SoughtTogether(sought).index_rows())
            unit.index.signed_anew(pks)
        if not pks:
            break
        run.progress.on_step()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clustering:
    """Some entries whose stories are decided together.

    ``texts`` has the entries whose texts were read, those that wait and those that are stored.
    """

    unit: UnitOfWork
    entries: Sequence[WaitingEntry]
    sought: Mapping[int, Sought]
    texts: Texts
    rules: DedupeRules
    now: datetime

    @classmethod
    def of(
        cls,
        unit: UnitOfWork,
        entries: Sequence[WaitingEntry],
        rules: DedupeRules,
        now: datetime,
    ) -> _Clustering:
        """Gather what the entries are looked up by; an entry that was purged meanwhile has none."""
        texts = Texts(unit)
        unsigned = texts.read(entry.pk for entry in entries if entry.signed is None)
        sought = {
            entry.pk: Sought.of(entry, entry.signed)
            if entry.signed is not None
            else unsigned[entry.pk].sought()
            for entry in entries
            if entry.signed is not None or entry.pk in unsigned
        }
        ambiguous = unit.stories.ambiguous_addresses({one.address for one in sought.values()})
        for pk, one in sought.items():
            if (one.entry.source, one.address) in ambiguous:
                sought[pk] = one.without_address()
        return cls(unit=unit, entries=entries, sought=sought, texts=texts, rules=rules, now=now)

    def run(self) -> None:
        """Find the ties, join the stories, and remember that those of the entries are decided."""
        stories = self.unit.stories
        together = SoughtTogether(list(self.sought.values()))
        exact = stories.ties_of(list(self.sought))
        purged = find_purged(self.unit, self.sought, exact, self.texts)
        ties: list[Tie] = []
        if self.rules.same_text:
            alive = [one for pk, one in self.sought.items() if pk not in purged]
            sought = SoughtTogether(alive) if purged else together
            ties = find_ties(self.unit, sought, self.texts, self.rules, self.now)
        self.unit.index.add(together.index_rows())
        self._merge([*exact, *(tie for tie in ties if not {tie.a, tie.b} & purged)])
        characters = {pk: one.characters for pk, one in self.sought.items()}
        stories.mark_clustered({entry.pk: characters.get(entry.pk, 0) for entry in self.entries})
        stories.purge(purged, self.now)

    def _merge(self, ties: Sequence[Tie]) -> None:
        """Make stories one that ties connect, and remember the ties that did.

        Entries of identical texts were tied when they were stored, whatever their times.
        """
        if not ties:
            return
        ends = {pk for tie in ties for pk in (tie.a, tie.b)}
        purged = self.unit.stories.purged_of(ends)
        story_of = self.unit.stories.stories_of(ends - purged)
        connected = {
            story_of[pk]
            for tie in ties
            if story_of.get(tie.a) != story_of.get(tie.b)
            for pk in (tie.a, tie.b)
            if pk in story_of
        }
        self._count_merged(ties, story_of)
        merged = cluster.merge(ties, story_of, self._texts_of(connected))
        self.unit.stories.add_ties(merged.ties)
        self.unit.stories.merge(merged.stories)

    def _count_merged(self, ties: Sequence[Tie], story_of: Mapping[int, int]) -> None:
        """Count the entries that become one story with another, which was there before them."""
        pks = {
            max({tie.a, tie.b} & self.sought.keys(), default=None)
            for tie in ties
            if story_of.get(tie.a) != story_of.get(tie.b)
        }
        counts = Counter(self.sought[pk].entry.source for pk in pks if pk is not None)
        merged = {source: Activity(merged=count) for source, count in counts.items()}
        self.unit.activity.count(merged, self.now)

    def _texts_of(self, stories: set[int]) -> dict[int, list[Dated]]:
        """Return texts of each story: those that are being clustered first, then the fullest."""
        own = [pk for pk, one in self.sought.items() if one.entry.story in stories]
        texts: dict[int, list[Dated]] = {story: [] for story in stories}
        for pk, candidate in self.texts.read(own).items():
            texts[self.sought[pk].entry.story].append(candidate.dated)
        for story in stories:
            stored = texts_of_story(self.unit, story)
            texts[story] += [one.dated for one in stored if one.entry.pk not in self.sought]
            texts[story] = texts[story][: cluster.TEXTS_OF_A_STORY]
        return texts


def find_ties(
    unit: UnitOfWork, sought: SoughtTogether, texts: Texts, rules: DedupeRules, now: datetime
) -> list[Tie]:
    """Look up what may carry the same texts, and return the ties, the surest first.

    ``texts`` has the entries that are sought, or reads them.
    """
    lookups = sought.lookups(rules, now)
    overlap_of = sought.overlaps(lookups, unit.index.sharing(lookups.distinct()))
    everyone = texts.read({pk for found in overlap_of.values() for pk in found} | overlap_of.keys())
    compute_ngrams(candidate.text for candidate in everyone.values())
    ties = [
        tie
        for pk, overlaps in overlap_of.items()
        if pk in everyone
        for tie in cluster.ties_of(everyone[pk], overlaps, everyone, rules)
    ]
    return cluster.surest_first(ties)


def texts_of_story(unit: UnitOfWork, story: int) -> list[Candidate]:
    """Return the fullest texts of a stored story, as many as tell whether a tie is a bridge."""
    stored = unit.stories.fullest_texts(story, cluster.TEXTS_OF_A_STORY)
    return [Candidate.of(entry) for entry in stored]
