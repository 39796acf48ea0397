"""Purge: take texts away for good, so that they never return, whoever sends them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from datetime import timedelta

from aggregator.models import DedupeRules, StoryText
from aggregator.pipeline.find import MOST_ENTRIES, find_entries
from aggregator.pipeline.run import Clock
from aggregator.store.store import Store
from aggregator.store.unit import UnitOfWork
from aggregator.stories import tombstone
from aggregator.stories.candidates import Candidate

# So many stories are one commit: a service that runs waits for no more than that.
_STORIES_TOGETHER = 5_000


def purge(store: Store, question: str, rules: DedupeRules, clock: Clock) -> list[str]:
    """Purge the stories of the entries that a question asks for; return the ids of those entries.

    Where more entries are meant than a person can have looked at, none is purged. A tombstone of
    each text stays, which recognises it in an edited copy and as an excerpt, too.
    """
    with store.write() as unit:
        pks = find_entries(unit, question, is_whole=True)
        ids = [unit.stories.member(pk).id for pk in pks]
        if pks and len(pks) <= MOST_ENTRIES:
            stories = list(unit.stories.stories_of(pks).values())
            entries = unit.stories.texts(unit.lookup.entries_of(stories))
            _leave_tombstones(unit, entries, rules)
            unit.stories.purge([entry.pk for entry in entries], clock())
            unit.feeds.request_publishing()
    store.give_back()
    return ids


def purge_older(store: Store, age: timedelta, clock: Clock) -> int:
    """Purge the stories all of whose entries are older than an age, and count the entries.

    Their ids, addresses and whole texts recognise them, which is enough for what is old.
    """
    count = 0
    while True:
        with store.write() as unit:
            stories = unit.lookup.stories_before(clock() - age, _STORIES_TOGETHER)
            pks = unit.lookup.entries_of(stories)
            unit.stories.purge(pks, clock())
            unit.feeds.request_publishing()
        count += len(pks)
        if not stories:
            break
    store.give_back()
    return count


def _leave_tombstones(unit: UnitOfWork, entries: Sequence[StoryText], rules: DedupeRules) -> None:
    """Remember what recognises the texts of entries that are about to be purged.

    A site's notice is not remembered: it would purge whatever the site sends next.
    """
    for candidate in [Candidate.of(entry) for entry in entries if not entry.is_purged]:
        pk = candidate.entry.pk
        keys = candidate.lookup_keys(rules, candidate.entry.published + rules.window)
        overlap_of = candidate.overlaps(keys, unit.stories.sharing(keys.all))
        near = {entry.pk: Candidate.of(entry) for entry in unit.stories.texts(overlap_of)}
        if candidate.site not in candidate.notice_sites(overlap_of, near):
            unit.stories.add_lookup_keys({pk: candidate.signature.tombstone_keys()})
            unit.stories.add_tombstones({pk: tombstone.Tombstone.of(candidate.text).write()})


def find_purged(unit: UnitOfWork, candidates: Sequence[Candidate]) -> set[int]:
    """Return the candidates, by number, that carry a text which was purged."""
    own = {candidate.entry.pk for candidate in candidates}
    exact = unit.stories.ties_of([candidate.entry.pk for candidate in candidates])
    tied = unit.stories.texts(pk for tie in exact for pk in (tie.a, tie.b))
    purged = tombstone.tied_to_purged(exact, {entry.pk for entry in tied if entry.is_purged}, own)
    if unit.stories.has_tombstones():
        purged |= tombstone.without_notices(_carriers(unit, candidates))
    return purged


def _carriers(
    unit: UnitOfWork, candidates: Sequence[Candidate]
) -> Iterator[tuple[Candidate, Set[int]]]:
    """Find the candidates whose text is that of tombstones, with the numbers of these entries."""
    keys = [candidate.signature.tombstone_keys() for candidate in candidates]
    index = unit.stories.sharing(key for keys_of_one in keys for key in keys_of_one)
    for candidate, keys_of_one in zip(candidates, keys, strict=True):
        pks = {pk for key in keys_of_one for pk in index.get(key, ())}
        stones = [entry for entry in unit.stories.texts(pks) if entry.tombstone]
        if stones:
            text = tombstone.Tombstone.of(candidate.text)
            carried = {stone.pk for stone in stones if tombstone.carries(candidate, text, stone)}
            if carried:
                yield candidate, carried
