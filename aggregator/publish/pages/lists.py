"""The pages that list what there is: how to subscribe to each feed, the sources, a search. Pure.

Refuses to know which source is silent since when: it is handed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby

from aggregator.models import FeedSpec, Frame, Site
from aggregator.publish import formats
from aggregator.publish.pages import days, layout

SUBSCRIBE, SOURCES, SEARCH = "subscribe.html", "sources.html", "search.html"
NAMES = (SUBSCRIBE, SOURCES, SEARCH)


def render_subscribe(frame: Frame, site: Site, feeds: Sequence[FeedSpec]) -> bytes:
    """Render how to subscribe: every feed with its addresses, readers, and what a feed is.

    Feeds of one folder stand together, where the first of them stands.
    """
    preferred = formats.PREFERRED
    page = layout.Page(
        title="কীভাবে সাবস্ক্রাইব করবেন",
        description=f"{frame.title}: সব ফিডের ঠিকানা, আর কোন রিডারে কীভাবে যোগ করবেন।",
        address=f"{site.url}{SUBSCRIBE}",
        part="subscribe",
        alternates=tuple(
            layout.Alternate(
                media_type=preferred.media_type,
                title=feed.title,
                href=f"{feed.name}.{preferred.suffix}",
            )
            for feed in feeds
        ),
    )
    place = {folder: number for number, folder in reversed([*enumerate(f.folder for f in feeds)])}
    # Each feed without a folder stands by itself, in its own place.
    in_folders = sorted(
        enumerate(feeds), key=lambda each: place[each[1].folder] if each[1].folder else each[0]
    )
    folders = [
        (folder, [feed for _, feed in members])
        for folder, members in groupby(in_folders, key=lambda each: each[1].folder)
    ]
    return layout.render("subscribe_page", frame, page, folders=folders, url=site.url)


def render_sources(frame: Frame, silent: Mapping[str, date], *, url: str = "") -> bytes:
    """Render the list of all sources; ``silent`` has the day since when one is, by its title.

    A day is written without its year in the year of the latest. ``url`` is where the published
    folder is seen.
    """
    page = layout.Page(
        title="সব সূত্র",
        description=f"{frame.title}: যেসব কাগজ ও সাইট থেকে খবর নেওয়া হয়।",
        address=f"{url}{SOURCES}" if url else "",
        part="sources",
    )
    year = max((day.year for day in silent.values()), default=None)
    since = {title: days.day(day, year=year) for title, day in silent.items()}
    return layout.render("sources", frame, page, since=since)


def render_search(frame: Frame, *, url: str = "") -> bytes:
    """Render what stands in the place of a search where no server of ours answers it."""
    address = f"{url}{SEARCH}" if url else ""
    page = layout.Page(title="খবর খুঁজুন", address=address, part="search")
    return layout.render("search_static", frame, page)
