"""Checks that a document is RSS 2.0 as the RSS Advisory Board's profile wants it, and Media RSS.

https://www.rssboard.org/rss-specification, https://www.rssboard.org/rss-profile and
https://www.rssboard.org/media-rss.
"""

from __future__ import annotations

from lxml import etree

from tests.support.valid_atom import check_history
from tests.support.valid_values import (
    ATOM,
    IRI,
    LANGUAGE,
    MEDIA_TYPE,
    URL,
    WAYS,
    check_markup,
    check_namespaces,
    check_not_blank,
    check_plain,
    check_ways,
    rfc_822,
    text,
)

MEDIA = "{http://search.yahoo.com/mrss/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_CREATOR, _RIGHTS = (
    f"{{http://purl.org/dc/elements/1.1/}}{name}" for name in ("creator", "rights")
)
_ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"
# How often a child may stand in an element: at least, at most.
_CHANNEL = {
    "title": (1, 1), "link": (1, 1), "description": (1, 1), "language": (1, 1), "docs": (0, 1),
    "lastBuildDate": (1, 1), "generator": (0, 1), "ttl": (0, 1), f"{ATOM}link": (1, 99),
    _ARCHIVE: (0, 1), WAYS: (1, 1), "item": (0, 99_999),
}  # fmt: skip
_ITEM = {
    "title": (1, 1), "link": (0, 1), "description": (0, 1), "guid": (1, 1), "pubDate": (1, 1),
    "category": (0, 99), "source": (0, 1), CONTENT: (0, 1), _CREATOR: (1, 9),
    "enclosure": (0, 1), _RIGHTS: (0, 1), f"{MEDIA}content": (0, 31),
    f"{MEDIA}thumbnail": (0, 31),
}  # fmt: skip
_LINKS = {"self", "hub", "prev-archive", "current"}


def check_rss(body: bytes) -> list[str]:
    """Check an RSS feed; return its items' guids in order."""
    root = etree.fromstring(body)
    assert root.tag == "rss" and root.get("version") == "2.0"
    (channel,) = root
    assert channel.tag == "channel"
    check_not_blank(root)
    check_namespaces(root)
    _check_counts(channel, _CHANNEL)
    check_plain(text(channel, "title"))
    check_plain(text(channel, "description"))
    assert URL.fullmatch(text(channel, "link")) and LANGUAGE.fullmatch(text(channel, "language"))
    assert int(channel.findtext("ttl", "1")) > 0
    links = channel.findall(f"{ATOM}link")
    relations = [str(link.get("rel")) for link in links]
    assert {*relations} <= _LINKS and relations.count("self") == 1
    assert all(URL.fullmatch(str(link.get("href"))) and not len(link) for link in links)
    check_history(channel)
    check_ways(channel)
    built = rfc_822(text(channel, "lastBuildDate"))
    ids = []
    for item in channel.findall("item"):
        ids.append(_check_item(item))
        assert rfc_822(text(item, "pubDate")) <= built
    assert len({*ids}) == len(ids)
    return ids


def _check_counts(element: etree._Element, counts: dict[str, tuple[int, int]]) -> None:
    """Check that an element has only known children, each as often as it may have them."""
    names = [str(child.tag) for child in element]
    assert {*names} <= {*counts}, {*names} - {*counts}
    for name, (least, most) in counts.items():
        assert least <= names.count(name) <= most, (name, names.count(name))


def _check_item(item: etree._Element) -> str:
    """Check an item; return its guid."""
    _check_counts(item, _ITEM)
    for name in ("title", _CREATOR, "category", "source", _RIGHTS):
        for child in item.findall(name):
            check_plain(child.text or "")
    names = [child.tag for child in item]
    for name in ("description", CONTENT):
        if name in names:
            check_markup(text(item, name))
    # Readers that know one text alone take the first, and where there are two it is the shorter.
    assert CONTENT not in names or names.index("description") < names.index(CONTENT)
    guid, link = item.find("guid"), item.findtext("link")
    name = text(item, "guid")
    assert guid is not None and IRI.fullmatch(name)
    assert link is None or URL.fullmatch(link)
    assert guid.get("isPermaLink") == ("true" if name == link else "false")
    for source in item.findall("source"):
        assert URL.fullmatch(str(source.get("url")))
    for enclosure in item.findall("enclosure"):
        assert URL.fullmatch(str(enclosure.get("url")))
        assert MEDIA_TYPE.fullmatch(str(enclosure.get("type")))
        assert str(enclosure.get("length")).isdecimal()
    files = [*item.iter(f"{MEDIA}content", f"{MEDIA}thumbnail")]
    for file in files:
        _check_file(file)
    each = [(file.tag, file.get("url")) for file in files]
    assert len({*each}) == len(each)
    return name


def _check_file(element: etree._Element) -> None:
    """Check an element of Media RSS that names a file."""
    sizes = {"width", "height"}
    known = {"url", "type", "medium", "fileSize", "duration"} | sizes
    allowed = known if element.tag == f"{MEDIA}content" else {"url"} | sizes
    assert {str(name) for name in element.attrib} <= allowed
    assert URL.fullmatch(str(element.get("url")))
    assert MEDIA_TYPE.fullmatch(element.get("type", "a/b"))
    for name in ("width", "height", "fileSize", "duration"):
        assert int(element.get(name, "1")) > 0
    assert element.get("medium", "image") in ("image", "audio", "video")
    for child in element:
        assert child.tag in (f"{MEDIA}title", f"{MEDIA}credit")
        assert child.tag != f"{MEDIA}title" or child.get("type") == "plain"
        assert child.text and child.text.strip()
