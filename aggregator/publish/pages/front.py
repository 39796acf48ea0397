"""The front page: the news, the top stories first, then all others by day. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from aggregator.models import EntryView, FeedView
from aggregator.publish import formats
from aggregator.publish.inert import with_whole_names, with_whole_texts
from aggregator.publish.pages import feed_page, layout, story
from aggregator.publish.view import NO_TIME, address_of

_TOP, _TOP_TODAY = "শীর্ষ খবর", "আজকের শীর্ষ খবর"


def render_front(
    view: FeedView, top: Sequence[EntryView], articles: Sequence[bytes] | None = None
) -> bytes:
    """Render the front page of a feed as the bytes of an HTML page.

    ``top`` are the top stories, the first of them the lead; they are not shown again below.
    ``articles`` are the view's entries as its feed's page has them, in order; without them they are
    rendered here. Where nothing is published, the feed has no name and the page leads to none.
    """
    if articles is None:
        articles = [story.render_entry(with_whole_texts(each)) for each in view.each()]
    view, top = with_whole_names(view), [with_whole_texts(each) for each in top]
    frame, latest = feed_page.frame_of(view), _below(view, top, articles)
    blocks = [_top(view, top)] if top else []
    blocks += [latest] if latest else []
    picture = story.story_of(top[0]).picture if top else None
    page = layout.Page(
        title=frame.title,
        description=view.spec.description,
        address=view.site.url,
        picture=picture.url if picture else "",
        part="news",
        is_front=True,
        updated=None if view.updated == NO_TIME else view.updated,
        alternates=feed_page.alternates_of(view) if view.spec.name else (),
    )
    return layout.render(
        "front",
        frame,
        page,
        blocks,
        feed=view.spec,
        address=address_of(view, formats.PREFERRED.suffix),
        top_heading=_heading(view, top) if top else "",
        is_empty=not latest,
        older=feed_page.older_of(view),
        topic_counts=Counter(entry.topic for entry in view.entries),
    )


def _below(view: FeedView, top: Sequence[EntryView], articles: Sequence[bytes]) -> bytes:
    """Return the stories that are no top story, under their days."""
    shown = {each.entry.id for each in top}
    kept = [
        (entry, article)
        for entry, article in zip(view.entries, articles, strict=True)
        if entry.id not in shown
    ]
    rest = replace(view, entries=tuple(entry for entry, _ in kept))
    return feed_page.by_day(rest, [story.at_level(each, 4) for _, each in kept], level=3)


def _top(view: FeedView, top: Sequence[EntryView]) -> bytes:
    """Return the top stories: the lead, then the others.

    Each has its day where that is not today, or alone known.
    """
    year = feed_page.year_of(view)
    articles: list[bytes] = []
    for each in top:
        shown = story.story_of(each) if articles else story.lead_of(each)
        has_clock = story.day_alone(each.entry, each.source_timezone) is None
        is_of_today = feed_page.day_of(each.entry, view) == view.today
        with_day = not (has_clock and is_of_today)
        time = story.time_of(each, with_day=with_day, today=view.today, year=year)
        articles.append(story.article(replace(shown, time=time)))
    lead, *more = articles
    others = (b'<div class="more">\n', *more, b"</div>\n") if more else ()
    return b"".join((lead, *others))


def _heading(view: FeedView, top: Sequence[EntryView]) -> str:
    """Return what the top stories are called; they are today's only where all of them are."""
    of_days = {feed_page.day_of(each.entry, view) for each in top}
    return _TOP_TODAY if of_days == {view.today} else _TOP
