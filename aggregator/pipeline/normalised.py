"""What is made of a document's entries before the writer's turn: drafts, and their signatures.

One writer at a time stores, of however many processes, and what it does in its turn the others wait
for. So a document is normalised by a snapshot of the store (``Basis``), which is read again within
the turn: where it is another one by then, what was made is made anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from aggregator.models import Draft, Rejected, SignedText
from aggregator.normalise import draft as normalise
from aggregator.pipeline.document import DocumentEntries
from aggregator.pipeline.sign import signed_drafts
from aggregator.pipeline.site_texts import Counted, counted_of, known_lines, site_texts
from aggregator.store.unit import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What of the store a document's drafts are made of.

    ``entries`` are looked up, so that those that are stored unchanged are known. ``lines`` counts
    what recurs in earlier entries of the source.
    """

    entries: DocumentEntries
    lines: Mapping[int, int]

    @classmethod
    def of(cls, unit: UnitOfWork, entries: DocumentEntries) -> Basis:
        """Read it for entries as they were sent."""
        looked_up = entries.looked_up(unit)
        lines = known_lines(unit, entries.source) if looked_up.fresh() else {}
        return cls(entries=looked_up, lines=lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalised:
    """The entries of a document that are new or changed, normalised, each by its digest.

    ``clock_skew`` was subtracted from the times that their source states. ``counted`` is what is
    counted of each to learn what recurs, and ``signed`` is what each text is looked up by. The
    texts as they were sent are not kept, as several documents wait for one turn.
    """

    basis: Basis
    clock_skew: timedelta
    results: Mapping[str, Draft | Rejected]
    counted: Mapping[str, Counted]
    signed: Mapping[str, SignedText]

    @classmethod
    def of(cls, basis: Basis, clock_skew: timedelta = timedelta(0)) -> Normalised:
        """Normalise what is new or changed by a snapshot of the store."""
        return cls.of_prepared(basis, prepared_of(basis.entries), clock_skew)

    @classmethod
    def of_prepared(
        cls, basis: Basis, fresh: list[normalise.Prepared], clock_skew: timedelta
    ) -> Normalised:
        """Normalise what is new or changed, whose texts are read already."""
        entries = basis.entries
        counted = counted_of(entries.source, fresh)
        results: dict[str, Draft | Rejected] = {}
        if fresh:
            site = site_texts(entries.every_headline(), counted, basis.lines)
            made = normalise.drafts_of(fresh, entries.source, entries.document, clock_skew, site)
            digests = [prepared.mention.digest for prepared in fresh]
            results = dict(zip(digests, made, strict=True))
        drafts = [each for each in results.values() if isinstance(each, Draft)]
        return cls(
            basis=basis,
            clock_skew=clock_skew,
            results=results,
            counted=counted,
            signed=signed_drafts(drafts),
        )

    def is_of(self, basis: Basis) -> bool:
        """Tell whether the same would be made of what the store has now."""
        unchanged, now = self.basis.entries.unchanged.keys(), basis.entries.unchanged.keys()
        return unchanged == now and self.basis.lines == basis.lines

    def on(self, basis: Basis, clock_skew: timedelta = timedelta(0)) -> Normalised:
        """Return what is made of what the store has now, which nearly always is this."""
        if clock_skew != self.clock_skew:
            return Normalised.of(basis, clock_skew)
        if self.is_of(basis):
            return replace(self, basis=basis)
        unchanged = basis.entries.unchanged
        if (
            basis.entries.source.address
            or not self.basis.entries.unchanged.keys() <= unchanged.keys()
        ):
            return Normalised.of(basis, clock_skew)
        # Of a dump nothing is learnt of one entry for the others, and the file before this one may
        # have held the same ones.
        results = {digest: made for digest, made in self.results.items() if digest not in unchanged}
        return replace(self, basis=basis, results=results)

    def drafts(self) -> dict[str, Draft]:
        """Return the drafts of what can be shown, by digest."""
        return {digest: made for digest, made in self.results.items() if isinstance(made, Draft)}

    def rejected(self) -> list[Rejected]:
        """Return everything of the document that cannot be used."""
        made = [each for each in self.results.values() if isinstance(each, Rejected)]
        return [*self.basis.entries.rejected, *made]


def prepared_of(entries: DocumentEntries) -> list[normalise.Prepared]:
    """Read the texts of the entries that are new or changed."""
    return normalise.prepared(entries.fresh(), entries.document)
