"""The page of an entry that has no address of its own: its whole text, and whose that is. Pure.

It leads to other files of the folder by relative addresses and does not name its own, so that it
stays right where the site moves. It shows no lists of feeds, topics and sources, but leads to those
of the front page: else each of a hundred thousand pages would be written again for a new source.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aggregator.bengali import text
from aggregator.models import (
    DateHow,
    Entry,
    EntryView,
    Frame,
    Media,
    MediaRole,
    Related,
    StoryPicture,
)
from aggregator.publish.inert import with_whole_texts_and_content
from aggregator.publish.media import shown_media
from aggregator.publish.pages import days, layout, story, told
from aggregator.publish.view import authors_of, other_language

_ROOT = "../"  # pages lie in a folder of their own
# The papers in a section: what else tells of a story is more than a screen elsewhere, too.
_MOST_PAPERS = 5
# What a picture measures at most where no style sheet is read, in pixels: (width, height).
_PICTURE = (640, 576)
_TITLE_OF_NOTICE = "এই লেখাটি সরিয়ে নেওয়া হয়েছে।"
_SAVED, _SENT = "পাতার সংরক্ষিত কপি থেকে নেওয়া", "ফিড থেকে নেওয়া"
# How the date was had: what unfolds, and to what.
_HOW_DATED = {
    DateHow.INFERRED: (
        story.INFERRED,
        "প্রকাশের পুরো তারিখ লেখা ছিল না; লেখা বা ঠিকানায় যা ছিল, তা থেকে ধরা হয়েছে।",
    ),
    DateHow.FIRST_SEEN: (
        "প্রকাশের তারিখ লেখা নেই",
        "প্রকাশের তারিখ লেখা ছিল না; লেখাটি এখানে প্রথম কখন দেখা গেছে, সেই সময় দেওয়া হলো।",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """Where else a story is told, under a heading."""

    heading: str
    papers: tuple[told.Told, ...]


def render_page(view: EntryView, first_seen: datetime, frame: Frame) -> bytes:
    """Render the page of an entry; ``first_seen`` is when its text was read."""
    view = with_whole_texts_and_content(view)
    entry, media = view.entry, shown_media(view)
    content = entry.content_html
    picture = None if media.is_picture_in_text else media.picture
    page = replace(
        _page(entry.title),
        description=text.cut(entry.summary, story.SUMMARY_CHARACTERS),
        picture=media.picture.url if media.picture else "",
        alternates=_alternates(frame),
    )
    language = other_language(view)
    return layout.render(
        "entry",
        frame,
        page,
        [content.encode()] if content else [],
        has_content=bool(content),
        summary="" if content or entry.summary == entry.title else entry.summary,
        topic=story.pill(entry.topic, _rooted(view.topic_feed)) if entry.topic else "",
        source=view.source_title,
        authors=[name for name in authors_of(view) if name != view.source_title],
        language=language,
        language_name=story.language_name(language),
        site_language=view.language,
        time=replace(story.time_of(view, with_day=True), note=""),
        how_dated=_HOW_DATED.get(entry.date_how),
        picture=story.picture_of(picture, _PICTURE),
        credit=media.credit if picture else "",
        files=story.files_of(media),
        link=entry.link,
        taken=_SENT if view.source_feed else _SAVED,
        read=_read_at(first_seen, view.timezone),
        rights=entry.rights,
        sections=_sections(view),
    )


def _read_at(first_seen: datetime, timezone: str) -> days.Time:
    iso = days.iso(first_seen, timezone)
    return days.Time(iso=iso, shown=days.day_and_clock(first_seen, timezone))


def render_notice(frame: Frame) -> bytes:
    """Render what stands in the place of a page whose entry was purged."""
    return layout.render("notice", frame, _page(_TITLE_OF_NOTICE))


def _page(title: str) -> layout.Page:
    """Return what every page of this folder says of itself."""
    return layout.Page(title=title, root=_ROOT, lists=f"{_ROOT}index.html")


def sample(frame: Frame) -> bytes:
    """Return a page that has all that a page can have, and a notice.

    Its bytes change where those of all pages do, whatever their entries.
    """
    return b"".join(
        render_page(view, _SAMPLE_TIME, frame) for view in (_SAMPLE, _SAMPLE_OF_A_FEED)
    ) + render_notice(frame)


def _rooted(feed: str) -> str:
    return f"{_ROOT}{feed}" if feed else ""


def _alternates(frame: Frame) -> tuple[layout.Alternate, ...]:
    """Return where the feed of the front page is to be had, the preferred format first."""
    titles = {each.feed: each.title for each in (*frame.topics, *frame.feeds)}
    title = titles.get(frame.front, frame.title)
    return layout.alternates(title, f"{_ROOT}{frame.front}") if frame.front else ()


def _sections(view: EntryView) -> list[_Section]:
    """Return where else a story is told, with the same text and in other words; what led to it."""
    same = told.elsewhere(_told(view, is_same_text=True), root=_ROOT)
    others = told.elsewhere(_told(view, is_same_text=False), root=_ROOT)
    sections = [
        _Section(heading=f"এই লেখা আরও {days.counted(len(same))} কাগজে", papers=same[:_MOST_PAPERS]),
        _Section(heading="একই ঘটনার খবর", papers=others[:_MOST_PAPERS]),
        _Section(heading="এর আগে", papers=told.earlier(view, root=_ROOT)),
    ]
    return [section for section in sections if section.papers]


def _told(view: EntryView, *, is_same_text: bool) -> EntryView:
    """Return an entry with those beside it alone that have its text, or those that have not."""
    related = tuple(each for each in view.related if each[0].is_same_text is is_same_text)
    return replace(view, related=related)


_SAMPLE_TIME = datetime(2026, 11, 26, 9, 41, tzinfo=UTC)
_SAMPLE_PICTURE = Media(
    url="https://example.org/a.jpg", role=MediaRole.PICTURE, width=640, height=480, alt="নদী"
)
_SAMPLE = EntryView(
    entry=Entry(
        id="sample",
        source="a",
        link="https://example.org/1",
        title="নদীর পানি বাড়ছে",
        summary="উজানের ঢলে পানি বাড়ছে।",
        content_html="<p>উজানের ঢলে নদীর পানি বাড়ছে।</p>",
        authors=("ক খ",),
        categories=(),
        language="as",
        published=_SAMPLE_TIME,
        updated=_SAMPLE_TIME,
        date_how=DateHow.INFERRED,
        media=(Media(url="https://example.org/a.mp3", role=MediaRole.SOUND, alt="শব্দ"),),
        rights="© ক",
        related=tuple(
            Related(
                link="https://example.org/2",
                source=source,
                is_same_text=is_same_text,
                title="পানি বাড়ছে",
                published=_SAMPLE_TIME,
            )
            for source, is_same_text in (("b", True), ("c", False))
        ),
        picture=StoryPicture(media=_SAMPLE_PICTURE, source="b"),
        topic="আবহাওয়া",
    ),
    source="a",
    source_title="কাগজ",
    source_feed=None,
    source_categories=(),
    source_timezone="Asia/Dhaka",
    related=(),
    timezone="Asia/Dhaka",
    language="bn",
    picture_source_title="অন্য কাগজ",
    topic_feed="weather",
)
_SAMPLE_TOLD = tuple((related, related.source) for related in _SAMPLE.entry.related)
_SAMPLE = replace(_SAMPLE, related=_SAMPLE_TOLD, earlier=_SAMPLE_TOLD)
# Without a text, a date, or an address.
_SAMPLE_OF_A_FEED = replace(
    _SAMPLE,
    source_feed="https://example.org/rss",
    entry=replace(_SAMPLE.entry, content_html="", link="", date_how=DateHow.FIRST_SEEN),
)
