"""Pages for people: one for each feed, and one that lists the feeds with what to subscribe to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from aggregator.bengali.day_patterns import MONTH_NAMES
from aggregator.models import FeedSpec, FeedView, Site
from aggregator.publish.feedgen import authors, related

_BENGALI_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")

_templates = Environment(
    loader=PackageLoader("aggregator.publish", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def bengali_date(when: datetime, timezone: str) -> str:
    """Write a time as Bengali papers do, in the site's time zone.

    >>> from datetime import UTC
    >>> bengali_date(datetime(2026, 11, 24, 6, 5, tzinfo=UTC), "Asia/Dhaka")
    '২৪ নভেম্বর ২০২৬, ১২:০৫'
    """
    local = when.astimezone(ZoneInfo(timezone))
    text = f"{local.day} {MONTH_NAMES[local.month - 1]} {local.year}, {local:%H:%M}"
    return text.translate(_BENGALI_DIGITS)


def render(view: FeedView) -> bytes:
    """Render one feed as the bytes of an HTML page."""
    rows = [
        {
            "title": entry.title,
            "link": entry.link,
            "summary": entry.summary,
            "source": view.sources[entry.source].title,
            "author": ", ".join(authors(view, entry)),
            "published": entry.published.isoformat(),
            "related": related(view, entry),
            "date": bengali_date(entry.published, view.site.timezone),
        }
        for entry in view.entries
    ]
    template = _templates.get_template("feed.jinja")
    return template.render(site=view.site, feed=view.spec, rows=rows).encode()


def render_index(site: Site, feeds: Sequence[FeedSpec]) -> bytes:
    """Render the page that lists the feeds."""
    return _templates.get_template("index.jinja").render(site=site, feeds=feeds).encode()
