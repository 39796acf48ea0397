"""What a source prints around its texts: learnt of a document and of the entries before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aggregator.models import Decision, Headline, New, Source
from aggregator.normalise import draft as normalise
from aggregator.normalise import recurrence
from aggregator.normalise.texts import SiteTexts
from aggregator.store.unit import UnitOfWork

# A headline, and what is counted of its entry.
Counted = tuple[str, frozenset[int]]


def known_lines(unit: UnitOfWork, source: Source) -> Mapping[int, int]:
    """Return what recurs in the entries of a source that were counted: line → entries.

    Of a dump only the titles are asked: the records of a collection are of many sites.
    """
    if not source.address:
        return {}
    return unit.dumps.recurring_lines(source.name, recurrence.LEAST_ENTRIES)


def counted_of(source: Source, fresh: Iterable[normalise.Prepared]) -> dict[str, Counted]:
    """Return what is counted of a document's new or changed entries, by digest."""
    if not source.address:
        return {}
    return {
        entry.mention.digest: (entry.sent.title.text, entry.sent.fingerprints) for entry in fresh
    }


def site_texts(
    headlines: Iterable[Headline | None],
    counted: Mapping[str, Counted],
    known: Mapping[int, int],
) -> SiteTexts:
    """Return what is known of the boilerplate of a document's source, this document included.

    ``headlines`` are those of all its entries; ``known`` counts earlier ones.
    """
    return SiteTexts(
        names=normalise.glued_names_of(headlines, known),
        recurring=recurrence.learn(counted.values(), known),
    )


def count_lines(
    unit: UnitOfWork,
    source: Source,
    decisions: Sequence[Decision],
    counted: Mapping[str, Counted],
) -> None:
    """Count the lines of new entries: each entry once, and texts of one headline once.

    A known entry that changes was counted when it was new.
    """
    if not source.address:
        return
    lines = dict(counted[each.draft.digest] for each in decisions if isinstance(each, New))
    if lines:
        unit.dumps.count_entries(source.name, list(lines.values()))
