"""Cluster: decide to which stories the entries belong that are new or have new words.

Runs between ingesting and publishing, so that within one pass the order in which sources came
decides nothing. Some entries at a time are one unit of work; a pass that is killed goes on from
there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from aggregator.models import DedupeRules, StoryText, Tie
from aggregator.pipeline.purge import find_purged
from aggregator.pipeline.run import Run
from aggregator.store.unit import UnitOfWork
from aggregator.stories import cluster
from aggregator.stories.candidates import Candidate
from aggregator.stories.comparable import Dated

# So many entries of so much text are one commit: it then costs little and holds little memory, and
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
    count = 0
    while count < waiting and not run.stop.is_set():
        with run.store.write() as unit:
            entries = unit.stories.to_cluster(_ENTRIES_TOGETHER, _CHARACTERS_TOGETHER)
            if entries:
                _cluster(unit, entries, run.config.dedupe, now)
        if not entries:
            break
        count += len(entries)
        run.progress.on_clustered(count)
    return count


def _cluster(
    unit: UnitOfWork, entries: Sequence[StoryText], rules: DedupeRules, now: datetime
) -> None:
    candidates = _candidates(unit, entries)
    index_keys = {
        pk: candidate.signature.index_keys(candidate.entry.published)
        for pk, candidate in candidates.items()
    }
    purged = find_purged(unit, list(candidates.values()))
    ties: list[Tie] = []
    if rules.same_text:
        alive = {pk: candidate for pk, candidate in candidates.items() if pk not in purged}
        ties = _find_ties(unit, alive, index_keys, rules, now)
    unit.stories.add_lookup_keys(index_keys)
    _merge(unit, [tie for tie in ties if not {tie.a, tie.b} & purged], candidates)
    unit.stories.mark_clustered(
        {
            entry.pk: len(candidates[entry.pk].text.body) if entry.pk in candidates else 0
            for entry in entries
        }
    )
    unit.stories.purge(purged, now)


def _candidates(unit: UnitOfWork, entries: Sequence[StoryText]) -> dict[int, Candidate]:
    """Return the entries that have a text, by number."""
    candidates = {entry.pk: Candidate.of(entry) for entry in entries if not entry.is_purged}
    ambiguous = unit.stories.ambiguous_addresses(
        {candidate.address for candidate in candidates.values()}
    )
    for pk, candidate in candidates.items():
        if (candidate.entry.source, candidate.address) in ambiguous:
            candidates[pk] = replace(candidate, is_address_own=False)
    return candidates


def _find_ties(
    unit: UnitOfWork,
    candidates: Mapping[int, Candidate],
    index_keys: Mapping[int, Sequence[int]],
    rules: DedupeRules,
    now: datetime,
) -> list[Tie]:
    """Look up what may carry the same texts, and return the ties, the surest first.

    ``index_keys`` are the candidates' own keys, which join the index later; of those that were
    clustered before, the index has the keys of their earlier texts.
    """
    lookup_keys = {pk: candidate.lookup_keys(rules, now) for pk, candidate in candidates.items()}
    index = unit.stories.sharing(key for keys in lookup_keys.values() for key in keys.all)
    for pk, candidate in candidates.items():
        for key in index_keys[pk]:
            entries = index.setdefault(key, [])
            if not (candidate.entry.was_clustered and pk in entries):
                entries.append(pk)
    overlap_of = {
        pk: candidate.overlaps(lookup_keys[pk], index) for pk, candidate in candidates.items()
    }
    stored = {pk for found in overlap_of.values() for pk in found if pk not in candidates}
    everyone = dict(candidates) | {
        entry.pk: Candidate.of(entry) for entry in unit.stories.texts(stored) if not entry.is_purged
    }
    ties = [
        tie
        for pk, candidate in candidates.items()
        for tie in cluster.ties_of(candidate, overlap_of[pk], everyone, rules)
    ]
    return cluster.surest_first(ties)


def _merge(unit: UnitOfWork, ties: Sequence[Tie], candidates: Mapping[int, Candidate]) -> None:
    """Make stories one that ties connect, and remember the ties that did.

    Entries of identical texts were tied when they were stored, whatever their times.
    """
    exact = unit.stories.ties_of(list(candidates))
    all_ties = [*exact, *ties]
    entries = unit.stories.texts({pk for tie in all_ties for pk in (tie.a, tie.b)})
    story_of = {entry.pk: entry.story for entry in entries if not entry.is_purged}
    connected = {
        story_of[pk]
        for tie in all_ties
        if story_of.get(tie.a) != story_of.get(tie.b)
        for pk in (tie.a, tie.b)
        if pk in story_of
    }
    merged = cluster.merge(all_ties, story_of, _texts_of(unit, connected, candidates))
    unit.stories.add_ties(merged.ties)
    unit.stories.merge(merged.stories)


def _texts_of(
    unit: UnitOfWork, stories: set[int], candidates: Mapping[int, Candidate]
) -> dict[int, list[Dated]]:
    """Return texts of each story: those that are being clustered first, then the fullest stored."""
    texts: dict[int, list[Dated]] = {story: [] for story in stories}
    for candidate in candidates.values():
        if candidate.entry.story in stories:
            texts[candidate.entry.story].append(candidate.dated)
    for story in stories:
        stored = unit.stories.fullest_texts(story, cluster.TEXTS_OF_A_STORY)
        texts[story] += [
            Candidate.of(entry).dated for entry in stored if entry.pk not in candidates
        ]
        texts[story] = texts[story][: cluster.TEXTS_OF_A_STORY]
    return texts
