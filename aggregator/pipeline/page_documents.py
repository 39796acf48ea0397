"""The pages of entries as documents: what each shows of what is stored, and of what is configured.

Refuses to know which pages are wanted, and how they are put in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from aggregator.models import (
    Config,
    ContentShown,
    Entry,
    EntryView,
    FeedDocument,
    FeedSpec,
    FeedView,
    Frame,
    Presentation,
    Related,
    Source,
    StoryMember,
)
from aggregator.pipeline.frame import frame_of
from aggregator.pipeline.select import EntryReader, entries_of
from aggregator.publish.entry_names import page_name
from aggregator.publish.pages import entry_page
from aggregator.publish.rendered import PAGES, digest_of_text
from aggregator.publish.view import NO_TIME
from aggregator.store.unit import UnitOfWork

_DIGEST_CHARACTERS = 16  # 64 bits, which tell a few dozen looks apart
# What stands beside an entry on its page goes by no feed.
_OF_ALL = FeedSpec(name=PAGES, title="", description="", sources=(), limit=0, languages=("*",))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLook:
    """What all pages have in common: the frame round them, and how much of a text they show.

    So are the feeds of topics, each of which many pages lead to, and the time zone.

    ``digest`` tells it from the look of earlier pages. Whatever else changes in the configuration,
    a page stays as it was written.
    """

    config: Config
    frame: Frame
    digest: str

    @classmethod
    def of(cls, config: Config) -> PageLook:
        """Return the look of pages under a configuration."""
        config, frame = _with_texts_as_fed(config), frame_of(config)
        short = [source.name for source in config.sources if source.content is ContentShown.SUMMARY]
        # A page leads to the feed of its topic, which may be another by now, or gone.
        shared = (entry_page.sample(frame), frame.topics, frame.timezone, sorted(short))
        digest = digest_of_text(repr(shared))
        return cls(config=config, frame=frame, digest=digest[:_DIGEST_CHARACTERS])


def page_documents(
    unit: UnitOfWork, pks: Sequence[int], look: PageLook
) -> tuple[dict[int, FeedDocument], dict[int, FeedDocument]]:
    """Return the pages of entries, and notices of those that were purged, by number.

    What cannot be read is left out.
    """
    members_of = unit.stories.members({*unit.stories.stories_of(pks).values()})
    members = {member.pk: member for story in members_of.values() for member in story}
    found = [members[pk] for pk in pks if pk in members]
    notices = {
        member.pk: FeedDocument(
            name=page_name(member.id),
            body=entry_page.render_notice(look.frame),
            modified=member.updated,
        )
        for member in found
        if member.is_purged
    }
    shown = [_alone(member, members_of[member.story]) for member in found if not member.is_purged]
    first_seen = unit.pages.first_seen(story.representative.pk for story in shown)
    pages = {
        pk: FeedDocument(
            name=page_name(view.entry.id),
            body=entry_page.render_page(view, first_seen[pk], look.frame),
            modified=view.entry.updated,
        )
        for pk, view in _views(unit, shown, look).items()
        if pk in first_seen
    }
    return pages, notices


def _views(unit: UnitOfWork, shown: Sequence[Presentation], look: PageLook) -> dict[int, EntryView]:
    """Return entries by number, each with what stands beside it on its page."""
    reader, config = EntryReader(unit), look.config
    spec = replace(_OF_ALL, sources=tuple(source.name for source in config.sources))
    entries = list(entries_of(reader, shown, spec, config))
    known = unit.pages.known(reader.led_to(entries))
    entries = [_leading_to(entry, known, reader) for entry in entries]
    view = FeedView(
        spec=spec,
        site=config.site,
        entries=tuple(entries),
        sources=_sources_of(entries, config),
        updated=NO_TIME,
        frame=look.frame,
    )
    pk_of = {story.representative.id: story.representative.pk for story in shown}
    return {pk_of[each.entry.id]: each for each in view.each()}


def _alone(member: StoryMember, story: Iterable[StoryMember]) -> Presentation:
    """Return an entry as its own page presents it, with the others of its story beside it."""
    others = [other for other in story if other.pk != member.pk and not other.is_purged]
    others.sort(key=lambda other: (other.published, other.id))
    return Presentation(
        pinned=member, representative=member, others=tuple(others), updated=member.updated
    )


def _leading_to(entry: Entry, known: Set[int], reader: EntryReader) -> Entry:
    """Return an entry without links to pages that there are not.

    Else a page would ask for another, and so on through all that was ever told of an event.
    """

    def there(told: Iterable[Related]) -> tuple[Related, ...]:
        return tuple(
            related
            for related in told
            if not related.page or reader.number_of(related.page) in known
        )

    return replace(entry, related=there(entry.related), earlier=there(entry.earlier))


def _sources_of(entries: Iterable[Entry], config: Config) -> dict[str, Source]:
    """Return the configured sources, and those of entries that are configured no more."""
    sources = {entry.source: Source(name=entry.source, title=entry.source) for entry in entries}
    return sources | {source.name: source for source in config.sources}


def _with_texts_as_fed(config: Config) -> Config:
    """Return a configuration in which a text is whole only where some feed carries it whole.

    Its page carries no more.
    """
    whole = {
        source
        for feed in config.feeds
        if feed.content is not ContentShown.SUMMARY
        for source in feed.sources
    }
    sources = tuple(
        source if source.name in whole else replace(source, content=ContentShown.SUMMARY)
        for source in config.sources
    )
    return replace(config, sources=sources)
