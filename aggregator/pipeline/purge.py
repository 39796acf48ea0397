"""Purge: take texts away for good, so that they never return."""

from __future__ import annotations

from datetime import timedelta

from aggregator.models import DedupeRules
from aggregator.pipeline.document import Clock
from aggregator.pipeline.explain import MOST_ENTRIES, find
from aggregator.pipeline.tombstones import leave_remains
from aggregator.store.store import Store

# So many stories are one transaction: a service that runs waits for no more than that.
_STORIES_TOGETHER = 5_000


def purge(store: Store, question: str, rules: DedupeRules, clock: Clock) -> list[str]:
    """Purge the stories of the entries that are asked for, and give the ids of those entries.

    Where more are meant than a person can have looked at, none is. What is left of the texts is
    enough to know them again, whoever sends them, edited or excerpted.
    """
    with store.looking(writes=True) as (looking, reading, joining):
        pks = find(looking, question, is_whole=True)
        ids = [reading.waiting(pk).id for pk in pks]
        if pks and len(pks) <= MOST_ENTRIES:
            stories = list(reading.stories_of(pks).values())
            entries = joining.stored(looking.entries_of(stories))
            leave_remains(joining, entries, rules)
            joining.purge([one.pk for one in entries], clock())
            looking.ask("publish")
    store.forget_deleted()
    return ids


def purge_older(store: Store, age: timedelta, clock: Clock) -> int:
    """Purge the stories all of whose entries are older than an age, and count the entries.

    They are known again by their ids, addresses and whole texts; that is enough for what is old.
    """
    count = 0
    while True:
        with store.looking(writes=True) as (looking, _, joining):
            stories = looking.stories_before(clock() - age, _STORIES_TOGETHER)
            pks = looking.entries_of(stories)
            joining.purge(pks, clock())
            looking.ask("publish")
        count += len(pks)
        if not stories:
            break
    store.forget_deleted()
    return count
