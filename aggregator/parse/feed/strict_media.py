"""The files of one item of well-formed RSS or Atom, and whose they are, off lxml's tree.

Finds what feedparser finds, in its order, which a differential test keeps so; but it reads better
what a file shows (``media:title``), of which feedparser does not keep whose it is. Refuses to know
an item's texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from lxml import etree

from aggregator import lazy_images, markup
from aggregator.models import Media, MediaRole
from aggregator.parse.media import default_first, found, media_of, pictures

_LINKS = ("link", "{http://www.w3.org/2005/Atom}link")
_ENCLOSURE = "enclosure"
# Both forms of the name are in use.
_MEDIA = ("{http://search.yahoo.com/mrss/}", "{http://search.yahoo.com/mrss}")
_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_ITUNES_IMAGE, _ITUNES_DURATION = f"{_ITUNES}image", f"{_ITUNES}duration"
_PODCAST_IMAGES = tuple(
    f"{{{space}}}images"
    for space in (
        "https://podcastindex.org/namespace/1.0",
        "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
    )
)
_CONTENTS, _THUMBNAILS, _CREDITS, _GROUPS = (
    tuple(f"{space}{name}" for space in _MEDIA)
    for name in ("content", "thumbnail", "credit", "group")
)
_SAYING_WHAT = tuple(f"{space}{name}" for name in ("title", "description") for space in _MEDIA)
_OF_MEDIA_RSS = frozenset((*_CONTENTS, *_THUMBNAILS, *_GROUPS))
_OF_FILES = frozenset((*_OF_MEDIA_RSS, *_PODCAST_IMAGES, _ENCLOSURE, _ITUNES_IMAGE))
# A file's title may hold a file, whose title is then text of both: 120 within one another, with one
# text of 9 MB in the last, took 700 MB. What is said of a picture has 99 characters at the most in
# 2,647 real entries, and no element within.
_MOST_ELEMENTS_SAID, _MOST_CHARACTERS_SAID = 50, 10_000


def media_of_item(
    item: etree._Element, parts: Mapping[str, list[etree._Element]], base: str
) -> tuple[Media, ...]:
    """Return the files of an item whose children by name are ``parts``, with absolute addresses."""
    links = [
        link
        for name in _LINKS
        for link in parts.get(name, ())
        if link.attrib and link.get("rel") == _ENCLOSURE
    ]
    if not links and _OF_FILES.isdisjoint(parts):
        return ()
    media = [media_of(_attributes(each)) for each in (*parts.get(_ENCLOSURE, ()), *links)]
    if not _OF_MEDIA_RSS.isdisjoint(parts):
        media += map(media_of, default_first(map(_content, item.iter(*_CONTENTS))))
        media += map(_thumbnail, item.iter(*_THUMBNAILS))
    for image in parts.get(_ITUNES_IMAGE, ()):
        media.append(media_of(_attributes(image), MediaRole.PICTURE))
    for name in _PODCAST_IMAGES:
        sets = (str(element.get("srcset") or "") for element in parts.get(name, ()))
        media += pictures(map(lazy_images.largest_of_set, sets))
    durations = (element.text or "" for element in parts.get(_ITUNES_DURATION, ()))
    credit_lines = [text for element in item.iter(*_CREDITS) if (text := _text(element))]
    return found(media, base, duration=next(durations, ""), credit_lines=credit_lines)


def rights_of(parts: Mapping[str, list[etree._Element]], names: Iterable[str]) -> str:
    """Return the first text under these names that says who holds rights in an item of RSS."""
    texts = (_text(element) for name in names for element in parts.get(name, ()))
    return next(filter(None, texts), "")


def _attributes(element: etree._Element) -> dict[str, str]:
    """Return an element's attributes by their names in small letters, as feedparser has them."""
    return {str(name).lower(): str(value) for name, value in element.items()}


def _thumbnail(element: etree._Element) -> Media | None:
    """Return the file that a thumbnail names, by its attribute or by its text."""
    return media_of({"url": element.text, **_attributes(element)}, MediaRole.THUMBNAIL)


def _content(element: etree._Element) -> dict[str, str]:
    """Return the attributes of Media RSS's content with what is said of what it shows."""
    said = _attributes(element)
    texts = (
        markup.plain(text)[0] if child.get("type") == "html" else text
        for child in element.iterchildren(*_SAYING_WHAT)
        if (text := _text(child))
    )
    return {**said, "alt": next(filter(None, texts), "")}


def _text(element: Any) -> str:
    """Return the beginning of an element's text; nothing where it holds too much to be a text."""
    if next(islice(element.iter(), _MOST_ELEMENTS_SAID, None), None) is not None:
        return ""
    return "".join(element.itertext())[:_MOST_CHARACTERS_SAID].strip()
