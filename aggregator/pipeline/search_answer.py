"""What a search is answered with: a page for people, or a feed of what is found, to subscribe to.

Joins the search and the formats. Knows what a site shows to people who search: stories of the
sources that its feeds show, in the languages that these show, and no more of a text than these do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.bengali.text import cut
from aggregator.local_days import local_day
from aggregator.models import (
    Config,
    ContentShown,
    FeedSpec,
    FeedView,
    MarkedText,
    SearchHit,
    SearchOrder,
    SearchResults,
    SearchScope,
)
from aggregator.pipeline.frame import frame_of
from aggregator.pipeline.search import Stretch, search
from aggregator.pipeline.select import with_content
from aggregator.publish.formats import FORMATS
from aggregator.publish.pages.layout import MEDIA_TYPE
from aggregator.publish.pages.search_page import render_search
from aggregator.publish.pages.story import SUMMARY_CHARACTERS
from aggregator.publish.search_address import A_PAGE, SEARCH, SearchAddress
from aggregator.publish.view import NO_TIME
from aggregator.store.store import Store

# A reader that asks once an hour misses nothing of what is found 50 times an hour.
_A_FEED = 50
_ANY_LANGUAGE = "*"
_FORMATS = {each.suffix: each for each in FORMATS}
_NOTHING_ASKED = "এতে খোঁজার মতো কোনো শব্দ নেই। ঠিকানায় q=শব্দ লিখুন।\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDocument:
    """An answer to a search; it ``is_understood`` unless the question has no word in it."""

    body: bytes
    media_type: str
    is_understood: bool = True


def search_document(
    store: Store, config: Config, asked: SearchAddress, suffix: str, now: datetime
) -> SearchDocument:
    """Search, and return what was found in the format of a suffix, or as the page for people.

    StoreError is that of the store as a whole.
    """
    if suffix in _FORMATS:
        return _feed(store, config, asked, suffix)
    return _page(store, config, asked, now)


def _feed(store: Store, config: Config, asked: SearchAddress, suffix: str) -> SearchDocument:
    """Return the newest stories that a search finds, whatever order and page are asked for."""
    asked = replace(asked, order=SearchOrder.NEWEST, page=1)
    results = _search(store, config, asked, _A_FEED)
    if not results.query.wanted:
        return SearchDocument(
            body=_NOTHING_ASKED.encode(), media_type="text/plain", is_understood=False
        )
    output = _FORMATS[suffix]
    body = output.render(_view(results, config, asked))
    return SearchDocument(body=body, media_type=output.media_type)


def _page(store: Store, config: Config, asked: SearchAddress, now: datetime) -> SearchDocument:
    """Return the page of a search, or of the field alone."""
    results = _search(store, config, asked, A_PAGE)
    view = _view(results, config, asked)
    today = local_day(now, config.site.timezone)
    return SearchDocument(
        body=render_search(view.frame, asked, results, list(view.each()), today, config.site.url),
        media_type=MEDIA_TYPE,
        is_understood=bool(results.query.wanted) or not asked.question,
    )


def _search(store: Store, config: Config, asked: SearchAddress, at_most: int) -> SearchResults:
    results = search(
        store,
        config,
        asked.question,
        scope=scope_of(config, asked),
        order=asked.order,
        stretch=Stretch(skipped=(asked.page - 1) * at_most, at_most=at_most),
    )
    return replace(results, hits=tuple(_limited(results.hits, config)))


def scope_of(config: Config, asked: SearchAddress) -> SearchScope:
    """Return what is looked through: what any feed of a site may show."""
    languages = {language for feed in config.feeds for language in feed.languages}
    return SearchScope(
        sources=frozenset(source for feed in config.feeds for source in feed.sources),
        languages=None if _ANY_LANGUAGE in languages else frozenset(languages),
        only_titles=asked.only_titles,
    )


def _limited(hits: Iterable[SearchHit], config: Config) -> Iterator[SearchHit]:
    """Yield what was found with as much of its text as some feed carries.

    What is searched says more than a summary, so that one that stands alone has no marks.
    """
    in_full = {
        source
        for feed in config.feeds
        if feed.content is ContentShown.FULL
        for source in feed.sources
    }
    for hit in hits:
        if hit.entry.source in in_full:
            yield hit
        else:
            entry = with_content(hit.entry, ContentShown.SUMMARY, {})
            excerpt = MarkedText(text=cut(entry.summary, SUMMARY_CHARACTERS))
            yield replace(hit, entry=entry, excerpt=excerpt)


def _view(results: SearchResults, config: Config, asked: SearchAddress) -> FeedView:
    """Return what was found as a feed."""
    question = asked.heading
    entries = tuple(hit.entry for hit in results.hits)
    return FeedView(
        spec=FeedSpec(
            name=SEARCH,
            title=f"‘{question}’: খবর",
            description=f"‘{question}’ নিয়ে নতুন খবর",
            sources=tuple(source.name for source in config.sources),
            limit=_A_FEED,
            languages=(_ANY_LANGUAGE,),
        ),
        site=config.site,
        frame=frame_of(config),
        entries=entries,
        sources={source.name: source for source in config.sources},
        updated=max((entry.updated for entry in entries), default=NO_TIME),
        query=asked.query,
    )
