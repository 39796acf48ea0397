"""One story as pages show it: its picture, words and labels, who else tells it, what led to it.

Its bytes are the same in whatever page of a feed it stands, so that they are made once. What
differs by page is put right by the page that joins them, by exact bytes that are made here: the
level of the heading, the pill of the page's own topic, and the time where no day stands above it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from markupsafe import Markup

from aggregator.bengali import text
from aggregator.models import DateHow, Entry, EntryView, Media, MediaRole
from aggregator.publish.media import ShownMedia, shown_media
from aggregator.publish.pages import days, layout
from aggregator.publish.pages.told import Told, earlier, elsewhere
from aggregator.publish.view import home_page_of, other_language

# Stands before the time of an entry whose source states none.
FIRST_SEEN = "প্রথম দেখা"
INFERRED = "তারিখ অনুমিত"
# About two lines on a desktop and four on a phone.
SUMMARY_CHARACTERS = 150
# What a picture measures at most where no style sheet is read, in pixels: (width, height).
THUMBNAIL, LEAD_PICTURE = (160, 240), (640, 400)
# Stands for a file that is not shown but led to.
_FILES = {MediaRole.SOUND: "শুনুন", MediaRole.VIDEO: "দেখুন", MediaRole.FILE: "ফাইল"}
# What languages are called in themselves; of any other its code is shown.
_LANGUAGES = {
    "as": "অসমীয়া",
    "bpy": "বিষ্ণুপ্রিয়া মণিপুরী",
    "en": "English",
    "hi": "हिन्दी",
    "ur": "اردو",
}
_ENDS = "।?!"  # of a sentence
_LEVEL = 3  # of the heading, as it is rendered
_PILLS = 1_000  # more than there are topics, each of which many stories have


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture in its place; its sizes are in pixels, and the height may be unknown."""

    url: str
    alt: str
    width: int
    height: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that a story shows, in the order in which it shows it; what is missing is empty.

    ``title`` and ``summary`` are escaped where they are no ``Markup``. ``language`` is its code,
    where it is not the site's, and ``language_name`` what that is called. ``topic`` is markup.
    ``is_lead`` says that it is the first of a page.
    """

    title: str
    link: str
    summary: str
    source: str
    home_page: str
    topic: Markup
    language: str
    language_name: str
    site_language: str
    time: days.Time
    picture: Picture | None
    credit: str
    files: tuple[tuple[str, Media], ...]
    elsewhere: tuple[Told, ...]
    earlier: tuple[Told, ...]
    is_lead: bool = False


def render_entry(view: EntryView) -> bytes:
    """Render an entry as its article, with the clock alone, as a day stands above it.

    Where the day alone is known, a mark stands in the place of the time, for ``with_day``; a page
    that shows no day there takes it out by ``without_marks``.
    """
    return _article(story_of(view))


def article(story: Story, *, level: int = _LEVEL) -> bytes:
    """Render a story as its article, with a heading of a level."""
    return without_marks(at_level(_article(story), level))


def _article(story: Story) -> bytes:
    return layout.macro("story", "article", story=story).encode()


def without_marks(articles: bytes) -> bytes:
    """Return articles without the marks of times that are not shown; no text can hold one."""
    return articles.replace(layout.DAY_ALONE.encode(), b"")


def at_level(articles: bytes, level: int) -> bytes:
    """Return articles with their headings at a level; no text of theirs can hold a tag."""
    if level == _LEVEL:
        return articles
    return articles.replace(f"<h{_LEVEL}>".encode(), f"<h{level}>".encode()).replace(
        f"</h{_LEVEL}>".encode(), f"</h{level}>".encode()
    )


def without_topic(articles: bytes, topic: str, feed: str) -> bytes:
    """Return articles without the pill of a topic, for the page of that topic's feed."""
    return articles.replace(pill(topic, feed).encode(), b"")


def with_day(rendered: bytes, view: EntryView, *, today: date | None, year: int | None) -> bytes:
    """Return the article of an entry with the day beside the clock, for where none is above it.

    The day is written as ``days.named`` does.
    """
    full = time_of(view, with_day=True, today=today, year=year)
    return rendered.replace(_time(time_of(view)), _time(full), 1)


