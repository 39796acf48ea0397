"""What a source prints around its texts: learnt of a document and of the entries before it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from aggregator.models import Decision, Headline, New, Source
from aggregator.normalise import draft as normalise
from aggregator.normalise import recurrence
from aggregator.normalise.texts import SiteTexts
from aggregator.store.unit import UnitOfWork


def site_texts(
    unit: UnitOfWork,
    source: Source,
    headlines: Iterable[Headline | None],
    fresh: Collection[normalise.Prepared],
) -> SiteTexts:
    """Return what is known of the boilerplate of a document's source, this document included.

    ``headlines`` are those of all its entries, ``fresh`` are its new or changed ones. Of a dump
    only the titles are asked: the records of a collection are of many sites.
    """
    known: Mapping[int, int] = {}
    counted: list[tuple[str, frozenset[int]]] = []
    if source.address:
        known = unit.dumps.recurring_lines(source.name, recurrence.LEAST_ENTRIES)
        counted = [(entry.sent.title.text, entry.sent.fingerprints) for entry in fresh]
    return SiteTexts(
        names=normalise.glued_names_of(headlines, known),
        recurring=recurrence.learn(counted, known),
    )


def count_lines(
    unit: UnitOfWork,
    source: Source,
    decisions: Sequence[Decision],
    fresh: Mapping[str, normalise.Prepared],
) -> None:
    """Count the lines of new entries: each entry once, and texts of one headline once.

    A known entry that changes was counted when it was new.
    """
    if not source.address:
        return
    prepared = [fresh[decision.draft.digest] for decision in decisions if isinstance(decision, New)]
    lines = {entry.sent.title.text: entry.sent.fingerprints for entry in prepared}
    if lines:
        unit.dumps.count_entries(source.name, list(lines.values()))
