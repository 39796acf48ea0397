"""Entries that are looked up together find what each finds that is looked up alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.models import DedupeRules, WaitingEntry
from aggregator.stories import sought_together
from aggregator.stories.candidates import Overlap, Sought
from aggregator.stories.signature import Signature
from aggregator.stories.sought_together import SoughtTogether
from tests.support.examples import examples
from tests.support.passes import NOW

RULES = DedupeRules()
# The pairs that are counted at once: one, a few, and all that there are.
PAIRS = [1, 40, 1_000_000]


def sought(pk: int, random: Random, hashes: int) -> Sought:
    """Make an entry whose minima are among ``hashes``, near others in time or far from them."""
    days = random.choice((0, 0, 1, 5, 20, 40, 70, 400))
    published = NOW - timedelta(days=days, seconds=random.randint(0, 99))
    entry = WaitingEntry(
        pk=pk,
        source="a",
        story=pk,
        published=published if random.random() < 0.97 else datetime(1965, 1, 2, tzinfo=UTC),
        is_dated=random.random() < 0.7,
        was_clustered=random.random() < 0.2,
        signed=None,
    )
    signature = Signature(
        text=tuple(random.sample(range(100, 130 + hashes), random.randint(0, 21))),
        headline=tuple(random.sample(range(4), random.randint(0, 1))),
        address=tuple(random.sample(range(10, 15), random.randint(0, 1))),
    )
    return Sought(entry, signature, "", 0)


def stored_entries(entries: Sequence[Sought], random: Random) -> dict[int, list[int]]:
    """Make an index of others, and of the earlier texts of those that were clustered before."""
    index: dict[int, set[int]] = {}
    earlier = [one for one in entries if one.entry.was_clustered and random.random() < 0.7]
    for pk in [one.entry.pk for one in earlier] + random.sample(range(500, 800), 40):
        same = [one for one in earlier if one.entry.pk == pk and random.random() < 0.7]
        for key in (same or [sought(pk, random, 50)])[0].index_keys():
            index.setdefault(key, set()).add(pk)
    return {key: sorted(pks) for key, pks in index.items()}


def found_one_by_one(
    entries: Sequence[Sought], stored: Mapping[int, Sequence[int]]
) -> dict[int, dict[int, Overlap]]:
    """Look entries up one after the other, in an index that they have all joined."""
    index = {key: list(pks) for key, pks in stored.items()}
    for one in entries:
        for key in one.index_keys():
            pks = index.setdefault(key, [])
            if not (one.entry.was_clustered and one.entry.pk in pks):
                pks.append(one.entry.pk)
    overlaps = {one.entry.pk: one.overlaps(one.lookup_keys(RULES, NOW), index) for one in entries}
    return {pk: of_one for pk, of_one in overlaps.items() if of_one}


@settings(max_examples=examples(150), deadline=None)
@given(st.integers(0, 100_000), st.sampled_from([0, 30, 100]), st.sampled_from(PAIRS))
def test_what_is_found_together_is_what_each_finds(seed: int, hashes: int, pairs: int) -> None:
    """The same keys, the same entries with as much in common, however many are counted at once."""
    random = Random(seed)
    pks = sorted(random.sample(range(1, 500), random.randint(1, 60)))
    entries = [sought(pk, random, hashes) for pk in pks]
    together = SoughtTogether(entries)
    lookups = together.lookups(RULES, NOW)
    keys = {key for one in entries for key in one.lookup_keys(RULES, NOW).all}
    assert lookups.distinct() == sorted(keys)
    rows = [(key, one.entry.pk) for one in entries for key in one.index_keys()]
    assert sorted(together.index_rows()) == sorted(rows)
    stored = {key: pks for key, pks in stored_entries(entries, random).items() if key in keys}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sought_together, "_PAIRS_TOGETHER", pairs)
        assert together.overlaps(lookups, stored) == found_one_by_one(entries, stored)


def test_no_entry_finds_nothing() -> None:
    """Where every entry was purged meanwhile, nothing is looked up."""
    together = SoughtTogether([])
    lookups = together.lookups(RULES, NOW)
    assert (lookups.distinct(), list(together.index_rows())) == ([], [])
    assert together.overlaps(lookups, {}) == {}
