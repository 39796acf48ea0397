"""Which hub a feed announces: in headers first, then in its body, whatever its format."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.link_header import links_of
from aggregator.models import Announcement
from aggregator.parse.feed.hubs import announcement

URL = "https://kagoj.example.org/feed"
HUB, OTHER, TOPIC = (
    "https://hub.example.org/",
    "https://b.example.org/",
    "https://kagoj.example.org/rss",
)
FOUND = Announcement(hub=HUB, topic=TOPIC)
RSS = """<?xml version="1.0"?><rss xmlns:{prefix}="http://www.w3.org/2005/Atom"><channel><title>কাগজ</title>
<{prefix}:link rel="self" href="{topic}"/>
<{prefix}:link rel="hub" href="{hub}"/><item/></channel></rss>"""
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">{links}<entry>{inner}</entry></feed>'
LINKS = f'<link rel="self" href="{TOPIC}"/><link rel="hub" href="{HUB}"/>'


@pytest.mark.parametrize(
    ("body", "links", "expected"),
    [
        (RSS.format(prefix="atom", hub=HUB, topic=TOPIC), "", FOUND),
        (RSS.format(prefix="atom10", hub=HUB, topic=TOPIC), "", FOUND),
        (ATOM.format(links=LINKS, inner=""), "", FOUND),
        (json.dumps({"feed_url": TOPIC, "hubs": [{"type": "WebSub", "url": HUB}]}), "", FOUND),
        ("<rss/>", f'<{HUB}>; rel="hub", <{TOPIC}>; rel="self"', FOUND),
        ("<rss/>", f"<{TOPIC}>;title=a;rel=self,<{HUB}>; REL=hub", FOUND),
        ("<rss/>", f'<{HUB}>; rel="hub"', Announcement(hub=HUB, topic=URL)),
        ("<rss/>", '</hub>; rel="preload hub", <rss>; rel=self',
         Announcement(hub="https://kagoj.example.org/hub", topic=TOPIC)),
        # Headers outweigh the body, and the first hub counts.
        (ATOM.format(links=LINKS, inner=""), f"<{OTHER}>; rel=hub, <{HUB}>; rel=hub",
         Announcement(hub=OTHER, topic=TOPIC)),
        # Headers without a hub do not.
        (ATOM.format(links=LINKS, inner=""), '<https://k.example/wp-json/>; rel="x"', FOUND),
        # Links may stand far from the beginning.
        (ATOM.format(links=f"<!--{'খ' * 3_000}-->{LINKS}", inner=""), "", FOUND),
        # An entry's link is not the feed's, and neither is one of another namespace.
        (ATOM.format(links="", inner=LINKS), "", None),
        (f"<rss><channel>{LINKS}</channel></rss>", "", None),
        ("<rss/>", "", None),
        ("<rss/>", "<ftp://hub.example.org/>; rel=hub", None),
        ("<rss/>", "<http://[::1>; rel=hub", None),
        (json.dumps({"hubs": "x", "feed_url": 7}), "", None),
        ('{"hubs": [', "", None),
    ],
)  # fmt: skip
def test_a_hub_is_found(body: str, links: str, expected: Announcement | None) -> None:
    """As WebSub §4 has publishers name it, and JSON Feed 1.1 in its way."""
    assert announcement(body.encode(), links, URL) == expected


def test_what_is_cut_or_damaged_costs_nothing() -> None:
    """A document is never refused for its links."""
    whole = RSS.format(prefix="atom", hub=HUB, topic=TOPIC).encode()
    for length in range(len(whole)):
        found = announcement(whole[:length], "", URL)
        assert found is None or found.hub == HUB


@given(st.text(max_size=200))
def test_any_header_is_read(header: str) -> None:
    """Whatever a server sends as ``Link``, what is found stood in it."""
    for url, relations in links_of(header):
        assert f"<{url}" in header.replace("< ", "<") or url.strip() == url
        assert relations == frozenset(relation.lower() for relation in relations)


@given(st.binary(max_size=300), st.text(max_size=100))
def test_any_body_is_read(body: bytes, links: str) -> None:
    """Whatever comes, the hub is a web address or there is none."""
    found = announcement(body + b" hub", links, URL)
    assert found is None or found.hub.startswith(("http://", "https://"))
