"""Search: the stories in which a person's words stand, of everything that is stored.

It only reads a snapshot, so any process asks it with a store of its own (``Store.beside``), while
the service writes. Knows how much may be asked at once; refuses to know how results are shown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from aggregator import markup
from aggregator.bengali.marks import excerpts, marked
from aggregator.bengali.queries import phrase_pattern, search_query
from aggregator.bengali.text import words
from aggregator.errors import IndexDamageError, StoreError
from aggregator.models import (
    KEYED_CHARACTERS,
    SEARCH_FORM,
    Config,
    FeedSpec,
    FoundEntry,
    IndexedText,
    Presentation,
    SearchHit,
    SearchOrder,
    SearchQuery,
    SearchResults,
    SearchScope,
    SearchTerm,
)
from aggregator.pipeline.index_texts import keys_of_texts
from aggregator.pipeline.select import EntryReader, entries_of
from aggregator.store.store import Store
from aggregator.store.unit import UnitOfWork
from aggregator.stories.representative import present

log = logging.getLogger(__name__)

A_PAGE = 20
# Nobody turns more pages; what lies behind is asked for by further words.
MOST_SKIPPED = 1_000
MOST_ON_A_PAGE = 100
# Of 200 questions to 100,000 entries the slowest takes a tenth of it (docs/performance.md).
_MOST_SECONDS = 1.0
_EVERYWHERE = SearchScope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Which of the stories that were found are wanted: some, behind those that are ``skipped``."""

    skipped: int = 0
    at_most: int = A_PAGE

    def bounded(self) -> Stretch:
        """Return as much of it as may be asked for at once."""
        return Stretch(
            skipped=min(max(self.skipped, 0), MOST_SKIPPED),
            at_most=min(max(self.at_most, 1), MOST_ON_A_PAGE),
        )


_FIRST_PAGE = Stretch()


def search(
    store: Store,
    config: Config,
    question: str,
    *,
    scope: SearchScope = _EVERYWHERE,
    order: SearchOrder = SearchOrder.NEWEST,
    stretch: Stretch = _FIRST_PAGE,
) -> SearchResults:
    """Return a page of the stories that a question finds, each once; any text is a question.

    The page is the ``stretch`` of them, within bounds. A story has the place of its entry that
    comes first. A damaged index finds nothing, and is made anew by the next pass. StoreError is
    that of the store as a whole.
    """
    asked = search_query(question)
    if not asked.wanted:
        return SearchResults(query=asked)
    bounds = stretch.bounded()
    end = bounds.skipped + bounds.at_most
    try:
        with store.read() as unit:
            if not unit.search.is_current(SEARCH_FORM):
                return SearchResults(query=asked, is_whole=False)
            query = unit.search.known(asked)
            check = partial(_are_right, query, scope) if _has_phrase(query) else None
            found = unit.search.first_of_stories(query, scope, order, end + 1, check, _MOST_SECONDS)
            here = found.entries[bounds.skipped : end]
            return SearchResults(
                query=query,
                hits=tuple(_hits(unit, config, query, scope, here)),
                count=found.count,
                is_counted=found.is_counted,
                has_more=found.count > end,
                is_whole=found.is_in_time and not unit.search.is_any_waiting(),
            )
    except IndexDamageError as error:
        _report_damage(store, error)
        return SearchResults(query=asked, is_whole=False)


def _report_damage(store: Store, damage: IndexDamageError) -> None:
    """Have the next pass make an index anew, unless another writes now: the next search tries."""
    try:
        is_known = store.write_at_once(lambda unit: unit.search.forget_index(damage.number))
    except StoreError as error:
        log.warning("%s; it cannot be made anew: %s", damage, error)
        return
    if is_known:
        log.warning("%s; the next pass makes it anew", damage)


def _has_phrase(query: SearchQuery) -> bool:
    """Tell whether more is to be seen in a text than which words it has."""
    terms = (*query.wanted, *query.excluded)
    return any(" " in one for term in terms for one in term.alternatives)


def _are_right(query: SearchQuery, scope: SearchScope, texts: Sequence[IndexedText]) -> list[bool]:
    """Tell which texts have every phrase that is looked for, and none that is to be absent."""
    wanted = [_in_texts(term) for term in query.wanted if term.is_exact]
    excluded = [_in_texts(term) for term in query.excluded if term.is_exact]
    return [
        all(has(parts) for has in wanted) and not any(has(parts) for has in excluded)
        for title, body in keys_of_texts(texts)
        for parts in [(title,) if scope.only_titles else (title, body)]
    ]


def _in_texts(term: SearchTerm) -> Callable[[Sequence[str]], bool]:
    """Return what tells whether one of some keys has a term that is to the letter."""
    patterns = [(f" {one} ", phrase_pattern(one)) for one in term.alternatives]
    return lambda keys: any(
        pattern.search(key) is not None and one in f" {' '.join(words(key))} "
        for one, pattern in patterns
        for key in keys
    )


def _hits(
    unit: UnitOfWork,
    config: Config,
    query: SearchQuery,
    scope: SearchScope,
    found: Sequence[FoundEntry],
) -> list[SearchHit]:
    """Return what is shown of the stories of entries that were found, in their order.

    A story is shown as a feed would show it that has the sources and languages of the scope, by
    what can be read of it.
    """
    sources = {source.name for source in config.sources}
    feed = FeedSpec(
        name="",
        title="",
        description="",
        sources=tuple(sorted(sources if scope.sources is None else sources & scope.sources)),
        limit=len(found),
        languages=("*",) if scope.languages is None else tuple(sorted(scope.languages)),
    )
    reader = EntryReader(unit)
    shown = _presented(reader, feed, config, found)
    entries = entries_of(reader, [story for _, story in shown], feed, config)
    titles = marked([entry.title for entry in entries], query.wanted)
    texts = (markup.text_of(entry.content_html)[:KEYED_CHARACTERS] for entry in entries)
    said = excerpts(list(texts), query.wanted)
    return [
        SearchHit(
            story=one.story, entry=entry, published=one.published, title=title, excerpt=excerpt
        )
        for (one, _), entry, title, excerpt in zip(shown, entries, titles, said, strict=True)
    ]


def _presented(
    reader: EntryReader, feed: FeedSpec, config: Config, found: Sequence[FoundEntry]
) -> list[tuple[FoundEntry, Presentation]]:
    """Return how a feed shows the stories of entries that were found, of what can be read."""
    priorities = {source.name: source.priority for source in config.sources}
    members = reader.unit.stories.members((one.story for one in found), feed.name)
    readable = reader.entries(member.pk for story in members.values() for member in story)
    presented = []
    for one in found:
        presentation = present(
            [member for member in members.get(one.story, ()) if member.pk in readable],
            feed=feed.name,
            sources=frozenset(feed.sources),
            languages=frozenset(feed.languages),
            priorities=priorities,
        )
        presented += [(one, presentation)] if presentation else []
    return presented
