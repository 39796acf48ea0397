"""The front page: the news of the first feed, and above them the top stories.

Knows of which feeds it is made and which stories are at the top. It is made of what these feeds
show in place, so that nothing stands on it that no feed has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from aggregator.models import (
    Config,
    EntryView,
    FeedOrder,
    FeedReport,
    FeedSpec,
    FeedView,
    Source,
    Standing,
)
from aggregator.pipeline.frame import frame_of, named_day, today
from aggregator.pipeline.put import Put, put_of_all
from aggregator.pipeline.run import Run
from aggregator.pipeline.standings import is_current
from aggregator.publish import folder
from aggregator.publish.rendered import FRONT, digest_of, digest_of_entry, entries_by_digest, on_day
from aggregator.publish.view import NO_TIME
from aggregator.stories.rank import Report, happening_of, paper_of_each

# One that leads and four beside it, as the page is drawn.
_MOST_TOP = 5
# What one paper reports is no top story, however new it is.
_LEAST_PAPERS = 2
# Yesterday's top stories are no news of today.
_TOP_SPAN = timedelta(days=1)


def left_as_they_stand(config: Config, standings: Mapping[str, Standing]) -> set[str]:
    """Return which feeds are not selected, as nothing that they can show has changed.

    Where the front page is to be made anew, each of its feeds is selected.
    """
    left = {feed.name for feed in config.feeds if is_current(standings.get(feed.name))}
    of_front = {feed.name for feed in _feeds(config)}
    if FRONT not in standings or not of_front <= left:
        left -= of_front
    return left


def put_front(
    run: Run, views: Mapping[str, FeedView], standing: Standing | None, fingerprint: str
) -> Put:
    """Publish the front page of feeds as they are in place now; ``views`` are those selected.

    It is left as it stands where the feed of the news is not in place, and where none was selected.
    Where only the feed by papers is not, as it can be held back for days, it does without that.
    """
    feeds = _feeds(run.config)
    if (feeds and feeds[0].name not in views) or (not feeds and standing is not None):
        return Put(report=FeedReport(feed=FRONT, entries=0))
    view = views[feeds[0].name] if feeds else _without_feeds(run.config)
    top = _top(view, views.get(feeds[-1].name, view), run.config) if feeds else []
    shown = [*view.entries, *(each.entry for each in top)]
    day = named_day(shown, today(run), run.config.site.timezone)
    view = replace(_without(_newest_first(view), top), today=day)
    view_of = entries_by_digest(view)
    digest = digest_of(view, [*view_of, "", *map(digest_of_entry, top)])
    if standing is not None and standing.digest == digest:
        return Put(report=FeedReport(feed=FRONT, entries=0))
    document = folder.front_document(view, top, view_of, run.rendered)
    return put_of_all(run.config, FRONT, [document], on_day(fingerprint, day), digest)


def _feeds(config: Config) -> tuple[FeedSpec, ...]:
    """Return the feed of the news, then the first by what most papers report, if there is one."""
    first = config.feeds[:1]
    tops = [feed for feed in config.feeds if feed.order is FeedOrder.TOP]
    return first if first == tuple(tops[:1]) else (*first, *tops[:1])


def _top(view: FeedView, by_papers: FeedView, config: Config) -> list[EntryView]:
    """Return the top stories: of the feed by papers, else what most papers of the news report."""
    if by_papers.spec.order is FeedOrder.TOP:
        return first_of_events(by_papers.each())
    return first_of_events(most_reported(tuple(view.each()), config.sources))


def first_of_events(entries: Iterable[EntryView]) -> list[EntryView]:
    """Return the first entries of which no two tell of one event, as many as are at the top.

    They do where they name each other, or both name a third.
    """
    first: list[EntryView] = []
    told: set[str] = set()
    for each in entries:
        named = {*_addresses(each), *(related.link for related in each.entry.related)}
        if told.isdisjoint(named):
            first.append(each)
            told |= named
        if len(first) == _MOST_TOP:
            break
    return first


def most_reported(entries: Sequence[EntryView], sources: Sequence[Source]) -> list[EntryView]:
    """Return the stories of a day that two papers at least report, those of most papers first.

    The papers are those that an entry names. They are in the order of feeds by papers.
    """
    if not entries:
        return []
    paper_of = paper_of_each(sources)
    priority_of = {source.name: source.priority for source in sources}
    since = max(each.entry.published for each in entries) - _TOP_SPAN
    places = []
    for each in entries:
        own = Report(source=each.source, published=each.entry.published)
        named = [
            Report(source=related.source, published=related.published or each.entry.published)
            for related, _ in each.related
        ]
        happening = happening_of([own, *named], paper_of, priority_of)
        if len(happening.papers) >= _LEAST_PAPERS and each.entry.published >= since:
            paper = paper_of.get(each.source, each.source)
            placed = happening.placed_as(paper, each.entry.published)
            places.append((placed, each.entry.id, each))
    places.sort(key=lambda place: (-place[0].timestamp(), place[1]))
    return [each for _, _, each in places]


def _newest_first(view: FeedView) -> FeedView:
    """Return a feed by papers in the order of its days, as the page groups entries by them."""
    if view.spec.order is not FeedOrder.TOP:
        return view
    entries = sorted(view.entries, key=lambda entry: (-entry.published.timestamp(), entry.id))
    return replace(view, entries=tuple(entries))


def _without(view: FeedView, top: Sequence[EntryView]) -> FeedView:
    """Return the news without the top stories that it has under other ids.

    Each feed keeps the id and the text that it has of a story, so a story is known by the addresses
    of its text.
    """
    ids = {each.entry.id for each in top}
    told = {address for each in top for address in _addresses(each)}
    entries = [
        each.entry
        for each in view.each()
        if each.entry.id in ids or told.isdisjoint(_addresses(each))
    ]
    return replace(view, entries=tuple(entries))


def _addresses(view: EntryView) -> list[str]:
    """Return the addresses under which a text is published, its own page where it has no other."""
    same = (related.link for related in view.entry.related if related.is_same_text)
    return [address for address in (view.address, *same) if address]


def _without_feeds(config: Config) -> FeedView:
    """Return the news of a configuration that publishes no feed."""
    site = config.site
    spec = FeedSpec(
        name="", title=site.title, description=site.title, sources=(), limit=0, languages=()
    )
    return FeedView(
        spec=spec, site=site, entries=(), sources={}, updated=NO_TIME, frame=frame_of(config)
    )
