"""News sitemaps → parsed entries, and a sitemap index → the sitemaps that it names.

The format is that of https://www.sitemaps.org/protocol.html with Google's extensions for news and
images (https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap). Sites
write its namespaces in several ways, so elements are told by their local names. Refuses a sitemap
without headlines: it says which pages there are, and not what they tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from lxml import etree

from aggregator import urls
from aggregator.errors import ParseError
from aggregator.models import Media, MediaRole, ParsedEntry, Rejected
from aggregator.parse.feed.entry import guessed_title, usable
from aggregator.parse.feed.mend import mended
from aggregator.parse.media import found, media_of
from aggregator.parse.plain import whole

# What may stand before the first element: a declaration, a style sheet, a plugin's comment.
_ROOT = re.compile(
    rb"\s*+(?:<\?[^<>]*+>\s*+|<!--(?:[^-]|-(?!->))*+-->\s*+)*+"
    rb"<(?:[A-Za-z_][A-Za-z0-9_.-]*+:)?(urlset|sitemapindex)[\s/>]"
)
HEAD_BYTES = 10_000
# A sitemap holds no more (sitemaps.org, "Sitemap file requirements"), and a news sitemap 1,000.
_MOST_ADDRESSES = 50_000
# Of an index: those for news are updated, and only the newest hold what is new. Google's news
# sitemaps hold the articles of two days, so that one is enough where a site follows it.
_MOST_FOLLOWED = 3
_NEWS_NAME = re.compile(r"news|khobor|googlenews|latest", re.IGNORECASE)
_BETWEEN_KEYWORDS = re.compile("[,،;|]")
_NOT_NEWS = (
    "a sitemap without headlines (news:title): it says which pages there are, and not what they "
    "tell; take the site's news sitemap, or read a section page with page"
)
_OLDEST = datetime.min.replace(tzinfo=UTC)


def is_sitemap(body: bytes) -> bool:
    """Tell whether bytes are meant to be a sitemap or an index of sitemaps."""
    return _ROOT.match(body[:HEAD_BYTES]) is not None


def sitemaps_of(body: bytes, url: str) -> list[str] | None:
    """Return the addresses of the sitemaps of an index that are to be read, three at most.

    Those for news come first, by their names, then the newest by what the index says. ``None``
    where the bytes are no index, ParseError where they are one that names no sitemap.
    """
    root_name = _ROOT.match(body[:HEAD_BYTES])
    if root_name is None or root_name[1] != b"sitemapindex":
        return None
    named: list[tuple[bool, datetime, str]] = []
    for element in islice(_root(body, url), _MOST_ADDRESSES):
        address = urls.resolve(url, _text(element, "loc"))
        if urls.is_web(address):
            is_news = _NEWS_NAME.search(address.rpartition("/")[2]) is not None
            named.append((is_news, _time(_text(element, "lastmod")), address))
    if not named:
        raise ParseError(f"{url}: a sitemap index that names no sitemap")
    if any(is_news for is_news, _, _ in named):
        named = [each for each in named if each[0]]
    named.sort(key=lambda each: each[1], reverse=True)  # stable: else in the order of the index
    return list(dict.fromkeys(address for _, _, address in named))[:_MOST_FOLLOWED]


def parse(body: bytes, url: str) -> list[ParsedEntry | Rejected]:
    """Read every article of a news sitemap in UTF-8; ParseError where it is none.

    A sitemap for news that has none at the moment is one without entries.
    """
    root = _root(body, url)
    if _name(root) != "urlset":
        raise ParseError(f"{url}: an index of sitemaps where a sitemap belongs")
    entries: list[ParsedEntry | Rejected] = []
    without_news = ""
    for element in islice(root, _MOST_ADDRESSES):
        news = _child(element, "news")
        if news is None:
            without_news = without_news or _text(element, "loc")
        else:
            entries.append(_entry(element, news, url))
    is_for_news = any("news" in space for space in root.nsmap.values()) and not without_news
    if not any(isinstance(entry, ParsedEntry) for entry in entries) and not is_for_news:
        raise ParseError(f"{url}: {_NOT_NEWS}")
    if without_news:
        reason = "addresses without a headline (news:title), of which this is the first"
        entries.append(Rejected.quoting(reason, without_news))
    return entries


def _entry(element: etree._Element, news: etree._Element, url: str) -> ParsedEntry | Rejected:
    link = urls.resolve(url, _text(element, "loc"))
    title = _text(news, "title")
    if not title or not urls.is_web(link):
        reason = "no headline (news:title)" if urls.is_web(link) else "no web address (loc)"
        return Rejected.quoting(reason, link or title)
    published, publication = _text(news, "publication_date"), _child(news, "publication")
    keywords = map(str.strip, _BETWEEN_KEYWORDS.split(_text(news, "keywords")))
    return usable(
        ParsedEntry(
            link=link,
            title_html=guessed_title(title),
            categories=tuple(dict.fromkeys(filter(None, keywords))),
            published=published,
            # When a page changed, in whatever part of it, counts where nothing better is said.
            updated="" if published else _text(element, "lastmod"),
            language="" if publication is None else _text(publication, "language"),
            media=found(_pictures(element), url),
        )
    )


def _pictures(element: etree._Element) -> Iterator[Media | None]:
    for image in element:
        if _name(image) == "image":
            alt = _text(image, "caption") or _text(image, "title")
            yield media_of({"url": _text(image, "loc"), "alt": alt}, MediaRole.PICTURE)


def _root(body: bytes, url: str) -> etree._Element:
    """Read the tree of a sitemap, mended where it is not well-formed; else ParseError."""
    root = _tree(body)
    if root is None:
        root = _tree(mended(body))
    if root is None:
        raise ParseError(f"{url}: a sitemap that is not well-formed XML")
    return root


def _tree(body: bytes) -> etree._Element | None:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _child(element: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in element if _name(child) == name), None)


def _text(element: etree._Element, name: str) -> str:
    """Return the text of the first child of a name in one line; empty where there is none."""
    child = _child(element, name)
    return "" if child is None else whole(" ".join((child.text or "").split()))


def _name(element: etree._Element) -> str:
    """Return the local name of an element; that of an entity is none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _time(text: str) -> datetime:
    """Return when an index says that a sitemap changed (W3C Datetime), the oldest for nothing."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return _OLDEST
    return time if time.tzinfo else time.replace(tzinfo=UTC)
