"""What RSS and Atom have in common: a feedgen generator filled from a view.

feedgen builds the documents; the extension here adds what it lacks or gets wrong (entry links
that lose their attributes, authors without an e-mail, Atom's ``source``, dates that go through
the process's locale), so each format writes those elements itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator

from aggregator.models import Entry, FeedView

DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"

# What stands before the names of those who carry the same text, and tell of the same happening.
SAME_TEXT, SAME_EVENT = "আরও প্রকাশ করেছে", "একই ঘটনার খবর"

Write = Callable[[Any], None]


class FeedAdditions(BaseExtension):  # type: ignore[misc]  # feedgen ships no types
    """Declares the namespaces that the entries' additions use."""

    def extend_ns(self) -> dict[str, str]:
        """Give the prefixes for the document's root."""
        return {"dc": DUBLIN_CORE}


class EntryAdditions(BaseEntryExtension):  # type: ignore[misc]  # feedgen ships no types
    """Writes further elements into an entry of either format."""

    def __init__(self) -> None:
        self.write: Write = lambda element: None

    def extend_atom(self, entry: Any) -> Any:
        """Add to an Atom entry."""
        self.write(entry)
        return entry

    def extend_rss(self, entry: Any) -> Any:
        """Add to an RSS item."""
        self.write(entry)
        return entry


def generator(view: FeedView, suffix: str) -> FeedGenerator:
    """Give a generator with everything that describes the feed itself."""
    address = address_of(view, suffix)
    feed = FeedGenerator()
    feed.register_extension("additions", FeedAdditions, EntryAdditions)
    feed.id(address_of(view, "atom"))
    feed.title(view.spec.title)
    feed.description(view.spec.description)
    feed.author({"name": view.site.title})
    feed.generator("Bengali Feed Aggregator")
    feed.language(view.site.language)
    feed.lastBuildDate(local(view, view.updated))
    feed.link(href=address, rel="self", type=f"application/{suffix}+xml")
    # The last link becomes the RSS <link>, so the page comes last.
    feed.link(href=address_of(view, "html"), rel="alternate", type="text/html")
    return feed


def local(view: FeedView, when: datetime) -> datetime:
    """Give a time in the site's zone: readers convert it, and people who look see their own."""
    return when.astimezone(ZoneInfo(view.site.timezone))


def address_of(view: FeedView, suffix: str) -> str:
    """Give the address under which a format of the feed is published."""
    return f"{view.site.url}{view.spec.name}.{suffix}"


def add_entry(feed: FeedGenerator, entry: Entry, write: Write) -> Any:
    """Add an entry at the end of the feed, with its id and title; ``write`` adds the rest."""
    added = feed.add_entry(order="append")
    added.guid(entry.id, permalink=entry.id == entry.link)
    added.title(entry.title)
    added.additions.write = write
    return added


def categories(view: FeedView, entry: Entry) -> list[str]:
    """Give the categories of an entry: its source's first, each once."""
    source = view.sources[entry.source]
    return list(dict.fromkeys((*source.categories, *entry.categories)))


def related(view: FeedView, entry: Entry) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give where else an entry's story is told, by what that is: (label, [(title, link)])."""
    found = []
    for label, is_same_text in ((SAME_TEXT, True), (SAME_EVENT, False)):
        links = [
            (view.sources[one.source].title, one.link)
            for one in entry.related
            if one.is_same_text == is_same_text
        ]
        found += [(label, links)] if links else []
    return found


def also_html(view: FeedView, entry: Entry) -> str:
    """Give where else an entry's story is told as a paragraph for the end of its text."""
    return "".join(
        f"<p>{label}: "
        + ", ".join(f'<a href="{escape(link)}">{escape(title)}</a>' for title, link in links)
        + "</p>"
        for label, links in related(view, entry)
    )


def authors(view: FeedView, entry: Entry) -> tuple[str, ...]:
    """Give who wrote an entry: the names it is signed with, else its source."""
    return entry.authors or (view.sources[entry.source].title,)
