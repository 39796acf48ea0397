"""Ids that several sources send: which of them has one is decided by the configuration.

A dump has it before a feed, of feeds the one with the higher priority, then the one that stands
first, whoever was stored first; once an entry was published it keeps its id for good. So the same
ids come of one process, which stores sources in that order, and of several workers, which store
them as they answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.identity.ids import made_ids, usable_iri
from aggregator.models import Alias, AliasKind, Source
from aggregator.pipeline.document import DocumentEntries
from aggregator.store.unit import UnitOfWork


def take_over_ids(unit: UnitOfWork, entries: DocumentEntries, sources: Sequence[Source]) -> None:
    """Free the ids that a document is about to send and that a source of lower rank has.

    Those of entries that were never published, to which ids are given that are made for them, as if
    they had been stored second. ``sources`` are all, in the order of the configuration.
    """
    new = [
        mention
        for digest, (mention, _) in entries.parsed.items()
        if digest not in entries.unchanged
    ]
    wanted = {iri: mention.native_id for mention in new if (iri := usable_iri(mention.native_id))}
    holders = unit.shared_ids.holders(wanted) if wanted else []
    if not holders:
        return
    # As ``ingest`` stores them: dumps in their order, then feeds by their priority.
    dumps = [source for source in sources if source.dump is not None]
    feeds = [source for source in sources if source.dump is None]
    by_rank = [*dumps, *sorted(feeds, key=lambda source: -source.priority)]
    rank_of = {source.name: rank for rank, source in enumerate(by_rank)}
    own = entries.source.name
    named = unit.shared_ids.named({name for iri in wanted.items() for name in iri})
    for holder in holders:
        is_better = rank_of[own] < rank_of.get(holder.source, len(rank_of))
        forms = (holder.id, wanted[holder.id])
        founding = [name for name in forms if named.get((name, holder.source)) == holder.pk]
        is_new = not any((name, own) in named for name in forms)
        if is_better and is_new and founding:
            alias = Alias(AliasKind.NATIVE, founding[0])
            free = (
                made
                for made in made_ids(holder.source, alias, holder.content_key)
                if not unit.entries.taken_ids([made])
            )
            unit.shared_ids.rename(holder.pk, next(free))
