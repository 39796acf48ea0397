"""What every format reads off a feed's view: local times, addresses, authors, categories, links.

Knows how a fact of an entry is put to a reader; refuses to know any format.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from zoneinfo import ZoneInfo

from aggregator import markup
from aggregator.models import Entry, EntryView, FeedView
from aggregator.public_addresses import names_public_host
from aggregator.publish.inert import inert
from aggregator.urls import publishable

# Each format asks for the same texts again; a usual page of a feed has no more entries.
PAGE_ENTRIES = 200
_UNDETERMINED = "und"  # as BCP 47 calls it, which asks that it be left out (§4.1)
# A beginning of twice a summary's length nearly always says more, where the whole does.
_HEADS = 2
_SITE = re.compile("https?://[^/?#]+", re.IGNORECASE)
_ADDRESSES = 1_000  # more than sources are configured, of which each has many entries
# The time of a document without entries: any constant, so that its bytes are always the same.
NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
# What stands before the names of sources that carry the same text, and that tell of the same event.
SAME_TEXT, SAME_EVENT = "আরও প্রকাশ করেছে", "একই ঘটনার খবর"


def local_time(timezone: str, moment: datetime) -> datetime:
    """Return a time in the site's zone: readers convert it, and people who look see their own."""
    return moment.astimezone(ZoneInfo(timezone))


def address_of(view: FeedView, suffix: str) -> str:
    """Return the address under which the feed is published with this suffix."""
    return f"{view.site.url}{view.spec.name}.{suffix}{view.query}"


def hubs_of(view: FeedView) -> tuple[str, ...]:
    """Return the hubs that a document names: none where none is told of it.

    That is an archive document, and what a search finds.
    """
    return view.site.hubs if view.archive is None and not view.query else ()


def authors_of(view: EntryView) -> tuple[str, ...]:
    """Return who wrote an entry: the names it is signed with, else its source's title."""
    return view.entry.authors or (view.source_title,)


def home_page_of(view: EntryView) -> str:
    """Return the front page of the site that an entry links to, which is its paper's.

    Empty where the entry has no link, or its host is none that anybody reaches.
    """
    site = _SITE.match(view.entry.link)
    return _if_public(f"{site.group()}/") if site else ""


def feed_of(view: EntryView) -> str:
    """Return the address of the feed that an entry came from, where anybody may ask it."""
    return _if_public(publishable(view.source_feed)) if view.source_feed else ""


@lru_cache(maxsize=_ADDRESSES)
def _if_public(address: str) -> str:
    return address if names_public_host(address) else ""


def other_language(view: EntryView) -> str:
    """Return the language of an entry where it is known and not the one of the site."""
    language = view.entry.language
    return "" if language in (view.language, _UNDETERMINED) else language


def categories_of(view: EntryView) -> list[str]:
    """Return the categories of an entry, each once: those of its source, then its own."""
    return list(dict.fromkeys((*view.source_categories, *view.entry.categories)))


def summary_beside_content(entry: Entry) -> str:
    """Return the summary of an inert entry; nothing where there is no content that says more."""
    if not entry.content_html:
        return ""
    return "" if _says_all(entry.summary, entry.content_html) else entry.summary


@lru_cache(maxsize=PAGE_ENTRIES)
def _says_all(summary: str, html: str) -> bool:
    """Tell whether an inert summary is all that the markup says.

    Of 1,158 real texts a third are one paragraph that is the summary, and of half the beginning
    says more already; only the others are read to their end.
    """
    if html in (summary, f"<p>{summary}</p>") and _is_plain(summary):
        return True
    head = html[: max(html.rfind("<", 0, _HEADS * len(summary)), 0)]
    # What a character reference stands for, or a tag that the head cuts, may take away from it.
    words = "" if "&" in head else inert(_words_of(head))
    if "<" not in words and len(words) > len(summary):
        return False
    return inert(_words_of(html)) == summary


def _is_plain(text: str) -> bool:
    """Tell whether a text is the same as markup, with its words one space apart."""
    return "<" not in text and "&" not in text and " ".join(text.split()) == text


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
