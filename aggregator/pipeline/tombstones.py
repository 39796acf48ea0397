"""Tombstones: texts that were purged are known again, and what is not theirs is spared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aggregator.models import DedupeRules, StoryText, TieKind
from aggregator.store.joining import Joining
from aggregator.stories import same_text, signature
from aggregator.stories.candidates import HEADLINES_OF_A_WALL, Candidate, candidates, walls
from aggregator.stories.same_text import Dated
from aggregator.stories.tombstone import Tombstone


def purged_before(transaction: Joining, asking: Sequence[Candidate]) -> set[int]:
    """Find the entries whose text was purged: as it was, in an edited copy, or as an excerpt.

    An entry that is known, and that takes on the text, must have its headline, too: a site that
    puts one text before all of its entries would lose them. So would one that sends new ones: what
    a site has under three headlines is not what was purged.
    """
    exact = transaction.ties_of([one.entry.pk for one in asking])
    entries = transaction.stored(pk for tie in exact for pk in (tie.a, tie.b))
    gone = {one.pk for one in entries if one.is_purged}
    own = {one.entry.pk for one in asking}
    purged = {pk for tie in exact if {tie.a, tie.b} & gone for pk in (tie.a, tie.b)} & own - gone
    if transaction.has_remains():
        found = list(_by_remains(transaction, asking))
        headlines: dict[str, set[str]] = {}
        for one in found:
            headlines.setdefault(one.site, set()).add(one.text.headline)
        purged |= {one.entry.pk for one in found if len(headlines[one.site]) < HEADLINES_OF_A_WALL}
    return purged


def _by_remains(transaction: Joining, asking: Sequence[Candidate]) -> Iterator[Candidate]:
    """Find the entries whose text is that of a tombstone."""
    probes = {one.entry.pk: one.bands.tombstone() for one in asking}
    having = transaction.sharing(band for some in probes.values() for band in some)
    for one in asking:
        found = {pk for band in probes[one.entry.pk] for pk in having.get(band, ())}
        left = Tombstone.of(one.text) if found else None
        for stone in transaction.stored(found):
            if stone.tombstone and left is not None and _is_purged(left, one, stone):
                yield one
                break


def _is_purged(left: Tombstone, one: Candidate, stone: StoryText) -> bool:
    """Judge an entry and a tombstone as if both had been published at once, by two sites."""
    if stone.content_key == one.entry.content_key:
        return True
    remains = Tombstone.read(stone.tombstone)
    if one.entry.was_clustered and not same_text.are_kin(left, remains):
        return False
    at = one.entry.published
    told = Dated(text=left, site="", published=at)
    other = Dated(text=remains, site="purged", published=at)
    kind = same_text.judge(told, other, signature.LONGEST_WINDOW).kind
    if kind is TieKind.HEADLINE:  # a longer text under a short headline is another's
        return not one.text.is_long and same_text.is_telling(one.text.headline)
    return kind is not None


def leave_remains(transaction: Joining, entries: Sequence[StoryText], rules: DedupeRules) -> None:
    """Remember by what entries that are purged are known again.

    What a site sends under many headlines is a wall or a notice, and is not remembered.
    """
    asking = [Candidate.of(one) for one in entries if not one.is_purged]
    for one in asking:
        probes = one.probes(rules, one.entry.published + rules.window)
        found = candidates(probes, transaction.sharing(probes.all), one.entry.pk)
        near = {near.pk: Candidate.of(near) for near in transaction.stored(found)}
        if one.site not in walls(one, found, near):
            transaction.add_bands({one.entry.pk: one.bands.tombstone()})
            transaction.add_remains({one.entry.pk: Tombstone.of(one.text).written()})
