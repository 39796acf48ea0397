"""Pages for people: one for each feed, and one that lists the feeds with their addresses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from aggregator.bengali.day_patterns import MONTH_NAMES
from aggregator.models import FeedSpec, FeedView, Site
from aggregator.publish import formats
from aggregator.publish.view import authors_of, links_by_label

MEDIA_TYPE = "text/html"

_BENGALI_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")

_templates = Environment(
    loader=PackageLoader("aggregator.publish", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def bengali_date(moment: datetime, timezone: str) -> str:
    """Write a time as Bengali papers do, in a time zone named as ``Asia/Dhaka``.

    >>> from datetime import UTC
    >>> bengali_date(datetime(2026, 11, 24, 6, 5, tzinfo=UTC), "Asia/Dhaka")
    '২৪ নভেম্বর ২০২৬, ১২:০৫'
    """
    local = moment.astimezone(ZoneInfo(timezone))
    written = f"{local.day} {MONTH_NAMES[local.month - 1]} {local.year}, {local:%H:%M}"
    return written.translate(_BENGALI_DIGITS)


def render(view: FeedView) -> bytes:
    """Render one feed as the bytes of an HTML page."""
    rows = [
        {
            "title": entry.title,
            "link": entry.link,
            "summary": entry.summary,
            "source": view.sources[entry.source].title,
            "author": ", ".join(authors_of(view, entry)),
            "published": entry.published.isoformat(),
            "related": links_by_label(view, entry),
            "date": bengali_date(entry.published, view.site.timezone),
        }
        for entry in view.entries
    ]
    return _render("feed.jinja", site=view.site, feed=view.spec, rows=rows)


def render_index(site: Site, feeds: Sequence[FeedSpec]) -> bytes:
    """Render the page that lists the feeds as the bytes of an HTML page."""
    return _render("index.jinja", site=site, feeds=feeds)


def _render(template: str, **values: object) -> bytes:
    """Render a template, which sees every format and which of them is preferred."""
    return (
        _templates.get_template(template)
        .render(formats=formats.FORMATS, preferred_first=formats.preferred_first(), **values)
        .encode()
    )
