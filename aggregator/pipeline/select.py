"""Select: which stories a feed shows, in which order, and what is named beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

from aggregator.models import (
    Config,
    ContentShown,
    Entry,
    EventDisplay,
    FeedSpec,
    Presentation,
    Related,
    Site,
)
from aggregator.pipeline.choose import Choice, choose_stories
from aggregator.pipeline.happenings import Beside, told_beside
from aggregator.pipeline.presented import Presented, by_time, merge_events
from aggregator.pipeline.refusals import Refusals
from aggregator.pipeline.topics import main_topics
from aggregator.publish.entry_names import page_name
from aggregator.store.unit import UnitOfWork
from aggregator.stories.picture import picture_of_story
from aggregator.stories.share import above_their_share, choose

# Rows of entries that are read together: a story has seldom more than two.
_FURTHER_ROWS = 100
# The nearest ones: an event that all papers tell of would fill a screen.
_MOST_EVENTS = 6
# A press release that every paper prints would fill another.
_MOST_OTHERS = 12
_LAST = datetime.max.replace(tzinfo=UTC)


def select(
    unit: UnitOfWork, feed: FeedSpec, config: Config, refusals: Refusals | None = None
) -> Choice:
    """Return which stories a feed shows, in its order, each as the feed presents it.

    ``refusals`` are those of the unit, where several feeds are selected.
    """
    if feed.is_choosy:
        return choose_stories(unit, feed, config, refusals or Refusals(unit, config))
    shown = _newest(unit, feed, config)
    return Choice(shown=shown, candidates=shown)


def _newest(unit: UnitOfWork, feed: FeedSpec, config: Config) -> list[Presentation]:
    """Return the newest stories of a feed that leaves none out."""
    presented = Presented(unit, feed, config)
    # A story stands where it stood when it was first published, even where that entry's source is
    # no longer the feed's.
    presented.add(unit.feeds.pinned_elsewhere(feed) if feed.sources else ())
    wanted = feed.limit * 2 if feed.events is EventDisplay.MERGE else feed.limit
    for page in unit.feeds.walk(feed, feed.limit + _FURTHER_ROWS):
        presented.add(entry.story for entry in page)
        last = page[-1].published if page else _LAST
        settled = [story for story in presented.shown if story.pinned.published > last]
        if len(settled) >= wanted:
            break

    def arranged() -> list[Presentation]:
        shown = sorted(presented.shown, key=by_time)
        return merge_events(unit, shown, feed) if feed.events is EventDisplay.MERGE else shown

    shown = arranged()
    if feed.per_source < 1 and (crowding := above_their_share(shown, feed)):
        # Behind what crowds the page stands what the others have, maybe far back.
        for source in feed.sources:
            if source not in crowding:
                presented.add(unit.feeds.newest_of(feed, source, wanted + _FURTHER_ROWS))
        shown = arranged()
    return choose(shown, feed)


# --- What is named beside a story ----------------------------------------------------------------


class EntryReader:
    """Reads what entries show within one unit of work, each entry once for all feeds."""

    def __init__(self, unit: UnitOfWork) -> None:
        self.unit = unit
        self._asked: set[int] = set()
        self._entries: dict[int, Entry] = {}
        self._number_of_page: dict[str, int] = {}

    def entries(self, pks: Iterable[int]) -> Mapping[int, Entry]:
        """Return what entries show, by number, and maybe others; purged ones are left out.

        One that has no address has the name of its page.
        """
        if new := {*pks} - self._asked:
            self._asked |= new
            for pk, entry in self.unit.entries.published(new).items():
                if entry.link:
                    self._entries[pk] = entry
                else:
                    page = page_name(entry.id)
                    self._number_of_page[page] = pk
                    self._entries[pk] = replace(entry, page=page)
        return self._entries

    def led_to(self, entries: Iterable[Entry]) -> set[int]:
        """Return the entries that have no address and whose pages these, as read here, lead to."""
        names = {name for entry in entries for name in pages_of(entry)}
        return {self._number_of_page[name] for name in names}

    def number_of(self, page: str) -> int:
        """Return the entry whose page has a name, which was read here."""
        return self._number_of_page[page]


def pages_of(entry: Entry) -> set[str]:
    """Return the names of the pages that an entry leads to: its own, and those beside it."""
    return {entry.page, *(each.page for each in (*entry.related, *entry.earlier))} - {""}


def entries_of(
    reader: EntryReader,
    shown: Sequence[Presentation],
    feed: FeedSpec,
    config: Config,
    refusals: Refusals | None = None,
) -> list[Entry]:
    """Return the stories of a feed as entries.

    Each has the words of its representative, the id and time under which the story is published,
    links to where else it is told and to what led to it, the best picture of all, and the topic
    that pages call it by.
    ``refusals`` are those of the reader's unit, where several feeds are read.
    """
    entries = reader.entries(story.representative.pk for story in shown)
    others = reader.entries(member.pk for story in shown for member in story.others[:_MOST_OTHERS])
    sources = {source.name for source in config.sources}
    beside = _beside(reader, shown, entries, feed, config)
    content_of = {source.name: source.content for source in config.sources}
    refusals = refusals or Refusals(reader.unit, config)
    members = [member.pk for story in shown for member in story.members if member.pk in others]
    refusals.know_categories({pk: others[pk].categories for pk in members})
    topics = main_topics(shown, feed, config, refusals)
    return [
        replace(
            with_content(entries[story.representative.pk], feed.content, content_of),
            id=story.pinned.id,
            published=story.pinned.published,
            date_how=story.pinned.date_how,
            updated=story.updated,
            related=tuple(links),
            earlier=tuple(earlier),
            picture=picture_of_story(
                entries[story.representative.pk],
                [
                    others[member.pk]
                    for member in story.others[:_MOST_OTHERS]
                    if member.pk in others and member.source in sources
                ],
            ),
            topic=topic,
        )
        for story, (links, earlier), topic in zip(shown, beside, topics, strict=True)
        if story.representative.pk in entries
    ]


def with_content(
    entry: Entry, content: ContentShown, content_of: Mapping[str, ContentShown]
) -> Entry:
    """Return an entry with its summary in place of its text, where a feed or its source says so.

    ``content`` is what the feed says, ``content_of`` what each source does.

    The summary stands as the content, too: Atom wants one of an entry without an address.
    """
    if ContentShown.SUMMARY not in (content, content_of.get(entry.source)):
        return entry
    return replace(entry, content_html=f"<p>{escape(entry.summary)}</p>" if entry.summary else "")


def _beside(
    reader: EntryReader,
    shown: Sequence[Presentation],
    representatives: Mapping[int, Entry],
    feed: FeedSpec,
    config: Config,
) -> Iterator[tuple[list[Related], list[Related]]]:
    """Yield for each story where else it is told, and what led to it.

    It is told elsewhere where its text stands, then by others who tell of the same event.
    """
    links_events = config.dedupe.events and feed.events is not EventDisplay.NONE
    beside = told_beside(reader.unit, shown, feed, _MOST_EVENTS) if links_events else {}
    pks = {member.pk for story in shown for member in story.others[:_MOST_OTHERS]}
    pks |= {member.pk for each in beside.values() for member in (*each.events, *each.earlier)}
    named = reader.entries(pks)
    sources = {source.name for source in config.sources}
    for story in shown:
        links: dict[str, Related] = {}
        earlier: dict[str, Related] = {}
        for member in story.others[:_MOST_OTHERS]:
            _add_link(links, named.get(member.pk), sources, config.site, is_same_text=True)
        told_by = {story.representative.source}  # an event is told by others: a paper links itself
        told = beside.get(story.representative.story, Beside())
        for member in told.events:
            if member.source not in told_by:
                told_by.add(member.source)
                _add_link(links, named.get(member.pk), sources, config.site, is_same_text=False)
        for member in told.earlier:
            _add_link(earlier, named.get(member.pk), sources, config.site, is_same_text=False)
        representative = representatives.get(story.representative.pk)
        if representative:
            links.pop(representative.link or representative.page, None)
        yield list(links.values()), list(earlier.values())


def _add_link(
    links: dict[str, Related],
    entry: Entry | None,
    sources: set[str],
    site: Site,
    *,
    is_same_text: bool,
) -> None:
    """Add a link to an entry, unless its address is linked already or its source is gone."""
    if entry and entry.source in sources:
        related = Related(
            link=entry.link or f"{site.url}{entry.page}",
            source=entry.source,
            is_same_text=is_same_text,
            title=entry.title,
            published=entry.published,
            date_how=entry.date_how,
            page=entry.page,
        )
        links.setdefault(entry.link or entry.page, related)
