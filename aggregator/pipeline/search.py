"""Search: the stories in which a person's words stand, of everything that is stored.

It only reads a snapshot, so any process asks it with a store of its own (``Store.beside``), while
the service writes. Knows how much may be asked at once; refuses to know how results are shown.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from aggregator.bengali.queries import search_query
from aggregator.errors import StoreError
from aggregator.models import (
    SEARCH_FORM,
    Config,
    FoundEntry,
    SearchHit,
    SearchOrder,
    SearchResults,
    SearchScope,
    StoryMember,
)
from aggregator.store.store import Store
from aggregator.store.unit import UnitOfWork
from aggregator.stories.representative import present

log = logging.getLogger(__name__)

A_PAGE = 20
# Nobody turns so many pages; what lies behind is asked for by further words.
MOST_SKIPPED = 1_000
MOST_ON_A_PAGE = 100
# Of 200 questions to 100,000 entries the slowest takes a tenth of it (docs/performance.md).
_MOST_SECONDS = 1.0
_EVERYWHERE = SearchScope()


def search(
    store: Store,
    config: Config,
    question: str,
    *,
    scope: SearchScope = _EVERYWHERE,
    order: SearchOrder = SearchOrder.NEWEST,
    skipped: int = 0,
    at_most: int = A_PAGE,
) -> SearchResults:
    """Return a page of the stories that a question finds, each once; any text is a question.

    ``skipped`` stories stand before the page. A story has the place of its entry that comes first.
    A damaged index finds nothing, and is made anew by the next pass. StoreError is that of the
    store as a whole.
    """
    query = search_query(question)
    if not query.wanted:
        return SearchResults(query=query)
    skipped, at_most = min(max(skipped, 0), MOST_SKIPPED), min(max(at_most, 1), MOST_ON_A_PAGE)
    try:
        with store.read() as unit:
            if not unit.search.is_current(SEARCH_FORM):
                return SearchResults(query=query, is_whole=False)
            found, is_in_time = unit.search.first_of_stories(
                query, scope, order, skipped + at_most + 1, _MOST_SECONDS
            )
            return SearchResults(
                query=query,
                hits=tuple(_hits(unit, config, found[skipped : skipped + at_most])),
                has_more=len(found) > skipped + at_most,
                is_whole=is_in_time and not unit.search.is_any_waiting(),
            )
    except StoreError as error:
        if not error.is_damage:
            raise
        log.warning("%s; the next pass makes it anew", error)
    with store.write() as unit:
        unit.search.forget_index()
    return SearchResults(query=query, is_whole=False)


def _hits(unit: UnitOfWork, config: Config, found: Sequence[FoundEntry]) -> list[SearchHit]:
    """Return what is shown of the stories of entries that were found, in their order."""
    priorities = {source.name: source.priority for source in config.sources}
    members = unit.stories.members((entry.story for entry in found), feed="")
    shown = {
        entry: _representative(members.get(entry.story, ()), priorities) or entry.pk
        for entry in found
    }
    entries = unit.entries.published({*shown.values(), *(entry.pk for entry in found)})
    return [
        SearchHit(story=entry.story, entry=text, published=entry.published)
        for entry, pk in shown.items()
        if (text := entries.get(pk) or entries.get(entry.pk)) is not None
    ]


def _representative(members: Sequence[StoryMember], priorities: Mapping[str, int]) -> int | None:
    """Choose whose text is shown, as feeds do that have every source and language."""
    presentation = present(
        members,
        feed="",
        sources=frozenset(member.source for member in members),
        languages=frozenset("*"),
        priorities=priorities,
    )
    return presentation.representative.pk if presentation else None
