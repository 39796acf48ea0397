"""The page of a feed, and its older pages, each of which shows one archive document. Pure.

An older page shows no lists of feeds, topics and sources, but leads to those of the front page: it
stays as it is, and would lead to feeds that are gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from aggregator.models import Entry, FeedOrder, FeedView, Frame
from aggregator.publish import formats
from aggregator.publish.archive_names import document_name
from aggregator.publish.format import Format
from aggregator.publish.inert import with_whole_names, with_whole_texts
from aggregator.publish.pages import days, layout, story
from aggregator.publish.view import NO_TIME, address_of

_SUFFIX = "html"


def frame_of(view: FeedView) -> Frame:
    """Return the frame of a feed's pages; without one, what is round them is of the site alone."""
    if view.frame.title:
        return view.frame
    site = view.site
    return replace(view.frame, title=site.title, language=site.language, timezone=site.timezone)


def by_day(view: FeedView, articles: Sequence[bytes], *, level: int) -> bytes:
    """Return the articles of a view's entries under the days that they are of, the newest first.

    The days have headings of a level, the articles below them.
    """
    year, of_day = year_of(view), dict[date, list[bytes]]()
    for entry, article in zip(view.entries, articles, strict=True):
        of_day.setdefault(day_of(entry, view), []).append(article)
    parts = []
    for day in sorted(of_day, reverse=True):
        name = days.heading(day, today=view.today, year=year)
        heading = f'<section class="day">\n<h{level}>{name}</h{level}>\n'
        parts += [heading.encode(), *of_day[day], b"</section>\n"]
    return story.without_marks(b"".join(parts))


def day_of(entry: Entry, view: FeedView) -> date:
    """Return the day that an entry is of: the one that its source stated, else the site's."""
    stated = story.day_alone(entry, view.sources[entry.source].timezone)
    return stated or days.local_day(entry.published, view.site.timezone)


def year_of(view: FeedView) -> int | None:
    """Return the year that a page does not write; an older page, which stays, writes each."""
    if view.archive is not None:
        return None
    return (view.today or days.local_day(view.updated, view.site.timezone)).year


def alternates_of(view: FeedView) -> tuple[layout.Alternate, ...]:
    """Return where a feed is to be had in each format, the preferred one first."""
    return layout.alternates(view.spec.title, view.spec.name)


def older_of(view: FeedView) -> str:
    """Return the name of the file of the page before this one, empty where there is none."""
    return "" if view.prev_archive is None else _name(view, view.prev_archive)


def _join(view: FeedView, entries: Sequence[bytes]) -> bytes:
    """Return the page of a feed of these entries."""
    frame, spec = frame_of(view), view.spec
    is_topic = spec.name in {each.feed for each in frame.topics}
    span = _span(view)
    page = layout.Page(
        title=f"{spec.title}, {span}" if span else spec.title,
        description=spec.description,
        address=f"{view.site.url}{_name(view, view.archive)}",
        lists="" if view.archive is None else "index.html",
        part="topics" if is_topic else "feeds",
        updated=None if view.updated == NO_TIME or span else view.updated,
        alternates=alternates_of(view),
    )
    return layout.render(
        "feed",
        frame,
        page,
        [_stories(view, frame, entries)] if entries else [],
        feed=spec,
        heading=page.title,
        description="" if spec.description == spec.title or span else spec.description,
        address=address_of(view, formats.PREFERRED.suffix),
        is_archive=view.archive is not None,
        is_empty=not entries,
        span=span,
        newer="" if view.archive is None else _name(view, view.next_archive),
        older=older_of(view),
    )


def _stories(view: FeedView, frame: Frame, articles: Sequence[bytes]) -> bytes:
    """Return the articles of a feed's page, by day where the newest are the first."""
    if view.spec.order is FeedOrder.NEWEST:
        stories = by_day(view, articles, level=2)
    else:
        today, year = view.today, year_of(view)
        dated = zip(articles, view.each(), strict=True)
        parts = (story.with_day(each, of, today=today, year=year) for each, of in dated)
        stories = story.at_level(b"".join(parts), 2)
    for topic in frame.topics:
        if topic.feed == view.spec.name:
            stories = story.without_topic(stories, topic.title, topic.feed)
    return stories


def _name(view: FeedView, number: int | None) -> str:
    """Return the name of the file of an older page, without number of the feed's own page."""
    name = view.spec.name
    return f"{name}.{_SUFFIX}" if number is None else document_name(name, number, _SUFFIX)


def _span(view: FeedView) -> str:
    """Return the days that an older page shows; nothing for the feed's own page."""
    if view.archive is None or not view.entries:
        return ""
    shown = [day_of(entry, view) for entry in view.entries]
    return days.span(min(shown), max(shown))


# The page of a feed is made as the formats are, and no format that readers subscribe to.
PAGE = Format(
    suffix=_SUFFIX,
    media_type=layout.MEDIA_TYPE,
    label="HTML",
    render_entry=story.render_entry,
    join=_join,
    entry_to_render=with_whole_texts,
    feed_to_render=with_whole_names,
)
