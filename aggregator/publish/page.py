"""Pages for people: one for each feed, and the front page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from aggregator.bengali.day_patterns import MONTH_NAMES
from aggregator.models import DateHow, EntryView, FeedView, MediaRole
from aggregator.publish import formats
from aggregator.publish.format import Format
from aggregator.publish.inert import with_whole_names, with_whole_texts
from aggregator.publish.media import shown_media
from aggregator.publish.view import authors_of, links_by_label, other_language

MEDIA_TYPE = "text/html"

# Stands before the time of an entry whose source states none.
FIRST_SEEN = "প্রথম দেখা"
# Stands for a file that is not shown but led to.
_FILES = {MediaRole.SOUND: "শুনুন", MediaRole.VIDEO: "দেখুন", MediaRole.FILE: "ফাইল"}
# Where the articles come in a page, as they are bytes already: a template would decode, copy and
# encode all of them (2 ms of 200). It stands in no text, as texts hold what XML can carry alone.
_ARTICLES = "\0"
_BENGALI_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")

_templates = Environment(
    loader=PackageLoader("aggregator.publish", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    auto_reload=False,  # the program's own files change with the program
)


def bengali_date(moment: datetime, timezone: str) -> str:
    """Write a time as Bengali papers do, in a time zone named as ``Asia/Dhaka``.

    >>> from datetime import UTC
    >>> bengali_date(datetime(2026, 11, 24, 6, 5, tzinfo=UTC), "Asia/Dhaka")
    '২৪ নভেম্বর ২০২৬, ১২:০৫'
    """
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{_day(local)}, {local.hour:02}:{local.minute:02}".translate(_BENGALI_DIGITS)


def bengali_day(day: date) -> str:
    """Write a day as Bengali papers do.

    >>> bengali_day(date(2026, 11, 24))
    '২৪ নভেম্বর ২০২৬'
    """
    return _day(day).translate(_BENGALI_DIGITS)


def _day(day: date) -> str:
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def day_alone(moment: datetime, timezone: str) -> date | None:
    """Return the day that a source stated without a time of day; ``None`` where it stated one.

    ``timezone`` is the source's. A day without a time is stored as its beginning, there or, where
    the source wrote that as a time, in UTC.

    >>> day_alone(datetime(2026, 5, 15, 18, 0, tzinfo=UTC), "Asia/Dhaka")
    datetime.date(2026, 5, 16)
    """
    for zone in (ZoneInfo(timezone), UTC):
        local = moment.astimezone(zone)
        if local.time() == time.min:
            return local.date()
    return None


def _render_entry(view: EntryView) -> bytes:
    """Render an entry as the lines of its element; the template escapes its texts."""
    entry, media = view.entry, shown_media(view)
    # A template of its own for each entry would take twice as long as a macro does.
    template: Any = _templates.get_template("article.jinja").module
    article: str = template.article(
        title=entry.title,
        link=entry.link,
        summary=entry.summary,
        source=view.source_title,
        author=", ".join(authors_of(view)),
        related=links_by_label(view),
        language=other_language(view),
        media=media,
        files=[(_FILES[each.role], each) for each in media.files if each.role in _FILES],
        **_dated(view),
    )
    return article.encode()


def _join(view: FeedView, entries: Sequence[bytes]) -> bytes:
    """Return the page of a feed of these entries."""
    articles = _ARTICLES if entries else ""
    names = {"formats": formats.FORMATS, "preferred_first": formats.preferred_first()}
    page = _render("feed.jinja", site=view.site, feed=view.spec, articles=articles, **names)
    before, _, after = page.partition(_ARTICLES.encode())
    return b"".join((before, *entries, after))


def _dated(view: EntryView) -> dict[str, str]:
    """Return the time of an entry as the page writes it, for programs and for people."""
    entry = view.entry
    label = FIRST_SEEN if entry.date_how is DateHow.FIRST_SEEN else ""
    day = None if label else day_alone(entry.published, view.source_timezone)
    if day is not None:
        return {"published": day.isoformat(), "date": bengali_day(day), "date_label": ""}
    date = bengali_date(entry.published, view.timezone)
    return {"published": entry.published.isoformat(), "date": date, "date_label": label}


# The page of a feed is made as the formats are, and no format that readers subscribe to.
PAGE = Format(
    suffix="html",
    media_type=MEDIA_TYPE,
    label="HTML",
    render_entry=_render_entry,
    join=_join,
    entry_to_render=with_whole_texts,
    feed_to_render=with_whole_names,
)


def render_front(view: FeedView, top: Sequence[EntryView]) -> bytes:
    """Render the front page as the bytes of an HTML page: the news, below the top stories."""
    view = with_whole_names(view)
    news = [with_whole_texts(each) for each in view.each()]
    top = [with_whole_texts(each) for each in top]
    return _render("front.jinja", site=view.site, frame=view.frame, top=top, news=news)


def _render(template: str, **values: object) -> bytes:
    return _templates.get_template(template).render(values).encode()
