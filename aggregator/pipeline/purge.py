"""Purge: take texts away for good, so that they never return, whoever sends them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import timedelta

from aggregator.models import DedupeRules, StoryText, Tie
from aggregator.pipeline.find import MOST_ENTRIES, find_entries
from aggregator.pipeline.index_texts import forget_purged, rewrite_index
from aggregator.pipeline.run import Clock
from aggregator.pipeline.texts import Texts
from aggregator.store.store import Store
from aggregator.store.unit import UnitOfWork
from aggregator.stories import tombstone
from aggregator.stories.candidates import Candidate, Sought
from aggregator.stories.signature import EARLIER_TOMBSTONES

# The stories of one commit: a service that runs waits for no more than that.
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
            forget_purged(unit)
            unit.requests.permit_loss()
            unit.requests.request_publishing()
    rewrite_index(store)
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
            if pks:
                forget_purged(unit)
            unit.requests.permit_loss()
            unit.requests.request_publishing()
        count += len(pks)
        if not stories:
            break
    rewrite_index(store)
    store.give_back()
    return count


def _leave_tombstones(unit: UnitOfWork, entries: Sequence[StoryText], rules: DedupeRules) -> None:
    """Remember what recognises the texts of entries that are about to be purged.

    A site's notice is not remembered: it would purge whatever the site sends next.
    """
    texts = Texts(unit)
    for pk, candidate in texts.read(entry.pk for entry in entries).items():
        sought = candidate.sought()
        keys = sought.lookup_keys(rules, candidate.entry.published + rules.window)
        overlap_of = sought.overlaps(keys, unit.index.sharing(keys.all))
        if candidate.site not in candidate.notice_sites(overlap_of, texts.read(overlap_of)):
            unit.index.add([(key, pk) for key in sought.signature.tombstone_keys()])
            unit.stories.add_tombstones({pk: tombstone.Tombstone.of(candidate.text).write()})


def find_purged(
    unit: UnitOfWork, sought: Mapping[int, Sought], exact: Sequence[Tie], texts: Texts
) -> set[int]:
    """Return the entries, by number, that carry a text which was purged.

    ``exact`` are the ties of identical texts that the entries have.
    """
    purged: set[int] = set()
    if exact:
        known = unit.stories.purged_of(pk for tie in exact for pk in (tie.a, tie.b))
        purged = tombstone.tied_to_purged(exact, known, set(sought))
    if unit.stories.has_tombstones():
        purged |= tombstone.without_notices(_carriers(unit, sought, texts))
    return purged


def _carriers(
    unit: UnitOfWork, sought: Mapping[int, Sought], texts: Texts
) -> Iterator[tuple[Candidate, Set[int]]]:
    """Find the entries whose text is that of tombstones, with the numbers of these entries."""
    keys = {pk: one.signature.tombstone_keys() for pk, one in sought.items()}
    if unit.index.has_any(EARLIER_TOMBSTONES):
        for pk, candidate in texts.read(sought).items():
            keys[pk] += sought[pk].signature.earlier_tombstone_keys(candidate.text)
    index = unit.index.sharing(key for keys_of_one in keys.values() for key in keys_of_one)
    found = {
        pk: pks
        for pk, keys_of_one in keys.items()
        if (pks := {other for key in keys_of_one for other in index.get(key, ())})
    }
    for pk, candidate in texts.read(found).items():
        stones = [entry for entry in unit.stories.texts(found[pk]) if entry.tombstone]
        if stones:
            text = tombstone.Tombstone.of(candidate.text)
            carried = {stone.pk for stone in stones if tombstone.carries(candidate, text, stone)}
            if carried:
                yield candidate, carried
