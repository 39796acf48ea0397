"""Checks that a published file is valid RSS 2.0, Atom (RFC 4287) or JSON Feed 1.1.

The rules are those of the specifications, and what the W3C's validator reports as an error or
a warning. A check fails by an assertion.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
RIGHTS = "{http://purl.org/dc/elements/1.1/}rights"
MEDIA = "{http://search.yahoo.com/mrss/}"
MEDIA_TYPE = re.compile(r"[!-~]+/[!-~]+")
IRI = re.compile(r"(https?://[^\s/?#]+|urn:|tag:)[^\s<>\"{}|\\^`]*")
_HISTORY = {"prev-archive", "current"}  # RFC 5005 §4, in a feed that has archives
URL = re.compile(r"https?://[!-~]+")
# How often a child may stand in an entry: at least, at most.
ATOM_ENTRY = {
    "id": (1, 1), "title": (1, 1), "updated": (1, 1), "published": (1, 1), "summary": (0, 1),
    "content": (0, 1), "author": (1, 9), "category": (0, 99), "link": (0, 99), "source": (1, 1),
    "rights": (0, 1),
}  # fmt: skip
RSS_ITEM = {
    "title": (1, 1), "link": (0, 1), "description": (0, 1), "guid": (1, 1), "pubDate": (1, 1),
    "category": (0, 99), "source": (0, 1), CONTENT: (0, 1), CREATOR: (1, 9),
    "enclosure": (0, 1), RIGHTS: (0, 1), f"{MEDIA}content": (0, 31),
    f"{MEDIA}thumbnail": (0, 31),
}  # fmt: skip


def check_counts(element: etree._Element, counts: dict[str, tuple[int, int]], prefix: str) -> None:
    """Check that an element has only known children, each as often as it may have them."""
    names = [str(child.tag) for child in element]
    known = {name if name.startswith("{") else prefix + name: span for name, span in counts.items()}
    assert set(names) <= set(known), set(names) - set(known)
    for name, (least, most) in known.items():
        assert least <= names.count(name) <= most, (name, names.count(name))


def text(element: etree._Element, name: str) -> str:
    """Return the text of a child, which must be there and not be empty."""
    child = element.find(name)
    assert child is not None and child.text and child.text.strip(), name
    return str(child.text)


def check_atom(body: bytes) -> list[str]:
    """Check an Atom feed against RFC 4287; return its entries' ids in order."""
    feed = etree.fromstring(body)
    assert feed.tag == f"{ATOM}feed"
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "bn"
    assert IRI.fullmatch(text(feed, f"{ATOM}id"))
    text(feed, f"{ATOM}title")
    times = [datetime.fromisoformat(text(feed, f"{ATOM}updated"))]
    links = [str(link.get("rel")) for link in feed.findall(f"{ATOM}link")]
    assert sorted({*links} - _HISTORY - {"hub"}) == ["alternate", "self"] and len({*links}) == len(
        links
    )
    ids = []
    stamps = []
    for entry in feed.findall(f"{ATOM}entry"):
        check_counts(entry, ATOM_ENTRY, ATOM)
        ids.append(text(entry, f"{ATOM}id"))
        text(entry, f"{ATOM}title")
        for name in ("published", "updated"):
            when = datetime.fromisoformat(text(entry, f"{ATOM}{name}"))
            assert when.utcoffset() is not None
            times.append(when)
        stamps.append(text(entry, f"{ATOM}updated"))
        content = entry.find(f"{ATOM}content")
        link = entry.find(f"{ATOM}link")
        of_entry = entry.findall(f"{ATOM}link")
        alternate = [each for each in of_entry if each.get("rel", "alternate") == "alternate"]
        assert content is not None or (alternate and text(entry, f"{ATOM}summary"))
        for file in (each for each in of_entry if each.get("rel") == "enclosure"):
            assert URL.fullmatch(str(file.get("href")))
            assert MEDIA_TYPE.fullmatch(file.get("type", "a/b"))
            assert file.get("length", "1").isdecimal()
        assert content is None or content.get("type") == "html"
        assert link is None or URL.fullmatch(str(link.get("href")))
        source = entry.find(f"{ATOM}source")
        assert source is not None
        assert IRI.fullmatch(text(source, f"{ATOM}id"))
        text(source, f"{ATOM}title")
        text(source, f"{ATOM}updated")
    assert all(IRI.fullmatch(entry_id) for entry_id in ids)
    assert len(set(ids)) == len(ids)
    assert len(set(stamps)) == len(stamps)
    assert times[0] >= max(times[1:], default=times[0])
    return ids


def check_rss(body: bytes) -> list[str]:
    """Check an RSS feed against RSS 2.0; return its items' guids in order."""
    root = etree.fromstring(body)
    channel = root.find("channel")
    assert root.tag == "rss" and root.get("version") == "2.0" and channel is not None
    for name in ("title", "link", "description", "language"):
        text(channel, name)
    parsedate_to_datetime(text(channel, "lastBuildDate"))
    own = channel.findall(f"{ATOM}link")
    links = [str(link.get("rel")) for link in own]
    assert sorted({*links} - _HISTORY - {"hub"}) == ["self"] and len({*links}) == len(links)
    ids = []
    for item in channel.findall("item"):
        check_counts(item, RSS_ITEM, "")
        text(item, "title")
        parsedate_to_datetime(text(item, "pubDate"))
        guid = item.find("guid")
        assert guid is not None
        ids.append(text(item, "guid"))
        link = item.findtext("link")
        assert link is None or URL.fullmatch(link)
        assert (guid.get("isPermaLink") == "true") == (ids[-1] == link)
        source = item.find("source")
        assert source is None or URL.fullmatch(str(source.get("url")))
        for enclosure in item.findall("enclosure"):
            assert URL.fullmatch(str(enclosure.get("url")))
            assert MEDIA_TYPE.fullmatch(str(enclosure.get("type")))
            assert str(enclosure.get("length")).isdecimal()
        for file in item.iter(f"{MEDIA}content", f"{MEDIA}thumbnail"):
            check_media_rss(file)
    assert len(set(ids)) == len(ids)
    return ids


def check_media_rss(element: etree._Element) -> None:
    """Check an element of Media RSS that names a file (https://www.rssboard.org/media-rss)."""
    assert URL.fullmatch(str(element.get("url")))
    for name in ("width", "height", "fileSize", "duration"):
        assert int(element.get(name, "1")) > 0
    assert element.get("medium", "image") in ("image", "audio", "video")
    assert {str(child.tag) for child in element} <= {f"{MEDIA}title", f"{MEDIA}credit"}


def check_json(body: bytes) -> list[str]:
    """Check a JSON feed against JSON Feed 1.1; return its items' ids in order."""
    feed = json.loads(body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1" and feed["title"]
    for item in feed["items"]:
        assert ("content_html" in item) != ("content_text" in item)
        assert datetime.fromisoformat(item["date_published"]).utcoffset() is not None
        assert URL.fullmatch(item.get("image", "https://a.example/"))
        for attachment in item.get("attachments", ()):
            assert URL.fullmatch(attachment["url"])
            assert MEDIA_TYPE.fullmatch(attachment["mime_type"])
    return [item["id"] for item in feed["items"]]
