"""What the readers of all formats share: what a feed says for its entries, and which can be used.

Knows no format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from aggregator import markup, urls
from aggregator.models import ParsedEntry, Rejected
from aggregator.parse.plain import escape

# feedparser's own test for markup in a field that is plain text by default.
_LOOKS_LIKE_HTML = re.compile(r"</[a-zA-Z]\w*>|&#?\w+;")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedParts:
    """What a feed says once for all its entries.

    ``url`` is where it came from, and ``base`` the address against which links are resolved.
    ``authors`` are those of every entry that names none (RFC 4287 §4.2.1; JSON Feed 1.1, authors).
    ``sets_bases`` says that some of its elements set a base of their own (``xml:base``).
    """

    url: str
    base: str
    authors: tuple[str, ...] = ()
    sets_bases: bool = False


def usable(entry: ParsedEntry, authors: tuple[str, ...] = ()) -> ParsedEntry | Rejected:
    """Return an entry with its real authors, categories and link, or why it cannot be used.

    An entry needs a title or a text, whatever files it has. ``authors`` are its feed's. A bare
    e-mail address is no author's name, and nobody's to publish. An entry without a link leads to
    its id, where that is a web address.
    """
    if not any(map(str.strip, (entry.title_html, entry.summary_html, entry.content_html))):
        shown = entry.native_id or entry.link or "an entry without anything"
        reason = "neither title nor text" + (", only a file" if entry.media else "")
        return Rejected.quoting(reason, shown)
    names = entry.authors and _real_names(entry.authors)
    names = names or (authors and _real_names(authors))
    categories = entry.categories and tuple(filter(None, entry.categories))
    link = entry.link or (entry.native_id if urls.is_web(entry.native_id) else "")
    if names == entry.authors and categories == entry.categories and link == entry.link:
        return entry
    return replace(entry, authors=names, categories=categories, link=link)


def base_of_links(url: str, site: str) -> str:
    """Return the address against which the links of a feed's entries are resolved.

    That is the feed's own (``url``), unless it is served from elsewhere than the ``site`` that it
    says it is of: by a service that hands out the feeds of many, or from a file.
    """
    host, site_host = _host(url), _host(site)
    is_host_of_the_web = site_host.rpartition(".")[2].isalpha() and "." in site_host
    return site if is_host_of_the_web and site_host != host else url


def _host(address: str) -> str:
    return urlsplit(urls.canonical(address)).hostname or ""


def absolute(base: str, link: str) -> str:
    """Return a link as an absolute address; empty where it is none, as an id taken for a link."""
    return urls.resolve(base, link) if is_address(link) else ""


def is_address(text: str) -> bool:
    """Tell whether a text can be an address, which a bare number or word cannot."""
    return any(sign in text for sign in "/.:?")


def guessed_title(text: str) -> str:
    """Return as markup a title of which its format does not say whether it is plain text or HTML.

    It is plain text unless it looks like HTML, and an element in it is one and no words.
    """
    return text if _LOOKS_LIKE_HTML.search(text) else escape(markup.without_elements(text))


def _real_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name and not _is_mail(name)))


def _is_mail(name: str) -> bool:
    return "@" in name and not any(map(str.isspace, name))
