"""Join: which stories the entries belong to that are new or have new words.

Runs between ingesting and publishing, so that within one pass the order in which sources came
decides nothing. What it does is one transaction for some hundred entries; a pass that is killed
goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Event

from aggregator.models import DedupeRules, StoryText, Tie, TieKind
from aggregator.pipeline.merging import merge
from aggregator.pipeline.tombstones import purged_before
from aggregator.store.joining import Joining
from aggregator.store.store import Store
from aggregator.stories import same_text
from aggregator.stories.candidates import Candidate, Overlap, candidates, walls

ClusterProgress = Callable[[int], None]

# So many entries of so much text are one transaction: its commit then costs little, what is held is
# small, and a pass has seldom more, so that its order decides nothing.
_ENTRIES_TOGETHER = 2_000
_CHARACTERS_TOGETHER = 4_000_000


def cluster_entries(
    store: Store,
    rules: DedupeRules,
    stop: Event,
    now: datetime,
    progress: ClusterProgress = lambda done: None,
) -> int:
    """Join as many entries as wait for it now, or until ``stop`` is set; count them.

    What comes meanwhile waits for the next time: a large dump that is being read keeps no feed from
    being published. ``progress`` is told of each commit: how many entries were joined by then.
    """
    with store.joining() as transaction:
        waiting = transaction.count_to_join()
    count = 0
    while count < waiting and not stop.is_set():
        with store.joining() as transaction:
            entries = transaction.to_join(_ENTRIES_TOGETHER, _CHARACTERS_TOGETHER)
            if entries:
                _join(transaction, entries, rules, now)
        if not entries:
            break
        count += len(entries)
        progress(count)
    return count


def _join(
    transaction: Joining, entries: Sequence[StoryText], rules: DedupeRules, now: datetime
) -> None:
    asking = {one.pk: Candidate.of(one) for one in entries if not one.is_purged}
    shared = transaction.nameless({one.address for one in asking.values()})
    for pk, one in asking.items():
        if (one.entry.source, one.address) in shared:
            asking[pk] = replace(one, is_named=False)
    stored = {pk: one.bands.stored(one.entry.published) for pk, one in asking.items()}
    purged = purged_before(transaction, list(asking.values()))
    ties: list[Tie] = []
    if rules.same_text:
        alive = [one for pk, one in asking.items() if pk not in purged]
        ties = _ties(transaction, alive, stored, rules, now)
    transaction.add_bands(stored)
    merge(transaction, [one for one in ties if not {one.a, one.b} & purged], asking)
    transaction.mark_joined({one.pk: _characters(asking.get(one.pk)) for one in entries})
    transaction.purge(purged, now)


def _characters(asking: Candidate | None) -> int:
    return len(asking.text.body) if asking else 0


def _ties(
    transaction: Joining,
    asking: Sequence[Candidate],
    stored: Mapping[int, Sequence[int]],
    rules: DedupeRules,
    now: datetime,
) -> list[Tie]:
    """Find and judge what may be the same as the entries, and give the ties, the surest first.

    ``stored`` are the bands of the entries; the index has those of known ones as they were.
    """
    probes = {one.entry.pk: one.probes(rules, now) for one in asking}
    having = transaction.sharing(band for one in probes.values() for band in one.all)
    for one in asking:
        for band in stored[one.entry.pk]:
            entries = having.setdefault(band, [])
            if not (one.entry.was_clustered and one.entry.pk in entries):
                entries.append(one.entry.pk)
    found = {pk: candidates(some, having, pk) for pk, some in probes.items()}
    known = {one.entry.pk: one for one in asking}
    others = {pk for some in found.values() for pk in some if pk not in known}
    known |= {one.pk: Candidate.of(one) for one in transaction.stored(others) if not one.is_purged}
    ties = [tie for one in asking for tie in _tied(one, found[one.entry.pk], known, rules)]
    return sorted(ties, key=lambda one: (-one.jaccard, one.a, one.b))


def _tied(
    one: Candidate, found: Mapping[int, Overlap], known: Mapping[int, Candidate], rules: DedupeRules
) -> Iterator[Tie]:
    near = {pk: known[pk] for pk in found if pk in known}
    is_column = same_text.is_column(
        (other.site, other.entry.published)
        for other in (one, *(near[pk] for pk in near if found[pk].has_headline))
    )
    behind_walls = walls(one, found, near)
    for pk, other in near.items():
        verdict = same_text.judge(
            one.told, other.told, rules.window, has_address=found[pk].has_address
        )
        is_wall = verdict.kind is TieKind.COPY and not behind_walls.isdisjoint(
            (one.site, other.site)
        )
        if verdict.kind is None or is_wall or (verdict.kind is TieKind.HEADLINE and is_column):
            continue
        low, high = sorted((one.entry.pk, pk))
        yield Tie(
            a=low,
            b=high,
            kind=verdict.kind,
            jaccard=round(verdict.similarity.jaccard, 3),
            containment=round(verdict.similarity.containment, 3),
        )