def story_of(view: EntryView) -> Story:
    """Return what a story shows of an entry, in a list under the heading of its day."""
    entry, media = view.entry, shown_media(view)
    language = other_language(view)
    return Story(
        title=entry.title,
        link=entry.link or entry.page,
        summary=text.cut(_beyond_title(entry), SUMMARY_CHARACTERS),
        source=view.source_title,
        home_page=home_page_of(view),
        topic=pill(entry.topic, view.topic_feed) if entry.topic else Markup(),
        language=language,
        language_name=language_name(language),
        site_language=view.language,
        time=time_of(view),
        picture=picture_of(media.picture, THUMBNAIL),
        credit=media.credit,
        files=files_of(media),
        elsewhere=elsewhere(view),
        earlier=earlier(view),
    )


def _beyond_title(entry: Entry) -> str:
    """Return the summary of an entry without a first sentence that is its title.

    A text that came without a title has its first sentence as one.
    """
    title, summary = entry.title.rstrip(_ENDS), entry.summary
    rest = summary.removeprefix(title)
    if not title or rest == summary or rest.lstrip()[:1] not in ("", *_ENDS):
        return summary
    return rest.lstrip(f" {_ENDS}")


def lead_of(view: EntryView) -> Story:
    """Return what the first story of a page shows, with its picture at its largest."""
    picture = picture_of(shown_media(view).picture, LEAD_PICTURE)
    return replace(story_of(view), picture=picture, is_lead=True)


def language_name(language: str) -> str:
    """Return what the language of a code is called, in itself where that is known."""
    return _LANGUAGES.get(language, language)


def files_of(media: ShownMedia) -> tuple[tuple[str, Media], ...]:
    """Return the files that are not shown but led to, each with what stands for it."""
    return tuple((_FILES[each.role], each) for each in media.files if each.role in _FILES)


@lru_cache(maxsize=_PILLS)
def pill(topic: str, feed: str) -> Markup:
    """Return the label of a topic, which leads to the topic's feed where it has one."""
    return layout.macro("story", "pill", topic=topic, feed=feed)


def time_of(
    view: EntryView,
    *,
    with_day: bool = False,
    today: date | None = None,
    year: int | None = None,
) -> days.Time:
    """Return the time of an entry: the clock alone, or with its day, in the site's zone.

    Of an entry of which the day alone is known, the clock is empty. The day is written as
    ``days.named`` does.
    """
    entry = view.entry
    label = FIRST_SEEN if entry.date_how is DateHow.FIRST_SEEN else ""
    note = INFERRED if entry.date_how is DateHow.INFERRED else ""
    day = day_alone(entry, view.source_timezone)
    if day is not None:
        shown = days.named(day, today=today, year=year) if with_day else ""
        return days.Time(iso=day.isoformat(), shown=shown, note=note)
    if with_day:
        shown = days.day_and_clock(entry.published, view.timezone, today=today, year=year)
    else:
        shown = days.clock(entry.published, view.timezone)
    return days.Time(
        iso=days.iso(entry.published, view.timezone), shown=shown, label=label, note=note
    )


def day_alone(entry: Entry, timezone: str) -> date | None:
    """Return the day that the source of an entry, in this zone, stated without a time of day."""
    if entry.date_how is DateHow.FIRST_SEEN:
        return None
    return days.day_alone(entry.published, timezone)


def picture_of(media: Media | None, most: tuple[int, int]) -> Picture | None:
    """Return a picture scaled down to a width and height in pixels, keeping its ratio."""
    if media is None:
        return None
    most_width, most_height = most
    if not media.width or not media.height:
        return Picture(url=media.url, alt=media.alt, width=most_width, height=None)
    scale = min(most_width / media.width, most_height / media.height, 1)
    width, height = (max(round(side * scale), 1) for side in (media.width, media.height))
    return Picture(url=media.url, alt=media.alt, width=width, height=height)


def _time(time: days.Time) -> bytes:
    return layout.macro("story", "time", time=time).encode()
