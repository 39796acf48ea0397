"""Checks that what is published is valid: RSS 2.0, Atom, JSON Feed 1.1, archives and OPML 2.0.

The rules are those of the specifications, and what the W3C's validator reports as an error or a
warning. A check fails by an assertion.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

from lxml import etree

from tests.support.valid_atom import HISTORY, check_atom
from tests.support.valid_json import check_json
from tests.support.valid_rss import MEDIA, check_rss
from tests.support.valid_values import ATOM, LANGUAGE, URL

__all__ = ["ATOM", "MEDIA", "check_atom", "check_json", "check_opml", "check_rss", "check_site"]

_CHECKS: dict[str, Callable[[bytes], list[str]]] = {
    "atom": check_atom,
    "rss": check_rss,
    "json": check_json,
}


class _Place(NamedTuple):
    """Where a document says that it is, and where its feed and what is older than it are."""

    itself: str
    current: str
    previous: str


def check_opml(body: bytes) -> list[str]:
    """Check an OPML 2.0 subscription list; return the feeds' addresses in order."""
    root = etree.fromstring(body)
    assert root.tag == "opml" and root.get("version") == "2.0"
    head, outlines = root
    assert (head.tag, outlines.tag) == ("head", "body") and head.findtext("title")
    assert len(outlines)
    for outline in outlines.iter("outline"):
        assert str(outline.get("text", "")).strip()
        if outline.get("type") != "rss":  # a folder
            assert len(outline) and outline.get("xmlUrl") is None
            continue
        assert not len(outline)
        assert all(URL.fullmatch(str(outline.get(name))) for name in ("xmlUrl", "htmlUrl"))
        assert LANGUAGE.fullmatch(str(outline.get("language")))
    for folder in (outlines, *outlines.findall("outline")):
        addresses = [each.get("xmlUrl") for each in folder if each.get("xmlUrl")]
        assert len({*addresses}) == len(addresses)
        names = [each.get("text") for each in folder if not each.get("xmlUrl")]
        assert len({*names}) == len(names)
    return [str(each.get("xmlUrl")) for each in outlines.iter("outline") if each.get("xmlUrl")]


def check_site(files: Mapping[str, bytes], url: str) -> dict[str, list[str]]:
    """Check every feed, archive document and list of a site; return each feed's ids by its file.

    Each document must be at the address that it names as its own (the validator's
    SelfDoesntMatchLocation), those that it leads to must be there, and all formats of one must have
    the same entries in the same order.
    """
    found = {}
    for name, body in files.items():
        if check := _CHECKS.get(name.rpartition(".")[2]):
            found[name] = check(body)
            _check_place(name, body, files, url)
    for name, ids in found.items():
        stem = name.rpartition(".")[0]
        assert all(found[f"{stem}.{suffix}"] == ids for suffix in _CHECKS), stem
    for address in check_opml(files["feeds.opml"]):
        assert address.removeprefix(url) in found
    return found


def _check_place(name: str, body: bytes, files: Mapping[str, bytes], url: str) -> None:
    place = _place_in_json(body) if name.endswith(".json") else _place_in_xml(body)
    stem, _, suffix = name.rpartition(".")
    feed = f"{stem.partition('-archive-')[0]}.{suffix}"
    assert place.current == f"{url}{feed}"
    # JSON Feed knows a feed by its address alone, so that its archives have the same.
    assert place.itself == f"{url}{feed if suffix == 'json' else name}"
    assert not place.previous or place.previous.removeprefix(url) in files


def _place_in_json(body: bytes) -> _Place:
    feed = json.loads(body)
    return _Place(feed["feed_url"], feed["feed_url"], feed.get("next_url", ""))


def _place_in_xml(body: bytes) -> _Place:
    root = etree.fromstring(body)
    head = root if root.tag == f"{ATOM}feed" else root[0]
    links = {str(link.get("rel")): str(link.get("href")) for link in head.findall(f"{ATOM}link")}
    current = links["current" if head.find(f"{HISTORY}archive") is not None else "self"]
    # The id of an Atom feed is that of all its archive documents (RFC 5005 §4).
    assert head.findtext(f"{ATOM}id", current) == current
    return _Place(links["self"], current, links.get("prev-archive", ""))
