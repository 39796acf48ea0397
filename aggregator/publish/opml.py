"""The list of all published feeds as OPML 2.0, which readers import in one step."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from aggregator.models import FeedSpec, Site
from aggregator.publish import formats
from aggregator.publish.inert import inert_site, inert_spec

MEDIA_TYPE = "text/x-opml"


def render(site: Site, feeds: Sequence[FeedSpec]) -> bytes:
    """Render the subscription list as the bytes of an OPML document."""
    site, feeds = inert_site(site), [inert_spec(feed) for feed in feeds]
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = site.title
    body = etree.SubElement(root, "body")
    for feed in feeds:
        etree.SubElement(
            body,
            "outline",
            type="rss",
            text=feed.title,
            title=feed.title,
            language=site.language,
            xmlUrl=f"{site.url}{feed.name}.{formats.PREFERRED.suffix}",
            htmlUrl=f"{site.url}{feed.name}.html",
        )
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))
