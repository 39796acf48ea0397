"""Lists of subscriptions as OPML 2.0, which readers import in one step: of feeds, or of sources.

The parts of a feed that was split stand in a folder of their own, in which no story stands twice;
every other feed stands by itself. A source stands in the folder of its first category.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lxml import etree

from aggregator.models import OPML_NAMESPACE, FeedSpec, Site, Source
from aggregator.publish import formats
from aggregator.publish.inert import inert, inert_site, inert_spec

MEDIA_TYPE = "text/x-opml"
# What stands between categories, and between those that lie in each other (OPML 2.0, "category").
_BETWEEN_CATEGORIES = (",", "/")


def render(site: Site, feeds: Sequence[FeedSpec]) -> bytes:
    """Render the subscription list as the bytes of an OPML document."""
    site, feeds = inert_site(site), [inert_spec(feed) for feed in feeds]
    outlines = [
        (
            feed.folder,
            {
                "type": "rss",
                "text": feed.title,
                "title": feed.title,
                "language": site.language,
                "xmlUrl": f"{site.url}{feed.name}.{formats.PREFERRED.suffix}",
                "htmlUrl": f"{site.url}{feed.name}.html",
            },
        )
        for feed in feeds
    ]
    return _document(etree.Element("opml", version="2.0"), site.title, outlines)


def render_sources(site: Site, sources: Sequence[Source], home_pages: Mapping[str, str]) -> bytes:
    """Render the sources that have a feed as an OPML document, as they are configured.

    ``home_pages`` are the addresses of the sources' sites, by their titles.
    """
    root: etree._Element = etree.Element(
        "opml", nsmap={"aggregator": OPML_NAMESPACE}, version="2.0"
    )
    outlines = [
        (folder, _outline_of(source, home_pages.get(source.title, "")))
        for source in sources
        if source.feed is not None
        for folder in _folders(source)
    ]
    return _document(root, inert(site.title), outlines)


def _outline_of(source: Source, home_page: str) -> dict[str, str]:
    """Return the attributes of a source's outline, of which none is empty."""
    title = inert(source.title)
    values = {
        "type": "rss",
        "text": title,
        "title": title,
        "xmlUrl": source.feed or "",
        "htmlUrl": home_page,
        "category": ",".join(map(inert, _listed(source))),
        f"{{{OPML_NAMESPACE}}}name": source.name,
    }
    return {name: value for name, value in values.items() if value}


def _listed(source: Source) -> list[str]:
    """Return the categories that can stand in a list of them, where there are several."""
    if len(source.categories) <= 1:
        return []
    return [name for name in source.categories if not _would_be_parted(name)]


def _folders(source: Source) -> Iterator[str]:
    """Yield the folders of a source: of its first category, and of those no list can hold."""
    yield inert(source.categories[0]) if source.categories else ""
    yield from (inert(name) for name in source.categories[1:] if _would_be_parted(name))


def _would_be_parted(category: str) -> bool:
    return any(sign in category for sign in _BETWEEN_CATEGORIES)


def _document(
    root: etree._Element, title: str, outlines: Sequence[tuple[str, Mapping[str, str]]]
) -> bytes:
    """Return a document of outlines, each with the folder that it lies in, or none."""
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    body = etree.SubElement(root, "body")
    folders: dict[str, etree._Element] = {"": body}
    for folder, values in outlines:
        if folder not in folders:
            folders[folder] = etree.SubElement(body, "outline", text=folder, title=folder)
        etree.SubElement(folders[folder], "outline", dict(values))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))
