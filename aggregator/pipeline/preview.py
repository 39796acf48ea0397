"""What would come of an address or a path as a source: fetched or read, and nothing of it stored.

What a pass does with a document is done here up to where it would be written; the store is read and
no more, and where there is none, an empty one takes its place for the moment. A source that is
configured already is looked at as it is configured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from aggregator import polling
from aggregator.errors import StoreError
from aggregator.markup import text_of
from aggregator.models import (
    Alias,
    Changed,
    Config,
    Decision,
    FetchState,
    Flaw,
    JoinedStory,
    New,
    NewSource,
    ParsedEntry,
    Preview,
    PreviewEntry,
    PreviewState,
    Rejected,
    Repeated,
    Source,
    main_picture,
)
from aggregator.pipeline.ask_address import Asked, Asker
from aggregator.pipeline.document import DocumentEntries, Identified, identified
from aggregator.pipeline.feeds import with_clock_skew
from aggregator.pipeline.flaws import Looked, flaws_of, flaws_of_answer
from aggregator.pipeline.joined_stories import Unstored, joined_stories
from aggregator.pipeline.preview_files import FilesRead, read_files
from aggregator.pipeline.propose import categories_for, name_for, title_for
from aggregator.pipeline.refusals import category_key, topic_of_each
from aggregator.pipeline.target import Target
from aggregator.store.store import Store
from aggregator.store.unit import UnitOfWork
from aggregator.urls import canonical, publishable

# As of a feed without max_entries of its own (config/conversion.py).
_MAX_ENTRIES = 2_000
_UNNAMED = "preview"


def preview(config: Config, asker: Asker, target: Target, now: datetime) -> Preview:
    """Look at a target, and return what would come of it."""
    configured = _configured(config, target.place)
    source = configured or _source_of(target, config)
    with _reading(config.store_url) as (unit, not_compared):
        if source.dump is not None:
            files = read_files(source, now)
            shown = _of_entries(unit, config, source, files.documents, now)
            shown = replace(shown, flaws=(*files.flaws, *shown.flaws))
            asked = Asked(source=source, read=source.dump)
        else:
            files = FilesRead()
            asker.let_rest(unit.sources.states())
            is_feed = target.is_feed or (configured is not None and not source.access.discover)
            asked = asker.ask(source, is_feed=is_feed)
            # The feed of a page, and the end of a redirect, may be configured where these are not.
            configured = configured or _configured(config, asked.source.feed, asked.moved_to)
            source = configured or source
            entries = asked.entries
            documents = [] if entries is None else [replace(entries, source=source)]
            shown = _of_entries(unit, config, source, documents, now)
            flaws = flaws_of_answer(asked, asked.source.feed or "")
            shown = replace(shown, flaws=(*flaws, *shown.flaws))
    return Preview(
        target=publishable(target.place) if not target.is_path else target.place,
        proposed=_proposed(config, target, source, asked, shown),
        configured=configured.name if configured else "",
        read=target.pattern if target.is_path else asked.read,
        page=asked.page,
        found=asked.found,
        entries=shown.entries,
        rejected=shown.rejected,
        flaws=shown.flaws,
        entries_per_day=shown.entries_per_day,
        files=files.files,
        files_read=files.files_read,
        not_compared=not_compared,
    )


# --- What is looked at, and what it is compared with ----------------------------------------------


def _configured(config: Config, *places: str | None) -> Source | None:
    """Return the source that is configured with one of some addresses or patterns, if any is."""
    wanted = {canonical(place) or place for place in places if place}
    for source in config.sources:
        place = source.feed or source.dump or ""
        if (canonical(place) or place) in wanted:
            return source
    return None


def _source_of(target: Target, config: Config) -> Source:
    """Return a source as it would be, but for its name, before anything is known of it."""
    timezone = config.site.timezone
    if target.is_path:
        return Source(name=_UNNAMED, title=_UNNAMED, dump=target.place, timezone=timezone)
    return Source(
        name=_UNNAMED,
        title=_UNNAMED,
        feed=target.place,
        timezone=timezone,
        access=target.access,
        max_entries=_MAX_ENTRIES,
    )


@contextmanager
def _reading(store_url: str) -> Iterator[tuple[UnitOfWork, str]]:
    """Read the store, or an empty one with the reason why."""
    try:
        store, reason = Store.beside(store_url), ""
    except StoreError as error:
        store, reason = None, str(error)
    if store is not None:
        with store, store.read() as unit:
            yield unit, reason
        return
    with (
        TemporaryDirectory(prefix="aggregator-preview-") as folder,
        Store.open(f"sqlite:///{Path(folder, 'empty.db')}") as empty,
        empty.read() as unit,
    ):
        yield unit, reason


def _proposed(
    config: Config, target: Target, source: Source, asked: Asked, shown: _Shown
) -> NewSource:
    """Return what would be configured of it."""
    if source.name != _UNNAMED:
        return NewSource(
            name=source.name,
            title=source.title,
            feed=publishable(source.feed or ""),
            dump=source.dump or "",
            categories=source.categories,
            allow_private=source.access.allow_private,
        )
    taken = {one.name for one in config.sources}
    address = asked.moved_to or asked.source.feed or target.place
    named_by = target.place if target.is_path else asked.page or address
    configured = {name for one in config.sources for name in one.categories}
    known = {category_key(name): name for name in configured}
    return NewSource(
        name=name_for(named_by, taken),
        title=title_for(asked.title, named_by),
        feed="" if target.is_path else address,
        dump=target.pattern,
        categories=categories_for(
            [entry.categories for entry in shown.entries],
            {**topic_of_each(config.topics), **known},
        ),
        allow_private=target.access.allow_private,
    )


# --- What would come of it -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What would come of documents."""

    entries: tuple[PreviewEntry, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    entries_per_day: float | None = None


@dataclass(slots=True)
class _Found:
    """What was found of one document after the other."""

    parsed: list[ParsedEntry] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    sent_texts: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    ambiguous: set[Alias] = field(default_factory=set)

    def add(self, entries: DocumentEntries, found: Identified) -> None:
        """Add one document."""
        self.parsed += [entry for _, entry in entries.parsed.values() if entry is not None]
        self.decisions += found.decisions
        self.sent_texts += [found.fresh[one.draft.digest].sent.body.text for one in found.decisions]
        self.rejected += found.rejected
        self.ambiguous |= found.ambiguous


def _of_entries(
    unit: UnitOfWork,
    config: Config,
    source: Source,
    documents: Sequence[DocumentEntries],
    now: datetime,
) -> _Shown:
    """Normalise, identify and join what documents hold, up to where it would be stored."""
    if not documents:
        return _Shown()
    found, state = _Found(), unit.sources.states([source.name]).get(source.name, FetchState())
    for entries in documents:
        if source.feed:
            state = with_clock_skew(state, entries)
        found.add(entries, identified(unit, entries, now, state.clock_skew))
    looked = Looked(
        parsed=found.parsed,
        drafts=[decision.draft for decision in found.decisions],
        sent_texts=found.sent_texts,
        rejected=found.rejected,
        ambiguous=found.ambiguous,
        clock_skew=state.clock_skew,
        is_dump=source.dump is not None,
    )
    times = [(draft.published or now, now) for draft in looked.drafts]
    rhythm = polling.rhythm_of(times[: polling.RHYTHM_ENTRIES], now) if source.feed else None
    return _Shown(
        entries=_entries(unit, config, found.decisions, now),
        rejected=tuple(found.rejected),
        flaws=tuple(flaws_of(looked, config, now)),
        entries_per_day=None if rhythm is None else round(sum(rhythm.entries_by_hour), 2),
    )


def _entries(
    unit: UnitOfWork, config: Config, decisions: Sequence[Decision], now: datetime
) -> tuple[PreviewEntry, ...]:
    """Return entries as they would be published, in their order, with the stories they join."""
    new = {place: one for place, one in enumerate(decisions) if isinstance(one, New)}
    unstored = [Unstored(draft=one.draft, same_text=one.same_text) for one in new.values()]
    joined = joined_stories(unit, unstored, config.dedupe, now)
    stories = {place: joined.get(number) for number, place in enumerate(new)}
    title_of: dict[int | str, str] = {one.id: one.draft.title for one in new.values()}
    return tuple(
        replace(_entry(one, stories.get(place), now), repeats=_repeats(one, title_of))
        for place, one in enumerate(decisions)
    )


def _repeats(decision: Decision, title_of: dict[int | str, str]) -> str:
    return title_of.get(decision.of, "") if isinstance(decision, Repeated) else ""


def _entry(decision: Decision, story: JoinedStory | None, now: datetime) -> PreviewEntry:
    draft, picture = decision.draft, main_picture(decision.draft.media)
    return PreviewEntry(
        state=_state(decision),
        title=draft.title,
        link=draft.link,
        published=draft.published or now,
        date_how=draft.date_how,
        authors=draft.authors,
        language=draft.language,
        picture=picture.url if picture else "",
        repairs=draft.repairs,
        characters=len(text_of(draft.content_html)),
        categories=draft.categories,
        story=story,
    )


def _state(decision: Decision) -> PreviewState:
    if isinstance(decision, New):
        return PreviewState.HIDDEN if decision.is_backlog else PreviewState.NEW
    if isinstance(decision, Changed):
        return PreviewState.CHANGED if decision.is_material else PreviewState.KNOWN
    return PreviewState.REPEAT
