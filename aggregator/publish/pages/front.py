"""The front page: the news. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.models import FeedSpec, Frame, Site
from aggregator.publish import formats
from aggregator.publish.pages import layout


def render_index(site: Site, feeds: Sequence[FeedSpec]) -> bytes:
    """Render the page that lists the feeds as the bytes of an HTML page."""
    frame = Frame(title=site.title, language=site.language, timezone=site.timezone)
    alternates = tuple(
        layout.Alternate(
            media_type=formats.PREFERRED.media_type,
            title=feed.title,
            href=f"{feed.name}.{formats.PREFERRED.suffix}",
        )
        for feed in feeds
    )
    page = layout.Page(
        title=site.title, address=site.url, part="news", is_front=True, alternates=alternates
    )
    return layout.render("index", frame, page, site=site, feeds=feeds)
