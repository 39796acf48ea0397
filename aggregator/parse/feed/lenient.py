"""feedparser, for every feed that ``strict`` gives up: not well-formed, Atom 0.3, xhtml, CDF.

Takes from it what an entry needs and trusts nothing else: an unknown element that is named like one
of feedparser's fields stands in that field as a text.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any
from xml.sax import SAXException
from xml.sax.saxutils import unescape

import feedparser

from aggregator import lazy_images, urls
from aggregator.errors import ParseError
from aggregator.models import Media, MediaRole, ParsedEntry, Rejected
from aggregator.parse.feed.entry import (
    FeedParts,
    absolute,
    base_of_links,
    guessed_title,
    usable,
)
from aggregator.parse.feed.mend import REFERENCE, readable_reference, with_base
from aggregator.parse.media import default_first, found, media_of, pictures
from aggregator.parse.plain import escape, whole

# XML's escapes besides those of markup itself.
_QUOTES = {"&quot;": '"', "&apos;": "'"}


def parse(body: bytes, url: str) -> list[ParsedEntry | Rejected] | None:
    """Read every entry of a feed in UTF-8; ``None`` where the bytes are no feed.

    ``url`` is where the bytes came from. ParseError where feedparser fails on them.
    """
    body = REFERENCE.sub(readable_reference, body)
    if b"xml:base" in body:  # else feedparser holds the first base for that of all that follows
        body = with_base(body, url)
    # Always a BytesIO: feedparser opens a local file where the bytes happen to be a path.
    # Markup is left as it came: sanitising has its own stage, with a library made for it.
    try:
        feed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    except MemoryError:  # the limit that ``sandbox`` sets, which says so itself
        raise
    # Its handlers of rare elements raise whatever broken input makes of them: a TypeError for a
    # chapter without a start, an AttributeError for an unknown element named like a field.
    except Exception as error:
        raise ParseError(f"{url}: not a feed that can be read ({error})") from error
    if not feed.get("version") and not feed.entries:
        return None
    reader = _Reader(feed, url)
    return [reader.entry(entry) for entry in feed.entries]


class _Reader:
    """Reads entries off what feedparser found in one document.

    Atom says what is plain text; of other formats that is guessed. Of a document that is not
    well-formed feedparser leaves XML's own escapes in whatever is no markup.
    """

    def __init__(self, document: Any, url: str) -> None:
        self._is_atom = str(document.get("version")).startswith("atom")
        self._is_escaped = isinstance(document.get("bozo_exception"), SAXException)
        self._feed = FeedParts(
            url=url,
            base=base_of_links(url, self._site(document.feed)),
            authors=self._authors(document.feed) if self._is_atom else (),
        )

    def entry(self, entry: Any) -> ParsedEntry | Rejected:
        """Read one entry, or say why it cannot be used."""
        summary_detail = entry.get("summary_detail")
        summary, content, base = _markup(summary_detail), "", _base(summary_detail)
        for detail in _list(entry, "content"):
            if len(markup := _markup(detail)) > len(content):
                content, base = markup, _base(detail)
        return usable(
            ParsedEntry(
                native_id=self._unescaped(entry, "id"),
                link=self._link(entry),
                title_html=self._title(entry.get("title_detail")),
                summary_html=summary,
                content_html=content if content != summary else "",
                authors=self._authors(entry),
                categories=tuple(
                    self._unescaped(tag, "label") or self._unescaped(tag, "term")
                    for tag in _list(entry, "tags")
                ),
                published=_text(entry, "published"),
                # feedparser's get falls back to ``published``, which is not the date of a change.
                updated=_text(entry, "updated") if "updated" in entry else "",
                base=base if base != self._feed.url else "",
                media=self._media(entry),
                rights_html=self._title(entry.get("rights_detail")),
            ),
            self._authors(entry.get("source")) or self._feed.authors,
        )

    def _media(self, entry: Any) -> tuple[Media, ...]:
        """Return the files of an entry; what each of them shows feedparser does not keep."""
        enclosures = [link for link in _list(entry, "links") if link.get("rel") == "enclosure"]
        media: list[Media | None] = [media_of(link) for link in enclosures]
        media += map(media_of, default_first(_list(entry, "media_content")))
        media += (media_of(said, MediaRole.THUMBNAIL) for said in _list(entry, "media_thumbnail"))
        for name, part in (("image", "href"), ("podcast_images", "srcset")):
            said = entry.get(name)
            address = _text(said, part) if isinstance(said, dict) else ""
            is_set = part == "srcset"
            media += pictures([lazy_images.largest_of_set(address) if is_set else address])
        credit_lines = [_text(said, "content") for said in _list(entry, "media_credit")]
        return found(
            media,
            self._feed.base,
            duration=_text(entry, "itunes_duration"),
            credit_lines=list(filter(None, credit_lines)),
        )

    def _link(self, entry: Any) -> str:
        link = _text(entry, "feedburner_origlink") or _text(entry, "link")
        is_href = any(_text(element, "href") == link for element in _list(entry, "links"))
        if self._is_atom and not is_href and link == _text(entry, "id"):
            return ""
        return (urls.resolve if is_href else absolute)(self._feed.base, link)

    def _site(self, feed: Any) -> str:
        """Find the address of the site that a feed is of; of Atom feedparser may take the id."""
        if not self._is_atom:
            return _text(feed, "link")
        links = (link for link in _list(feed, "links") if link.get("rel") == "alternate")
        return next((_text(link, "href") for link in links), "")

    def _unescaped(self, entry: Any, name: str) -> str:
        text = _text(entry, name)
        return unescape(text, _QUOTES) if self._is_escaped else text

    def _title(self, detail: Any) -> str:
        is_guessed = not self._is_atom and isinstance(detail, dict)
        if is_guessed and detail.get("type") == "text/plain":
            return guessed_title(whole(str(detail.get("value", ""))))
        return _markup(detail)

    def _authors(self, parent: Any) -> tuple[str, ...]:
        if not isinstance(parent, dict):
            return ()
        names = [self._unescaped(author, "name") for author in _list(parent, "authors")]
        return tuple(filter(None, names if any(names) else [self._unescaped(parent, "author")]))


def _text(entry: Any, name: str) -> str:
    value = entry.get(name)
    return whole(value.strip()) if isinstance(value, str) else ""


def _list(entry: Any, name: str) -> list[Any]:
    """Return a list of feedparser's, without what an unknown element of its name left there."""
    value = entry.get(name)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _markup(detail: Any) -> str:
    """Return one of feedparser's texts as HTML: plain text is escaped."""
    if not isinstance(detail, dict) or not detail.get("value"):
        return ""
    value = whole(str(detail["value"]))
    return escape(value) if detail.get("type") == "text/plain" else value


def _base(detail: Any) -> str:
    return _text(detail, "base") if isinstance(detail, dict) else ""
