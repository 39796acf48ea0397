"""What every format reads off a feed's view: local times, addresses, authors, categories, links.

Knows how a fact of an entry is put to a reader; refuses to know any format.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from zoneinfo import ZoneInfo

from aggregator import markup
from aggregator.models import Entry, EntryView, FeedView
from aggregator.publish.inert import inert

# Each format asks for the same texts again; a usual page of a feed has no more entries.
PAGE_ENTRIES = 200
# The time of a document without entries: any constant, so that its bytes are always the same.
NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
# What stands before the names of sources that carry the same text, and that tell of the same event.
SAME_TEXT, SAME_EVENT = "আরও প্রকাশ করেছে", "একই ঘটনার খবর"


def local_time(timezone: str, moment: datetime) -> datetime:
    """Return a time in the site's zone: readers convert it, and people who look see their own."""
    return moment.astimezone(ZoneInfo(timezone))


def address_of(view: FeedView, suffix: str) -> str:
    """Return the address under which the feed is published with this suffix."""
    return f"{view.site.url}{view.spec.name}.{suffix}"


def authors_of(view: EntryView) -> tuple[str, ...]:
    """Return who wrote an entry: the names it is signed with, else its source's title."""
    return view.entry.authors or (view.source_title,)


def categories_of(view: EntryView) -> list[str]:
    """Return the categories of an entry, each once: those of its source, then its own."""
    return list(dict.fromkeys((*view.source_categories, *view.entry.categories)))


def summary_beside_content(entry: Entry) -> str:
    """Return the summary of an inert entry; nothing where there is no content that says more."""
    if not entry.content_html:
        return ""
    return "" if inert(_words_of(entry.content_html)) == entry.summary else entry.summary


@lru_cache(maxsize=PAGE_ENTRIES)
def _words_of(html: str) -> str:
    return " ".join(markup.text_of(html).split())


def links_by_label(view: EntryView) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return where else an entry's story is told: (label, [(source's title, link)])."""
    labelled = []
    for label, is_same_text in ((SAME_TEXT, True), (SAME_EVENT, False)):
        links = [
            (title, related.link)
            for related, title in view.related
            if related.is_same_text == is_same_text
        ]
        labelled += [(label, links)] if links else []
    return labelled


def links_html(view: EntryView) -> str:
    """Return where else an entry's story is told, as HTML paragraphs for the end of its text."""
    return "".join(
        f"<p>{label}: "
        + ", ".join(f'<a href="{escape(link)}">{escape(title)}</a>' for title, link in links)
        + "</p>"
        for label, links in links_by_label(view)
    )
