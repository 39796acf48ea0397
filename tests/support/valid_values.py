"""What is valid within a field of any published format: addresses, dates, languages, markup."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from html.entities import name2codepoint

from lxml import etree, html

ATOM = "{http://www.w3.org/2005/Atom}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
WAYS = f"{_XHTML}div"
IRI = re.compile(r"(https?://[^\s/?#]+|urn:|tag:)[^\s<>\"{}|\\^`]*")
URL = re.compile(r"https?://[!-~]+")
MEDIA_TYPE = re.compile(r"[!-~]+/[!-~]+")
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_RFC_822 = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
_REFERENCE = re.compile(r"&(#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_ADDRESSES = ("href", "src", "poster", "cite", "srcset")
# Elements that the W3C's validator calls a risk, as they run or change what stands around them.
_RISKS = (
    "script style iframe object embed applet form input meta link base frame frameset plaintext svg"
).split()


def text(element: etree._Element, name: str) -> str:
    """Return the text of a child, which must be there and not be blank."""
    child = element.find(name)
    assert child is not None and child.text and child.text.strip(), name
    return str(child.text)


def check_not_blank(root: etree._Element) -> None:
    """Check that no attribute is blank (the validator's AttrNotBlank)."""
    for element in root.iter(etree.Element):
        for name, value in element.attrib.items():
            assert str(value).strip(), (element.tag, name)


def check_namespaces(root: etree._Element) -> None:
    """Check that extensions stand under the prefixes that simple readers look for."""
    usual = {
        "http://purl.org/dc/elements/1.1/": "dc",
        "http://purl.org/rss/1.0/modules/content/": "content",
        "http://search.yahoo.com/mrss/": "media",
        "http://purl.org/syndication/history/1.0": "fh",
        ATOM[1:-1]: "atom" if root.tag == "rss" else None,
        "http://www.w3.org/1999/xhtml": None,
    }
    for element in root.iter(etree.Element):
        for prefix, namespace in element.nsmap.items():
            assert usual[str(namespace)] == prefix, (namespace, prefix)


def rfc_3339(value: str) -> datetime:
    """Return a time of Atom or JSON Feed, which names its zone."""
    assert _RFC_3339.fullmatch(value), value
    return datetime.fromisoformat(value)


def rfc_822(value: str) -> datetime:
    """Return a time of RSS: a year of four digits, the right weekday, and a zone in digits."""
    assert _RFC_822.fullmatch(value), value
    when = parsedate_to_datetime(value)
    assert format_datetime(when) == value, value
    return when


def check_plain(value: str) -> None:
    """Check that a plain text has nothing in it that readers take for markup.

    The validator warns of tags and of references to characters (ContainsHTML).
    """
    assert value.strip(), "blank"
    assert not _TAG.search(value), value
    for reference in _REFERENCE.findall(value):
        assert not reference.startswith("#") and reference not in name2codepoint, value


def check_markup(value: str) -> None:
    """Check that markup leads nowhere by a relative address, and that nothing in it runs."""
    for element in html.fragment_fromstring(value, create_parent="div").iter(etree.Element):
        assert element.tag not in _RISKS, element.tag
        for name, raw in element.attrib.items():
            assert not str(name).startswith("on") and name != "style", (element.tag, name)
            if name in _ADDRESSES:
                for each in str(raw).split(", ") if name == "srcset" else [str(raw)]:
                    assert re.match("(https?://|mailto:|tel:)", each, re.IGNORECASE), each


def check_ways(head: etree._Element) -> None:
    """Check that a head has one element of links for people, to pages beside the document.

    It stands behind all that is the format's own, and has no name that the format knows.
    """
    (ways,) = head.findall(WAYS)
    meta, *links = ways
    assert (meta.tag, meta.get("name")) == (f"{_XHTML}meta", "viewport")
    for link in links:
        assert link.tag == f"{_XHTML}a" and list(link.attrib) == ["href"] and not len(link)
        assert re.fullmatch(r"[a-z0-9-]+\.html", str(link.get("href")))
        assert link.text and link.text.strip()
    follows = ways.getnext()
    assert len(links) == 2 and (follows is None or follows.tag in ("item", f"{ATOM}entry"))
