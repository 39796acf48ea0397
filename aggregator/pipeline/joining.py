"""Join: which stories the entries belong to that are new or have new words.

Runs between ingesting and publishing, so that within one pass the order in which sources came
decides nothing. What it does is one transaction for some hundred entries; a pass that is killed
goes on from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from threading import Event
from urllib.parse import urlsplit

from aggregator.bengali.text import key_of_shown
from aggregator.dedupe import bands, stories
from aggregator.dedupe.bands import Bands, Probes
from aggregator.dedupe.remains import Remains
from aggregator.dedupe.similarity import Text
from aggregator.dedupe.stories import Told
from aggregator.models import Rules, Stored, Tie, TieKind
from aggregator.normalise import markup, urls
from aggregator.store.joining import Joining
from aggregator.store.store import Store

JoinProgress = Callable[[int], None]

# So many entries of so much text are one transaction: its commit then costs little, what is held is
# small, and a pass has seldom more, so that its order decides nothing.
_ENTRIES_TOGETHER = 2_000
_CHARACTERS_TOGETHER = 4_000_000
# What two texts are is told by less: no article of the samples is longer.
_CHARACTERS_COMPARED = 50_000
# The candidates with the most in common are compared; an entry that is part of a story has more in
# common with its entries than texts of one template, of which there can be a month's.
_CANDIDATES = 40
# So many minima of 26 are shared by what is nearly the same text.
_NEARLY_ALL = 16
# A site that sends nearly one text under so many headlines sends a wall or a notice.
_HEADLINES_OF_A_WALL = 3
# Of a story so many of the fullest texts say what it is about.
_TEXTS_OF_A_STORY = 6


def join_stories(
    store: Store,
    rules: Rules,
    stop: Event,
    now: datetime,
    progress: JoinProgress = lambda done: None,
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


@dataclass(frozen=True)
class Asking:
    """An entry as it is looked up and judged; each of it is made once it is asked for."""

    entry: Stored
    text: Text
    is_named: bool = True  # its address is its own: its source has not given it to others

    @classmethod
    def of(cls, entry: Stored) -> Asking:
        """Make one of an entry that has a text."""
        body = markup.text_of(entry.content_html)
        return cls(
            entry, Text(key_of_shown(entry.title), key_of_shown(body[:_CHARACTERS_COMPARED]))
        )

    @cached_property
    def address(self) -> str:
        """Give the canonical address, or nothing where it is a front page or none."""
        return urls.canonical(self.entry.link) if self.entry.link else ""

    @cached_property
    def site(self) -> str:
        """Give the host of the address, as all feeds of a paper have it; else the source."""
        return urlsplit(self.address).netloc or self.entry.source

    @cached_property
    def bands(self) -> Bands:
        """Give what it is found by."""
        is_its_own = self.is_named and not urls.is_front_page(self.address)
        return Bands.of(self.text, self.address if is_its_own else "")

    @cached_property
    def told(self) -> Told:
        """Give it as it is judged."""
        return Told(
            text=self.text,
            site=self.site,
            published=self.entry.published,
            is_dated=self.entry.is_dated,
        )

    def probes(self, rules: Rules, now: datetime) -> Probes:
        """Give what it is looked up by."""
        return self.bands.probes(self.entry.published, rules.window, now)


def _join(transaction: Joining, entries: Sequence[Stored], rules: Rules, now: datetime) -> None:
    asking = {one.pk: Asking.of(one) for one in entries if not one.is_purged}
    shared = transaction.nameless({one.address for one in asking.values()})
    for pk, one in asking.items():
        if (one.entry.source, one.address) in shared:
            asking[pk] = replace(one, is_named=False)
    stored = {pk: one.bands.stored(one.entry.published) for pk, one in asking.items()}
    purged = _purged_before(transaction, list(asking.values()))
    ties: list[Tie] = []
    if rules.joins:
        alive = [one for pk, one in asking.items() if pk not in purged]
        ties = _ties(transaction, alive, stored, rules, now)
    transaction.add_bands(stored)
    _merge(transaction, [one for one in ties if not {one.a, one.b} & purged], asking)
    transaction.mark_joined({one.pk: _characters(asking.get(one.pk)) for one in entries})
    transaction.purge(purged, now)


def _characters(asking: Asking | None) -> int:
    return len(asking.text.body) if asking else 0


# --- Finding and judging --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """What one entry shares with another: minima of their texts, their headline, their address."""

    shared: int = 0
    has_headline: bool = False
    has_address: bool = False


def candidates(probes: Probes, having: Mapping[int, Sequence[int]], own: int) -> dict[int, Found]:
    """Give the entries that share enough with one to be compared with it, by their numbers."""
    shared: Counter[int] = Counter()
    telling: set[int] = set()
    for band in probes.text:
        entries = having.get(band, ())
        shared.update(entries)
        if len(entries) <= bands.TELLING_ENTRIES:
            telling.update(entries)
    enough = sorted(
        (-count, pk)
        for pk, count in shared.items()
        if count >= bands.FEWEST_SHARED
        and pk != own
        and bands.is_enough(count, is_telling=pk in telling)
    )
    headline, address = (
        {pk for band in some for pk in having.get(band, ()) if pk != own}
        for some in (probes.headline, probes.address)
    )
    found = {pk for _, pk in enough[:_CANDIDATES]} | headline | address
    return {pk: Found(shared[pk], pk in headline, pk in address) for pk in found}


def _ties(
    transaction: Joining,
    asking: Sequence[Asking],
    stored: Mapping[int, Sequence[int]],
    rules: Rules,
    now: datetime,
) -> list[Tie]:
    """Find and judge what may be the same as the entries, and give the ties, the surest first.

    ``stored`` are the bands of the entries, which the index does not have yet.
    """
    probes = {one.entry.pk: one.probes(rules, now) for one in asking}
    having = transaction.sharing(band for one in probes.values() for band in one.all)
    for one in asking:
        for band in stored[one.entry.pk]:
            entries = having.setdefault(band, [])
            if one.entry.pk not in entries:
                entries.append(one.entry.pk)
    found = {pk: candidates(some, having, pk) for pk, some in probes.items()}
    known = {one.entry.pk: one for one in asking}
    others = {pk for some in found.values() for pk in some if pk not in known}
    known |= {one.pk: Asking.of(one) for one in transaction.stored(others) if not one.is_purged}
    ties = [tie for one in asking for tie in _tied(one, found[one.entry.pk], known, rules)]
    return sorted(ties, key=lambda one: (-one.jaccard, one.a, one.b))


def _tied(
    one: Asking, found: Mapping[int, Found], known: Mapping[int, Asking], rules: Rules
) -> Iterator[Tie]:
    near = {pk: known[pk] for pk in found if pk in known}
    is_column = stories.is_column(
        (other.site, other.entry.published)
        for other in (one, *(near[pk] for pk in near if found[pk].has_headline))
    )
    walls = _walls(one, found, near)
    for pk, other in near.items():
        verdict = stories.judge(
            one.told, other.told, rules.window, has_address=found[pk].has_address
        )
        is_wall = verdict.kind is TieKind.COPY and not walls.isdisjoint((one.site, other.site))
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


def _walls(one: Asking, found: Mapping[int, Found], near: Mapping[int, Asking]) -> frozenset[str]:
    """Give the sites that send nearly this text under many headlines: it is not what they tell."""
    headlines: dict[str, set[str]] = {one.site: {one.text.headline}}
    for pk, other in near.items():
        is_retitled = not stories.are_kin(one.text, other.text)
        if found[pk].shared >= _NEARLY_ALL and is_retitled:
            headlines.setdefault(other.site, set()).add(other.text.headline)
    return frozenset(site for site, some in headlines.items() if len(some) >= _HEADLINES_OF_A_WALL)


# --- Merging --------------------------------------------------------------------------------------


def _merge(transaction: Joining, ties: Sequence[Tie], asking: Mapping[int, Asking]) -> None:
    """Make stories one that ties connect, but for what only bridges two; remember the ties."""
    exact = transaction.ties_of(list(asking))
    pks = {pk for tie in (*exact, *ties) for pk in (tie.a, tie.b)}
    entries = {one.pk: one for one in transaction.stored(pks)}
    story_of = {pk: one.story for pk, one in entries.items() if not one.is_purged}
    fresh: dict[int, list[Text]] = {}
    for one in asking.values():
        fresh.setdefault(one.entry.story, []).append(one.text)
    texts: dict[int, list[Text]] = {}

    def texts_of(story: int) -> list[Text]:
        if story not in texts:
            stored = transaction.of_story(story, _TEXTS_OF_A_STORY)
            known = [Asking.of(one).text for one in stored if one.pk not in asking]
            texts[story] = [*fresh.get(story, ()), *known][:_TEXTS_OF_A_STORY]
        return texts[story]

    merged: dict[int, int] = {}

    def becomes(pk: int) -> int:
        story = story_of[pk]
        while story in merged:
            story = merged[story]
        return story

    kept = []
    for tie in (*exact, *ties):
        if tie.a not in story_of or tie.b not in story_of:
            continue
        low, high = sorted((becomes(tie.a), becomes(tie.b)))
        if low != high:
            both = texts_of(low), texts_of(high)
            if tie.kind is not TieKind.TEXT and stories.are_a_bridge(*both):
                continue
            merged[high] = low
            texts[low] = [*both[0], *both[1]][:_TEXTS_OF_A_STORY]
        kept.append(tie)
    transaction.add_ties(kept)
    transaction.merge({one: merged[one] for one in sorted(merged, reverse=True)})


# --- Tombstones -----------------------------------------------------------------------------------


def _purged_before(transaction: Joining, asking: Sequence[Asking]) -> set[int]:
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
        purged |= {one.entry.pk for one in found if len(headlines[one.site]) < _HEADLINES_OF_A_WALL}
    return purged


def _by_remains(transaction: Joining, asking: Sequence[Asking]) -> Iterator[Asking]:
    """Find the entries whose text is that of a tombstone."""
    probes = {one.entry.pk: one.bands.tombstone() for one in asking}
    having = transaction.sharing(band for some in probes.values() for band in some)
    for one in asking:
        found = {pk for band in probes[one.entry.pk] for pk in having.get(band, ())}
        left = Remains.of(one.text) if found else None
        for stone in transaction.stored(found):
            if stone.remains and left is not None and _is_purged(left, one, stone):
                yield one
                break


def _is_purged(left: Remains, one: Asking, stone: Stored) -> bool:
    """Judge an entry and a tombstone as if both had been published at once, by two sites."""
    if stone.content_key == one.entry.content_key:
        return True
    remains = Remains.read(stone.remains)
    if one.entry.is_known and not stories.are_kin(left, remains):
        return False
    at = one.entry.published
    told = Told(text=left, site="", published=at)
    other = Told(text=remains, site="purged", published=at)
    kind = stories.judge(told, other, bands.LONGEST_WINDOW).kind
    if kind is TieKind.HEADLINE:  # a longer text under a short headline is another's
        return not one.text.is_long and stories.is_telling(one.text.headline)
    return kind is not None


def leave_remains(transaction: Joining, entries: Sequence[Stored], rules: Rules) -> None:
    """Remember by what entries that are purged are known again.

    What a site sends under many headlines is a wall or a notice, and is not remembered.
    """
    asking = [Asking.of(one) for one in entries if not one.is_purged]
    for one in asking:
        probes = one.probes(rules, one.entry.published + rules.window)
        found = candidates(probes, transaction.sharing(probes.all), one.entry.pk)
        near = {near.pk: Asking.of(near) for near in transaction.stored(found)}
        if one.site not in _walls(one, found, near):
            transaction.add_bands({one.entry.pk: one.bands.tombstone()})
            transaction.add_remains({one.entry.pk: Remains.of(one.text).written()})
