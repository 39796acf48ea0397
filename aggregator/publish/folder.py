"""What stands in the published folder: feeds in every format, their pages, and lists of the feeds.

Knows what each file is called and served as; ``files`` puts it in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from aggregator.models import FeedDocument, FeedSpec, FeedView, Site
from aggregator.publish import formats, opml, page


def feed_documents(view: FeedView) -> list[FeedDocument]:
    """Return the files of one feed: one in each format, and its page."""
    name, modified = view.spec.name, view.updated
    documents = [
        FeedDocument(name=f"{name}.{output.suffix}", body=output.render(view), modified=modified)
        for output in formats.FORMATS
    ]
    body = page.render(view)
    return [*documents, FeedDocument(name=f"{name}.html", body=body, modified=modified)]


def list_documents(site: Site, feeds: Sequence[FeedSpec], modified: datetime) -> list[FeedDocument]:
    """Return the files that list the feeds: the front page, and OPML for readers to import."""
    index, outline = page.render_index(site, feeds), opml.render(site, feeds)
    return [
        FeedDocument(name="index.html", body=index, modified=modified),
        FeedDocument(name="feeds.opml", body=outline, modified=modified),
    ]


def file_names(feeds: Sequence[FeedSpec]) -> frozenset[str]:
    """Return the names of all files that are published of these feeds."""
    suffixes = [*(output.suffix for output in formats.FORMATS), "html"]
    names = {f"{feed.name}.{suffix}" for feed in feeds for suffix in suffixes}
    return frozenset(names | {"index.html", "feeds.opml"})


def is_published(folder: Path) -> bool:
    """Tell whether a folder holds what was published once: then it has a front page."""
    return (folder / "index.html").is_file()


def media_types() -> dict[str, str]:
    """Return the media type of every suffix that is published; each file is UTF-8."""
    types = {output.suffix: output.media_type for output in formats.FORMATS}
    return types | {"html": page.MEDIA_TYPE, "opml": opml.MEDIA_TYPE}
