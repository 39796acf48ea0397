"""Join: which stories the entries belong to that are new or have new words.

Runs between ingesting and publishing, so that within one pass the order in which sources came
decides nothing. What it does is one transaction for some hundred entries; a pass that is killed
goes on from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Event

from aggregator.dedupe import stories
from aggregator.dedupe.similarity import Text
from aggregator.dedupe.stories import Bands, Told
from aggregator.models import Rules, Stored, Tie, TieKind
from aggregator.normalise import markup
from aggregator.store.joining import Joining
from aggregator.store.store import Store

# So many entries are one transaction: its commit then costs little, and what is held is small.
_ENTRIES_TOGETHER = 400
# The candidates with the most in common are compared; an entry that is part of a story has more in
# common with its entries than texts that share some phrases.
_CANDIDATES = 12


def join_stories(store: Store, rules: Rules, stop: Event) -> int:
    """Join every entry that waits for it, until there is none or ``stop`` is set; count them."""
    count = 0
    while not stop.is_set():
        with store.joining() as transaction:
            entries = transaction.to_join(_ENTRIES_TOGETHER)
            if entries:
                _join(transaction, entries, rules)
        count += len(entries)
        if len(entries) < _ENTRIES_TOGETHER:
            break
    return count


@dataclass(frozen=True, slots=True)
class _Asking:
    """An entry that is being joined, and what it is found by."""

    entry: Stored
    text: Text
    bands: Bands

    def probes(self, rules: Rules) -> Bands:
        """Give the bands that entries within the window may have."""
        return self.bands.within(stories.eras_near(self.entry.published, rules.window))


def _join(transaction: Joining, entries: Sequence[Stored], rules: Rules) -> None:
    texts = {one.pk: text_of(one) for one in entries}
    if rules.joins:
        asking = [
            _Asking(one, texts[one.pk], stories.bands(texts[one.pk]))
            for one in entries
            if not one.is_purged
        ]
        transaction.add_bands(
            {
                one.entry.pk: one.bands.within((stories.era_of(one.entry.published),)).all
                for one in asking
            }
        )
        transaction.add_ties(_ties(transaction, asking, rules))
    pks = [one.pk for one in entries]
    transaction.merge(stories.joined(transaction.stories_tied(pks)))
    transaction.mark_joined({pk: len(text.body) for pk, text in texts.items()})


def text_of(entry: Stored) -> Text:
    """Give an entry's text ready to be compared."""
    return Text.of(entry.title, markup.text_of(entry.content_html) if entry.content_html else "")


def _ties(transaction: Joining, asking: Sequence[_Asking], rules: Rules) -> Iterator[Tie]:
    pairs = dict(_candidates(transaction, asking, rules))
    known = {one.entry.pk: (one.entry, one.text) for one in asking}
    others = {pk for pair in pairs for pk in pair if pk not in known}
    known |= {one.pk: (one, text_of(one)) for one in transaction.stored(others)}
    for (low, high), shared in pairs.items():
        (a, text_a), (b, text_b) = known[low], known[high]
        if a.is_purged or b.is_purged:
            if shared >= stories.SHARED_WITH_TOMBSTONE:
                yield Tie(a=low, b=high, kind=TieKind.COPY)
            continue
        verdict = stories.judge(_told(a, text_a), _told(b, text_b), rules.window)
        if verdict.kind is not None:
            found = verdict.similarity
            yield Tie(
                a=low,
                b=high,
                kind=verdict.kind,
                jaccard=round(found.jaccard, 3),
                containment=round(found.containment, 3),
            )


def _told(entry: Stored, text: Text) -> Told:
    return Told(text=text, source=entry.source, published=entry.published, is_dated=entry.is_dated)


def _candidates(
    transaction: Joining, asking: Sequence[_Asking], rules: Rules
) -> Iterator[tuple[tuple[int, int], int]]:
    """Give the pairs that are worth comparing, the smaller number first, and what they share."""
    probes = {one.entry.pk: one.probes(rules) for one in asking}
    rows = transaction.sharing(band for one in probes.values() for band in one.all)
    having: dict[int, list[int]] = {}
    for band, pk in rows:
        having.setdefault(band, []).append(pk)
    for own, looked_up in probes.items():
        for pk, shared in most_like(looked_up, having, own).items():
            yield (min(pk, own), max(pk, own)), shared


def most_like(probes: Bands, having: Mapping[int, Sequence[int]], own: int) -> Mapping[int, int]:
    """Give the entries that share enough with one to be compared with it: pk → shared bands."""
    shared = Counter(pk for band in probes.text for pk in having.get(band, ()) if pk != own)
    enough = sorted(
        ((count, pk) for pk, count in shared.items() if count >= stories.SHARED_MINIMA),
        key=lambda one: (-one[0], one[1]),
    )
    found = {pk: count for count, pk in enough[:_CANDIDATES]}
    for band in probes.headline:
        for pk in having.get(band, ()):
            if pk != own:
                found.setdefault(pk, 0)
    return found
