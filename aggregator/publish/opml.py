"""The list of all published feeds as OPML 2.0, which readers import in one step.

The parts of a feed that was split stand in a folder of their own, in which no story stands twice;
every other feed stands by itself.
"""

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
    folders: dict[str, etree._Element] = {"": body}
    for feed in feeds:
        if feed.folder not in folders:
            folders[feed.folder] = etree.SubElement(
                body, "outline", text=feed.folder, title=feed.folder
            )
        etree.SubElement(
            folders[feed.folder],
            "outline",
            type="rss",
            text=feed.title,
            title=feed.title,
            language=site.language,
            xmlUrl=f"{site.url}{feed.name}.{formats.PREFERRED.suffix}",
            htmlUrl=f"{site.url}{feed.name}.html",
        )
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))
