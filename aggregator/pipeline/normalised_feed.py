"""The entries of a feed, normalised by what its document and its polls say of its clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.models import FetchState
from aggregator.normalise import draft as normalise
from aggregator.normalise.clock_skew import detect
from aggregator.pipeline.document import DocumentEntries
from aggregator.pipeline.normalised import Basis, Normalised


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalisedFeed:
    """The normalised entries of a feed, and when new ones last showed its clock's skew."""

    entries: Normalised
    clock_skew_confirmed: datetime | None


def normalised_on(basis: Basis, before: NormalisedFeed | None, state: FetchState) -> NormalisedFeed:
    """Return what is made of a feed by a snapshot of the store, of what was made ``before`` if any.

    ``state`` is as the source's last poll left it.
    """
    if before is not None and before.entries.is_of(basis):
        return replace(before, entries=replace(before.entries, basis=basis))
    skewed = with_clock_skew(state, basis.entries)
    return NormalisedFeed(
        entries=Normalised.of(basis, skewed.clock_skew),
        clock_skew_confirmed=skewed.clock_skew_confirmed,
    )


def with_clock_skew(state: FetchState, entries: DocumentEntries) -> FetchState:
    """Decide from a document as a whole whether its times are late by the source's own offset."""
    source, document = entries.source, entries.document
    times = [
        time for _, entry in entries.fresh() if (time := normalise.stated(entry, source, document))
    ]
    skew, confirmed = detect(
        times,
        fetched_at=document.acquired,
        timezone=source.timezone,
        skew=state.clock_skew,
        confirmed=state.clock_skew_confirmed,
    )
    return replace(state, clock_skew=skew, clock_skew_confirmed=confirmed)
