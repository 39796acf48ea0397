"""The feeds that an HTML page announces in its head (``link rel="alternate"``, HTML §4.6.7.2).

Knows which of them a reader of the page wants: the news and not what readers say about it, in the
page's language and of its section. Refuses to ask whether they can be had.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import takewhile
from urllib.parse import unquote, urlsplit

from aggregator import urls
from aggregator.models import FoundKind, FoundSource

# Feeds are announced in a page's head; no head of a real page is longer.
_HEAD_BYTES = 200_000
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
# Possessive, so that a quotation mark that is never closed costs no second look.
_VALUES = r"""(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+"""
_TAG = re.compile(rf"<(html|base|link)\b({_VALUES})", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![A-Za-z0-9_:-])([a-z]+)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]+))""", re.IGNORECASE
)
# The type of an announced feed → its rank: what every reader takes, then what some sites call it.
_TYPES = {
    "application/atom+xml": 0,
    "application/rss+xml": 0,
    "application/rdf+xml": 1,
    "application/feed+json": 1,
    "application/xml": 2,
    "text/xml": 2,
}
# What readers write: as WordPress, Blogger and Drupal name such feeds in addresses, and as their
# titles end in English and Bengali.
_COMMENTS_ADDRESS = re.compile(r"/comments?[/?]|comments-(?:rss2|atom)|/replies[/?]")
_FEED_WORD = r"(?:feeds?|rss|atom|ফিড|আরএসএস)"
_COMMENTS_TITLE = re.compile(
    rf"(?:\bcomments[\s:»(-]*{_FEED_WORD}?|মন্তব্য(?:সমূহ|গুলো|ের)?\s*{_FEED_WORD})[\s0-9.()]*$",
    re.IGNORECASE,
)
_TITLE_CHARACTERS = 300
# Languages that stand as a first segment in the addresses of papers that have Bengali readers.
_LANGUAGES = frozenset({"ar", "as", "bn", "en", "hi", "ur"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What of a page decides which of its feeds is meant."""

    url: str
    base: str
    language: str


def discover_feeds(body: bytes, url: str) -> list[str]:
    """Find the addresses of the feeds that a page announces, the one that is meant first.

    ``url`` is the page's own address. Feeds of comments are left out; then come first those in the
    page's language, of its own section, as Atom or RSS, and on its own host.
    """
    announced = announced_feeds(body, url)
    return [feed.address for feed in announced if feed.kind is FoundKind.FEED]


def announced_feeds(body: bytes, url: str) -> list[FoundSource]:
    """Find the feeds that a page announces in the order of ``discover_feeds``, of comments last."""
    head = _COMMENT.sub("", body[:_HEAD_BYTES].decode("utf-8", "replace"))
    tags = [(name.lower(), _attributes(values)) for name, values in _TAG.findall(head)]
    base = next((tag["href"] for name, tag in tags if name == "base" and tag.get("href")), "")
    language = next((tag.get("lang", "") for name, tag in tags if name == "html"), "")
    page = _Page(url=url, base=urls.resolve(url, base) or url, language=_primary(language))
    announced = _announced(page, [tag for name, tag in tags if name == "link"])
    by_address: dict[str, FoundSource] = {}
    for _, feed in sorted(announced, key=lambda ranked: ranked[0]):
        by_address.setdefault(feed.address, feed)
    return list(by_address.values())


def _attributes(values: str) -> dict[str, str]:
    return {
        name.lower(): unescape(double or single or bare).strip()
        for name, double, single, bare in _ATTRIBUTE.findall(values)
    }


def _announced(
    page: _Page, links: list[dict[str, str]]
) -> Iterator[tuple[tuple[int, ...], FoundSource]]:
    """Yield the rank of each announced feed, the best the least, with the feed."""
    for number, link in enumerate(links):
        kind = link.get("type", "").partition(";")[0].strip().lower()
        if kind not in _TYPES or "alternate" not in link.get("rel", "").lower().split():
            continue
        address = urls.resolve(page.base, link.get("href", ""))
        if urls.is_web(address):
            title = link.get("title", "")
            is_comments = _is_of_comments(address, title)
            language = _language_rank(page, link.get("hreflang", ""), address)
            shared, is_elsewhere = _nearness(page, address)
            found_kind = FoundKind.COMMENTS if is_comments else FoundKind.FEED
            feed = FoundSource(kind=found_kind, address=address, title=title)
            yield (is_comments, language, -shared, _TYPES[kind], is_elsewhere, number), feed


def _is_of_comments(address: str, title: str) -> bool:
    """Tell whether a feed has what readers say, by its address or its title."""
    parts = urlsplit(address)
    where = f"{unquote(parts.path)}?{parts.query}".lower()
    is_titled = _COMMENTS_TITLE.search(title[-_TITLE_CHARACTERS:].strip())
    return bool(_COMMENTS_ADDRESS.search(where) or is_titled)


def _language_rank(page: _Page, hreflang: str, address: str) -> int:
    """Return 0 for a feed in the page's language, 1 where none is said, 2 for one in another."""
    language = _primary(hreflang)
    if not language:
        first = next(iter(_segments(address)), "")
        language = first if first in _LANGUAGES else ""
    if not (language and page.language):
        return 1
    return 0 if language == page.language else 2


def _nearness(page: _Page, address: str) -> tuple[int, bool]:
    """Return how much of the page's path a feed's begins with, and whether its host is another."""
    if _host(address) != _host(page.url):
        return 0, True
    pairs = zip(_segments(page.url), _segments(address), strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs))), False


def _primary(tag: str) -> str:
    """Return the language of a tag: ``bn`` for ``bn-BD``."""
    return tag.strip().lower().replace("_", "-").partition("-")[0]


def _segments(address: str) -> list[str]:
    return [segment for segment in urlsplit(address).path.lower().split("/") if segment]


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").lower().removeprefix("www.")
