"""What would come of an address or a path as a source: fetched or read, and nothing of it stored.

What a pass does with a document is done here up to where it would be written; the store is read and
no more, and where there is none, an empty one takes its place for the moment. A source that is
configured already is looked at as it is configured.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace

from aggregator.errors import StoreError
from aggregator.models import Config, NewSource, Preview, Selectors, Source
from aggregator.pipeline.ask import asking_run
from aggregator.pipeline.ask_address import Asked, ask_address
from aggregator.pipeline.flaws import flaws_of_answer
from aggregator.pipeline.preview_entries import Shown, shown_of
from aggregator.pipeline.preview_files import FilesRead, read_files
from aggregator.pipeline.propose import categories_for, name_for, title_for
from aggregator.pipeline.refusals import category_key, topic_of_each
from aggregator.pipeline.run import Clock, Run
from aggregator.pipeline.target import Target
from aggregator.store.store import Store
from aggregator.store.unit import UnitOfWork
from aggregator.urls import canonical, publishable

# As of a feed without max_entries of its own (config/conversion.py).
_MAX_ENTRIES = 2_000
_UNNAMED = "preview"


def preview(config: Config, target: Target, clock: Clock) -> Preview:
    """Look at a target, and return what would come of it."""
    with asking_run(config, clock) as run:
        return _preview(run, target)


def _preview(run: Run, target: Target) -> Preview:
    config, now = run.config, run.clock()
    configured = _configured(config, target.place)
    source = configured or _source_of(target, config)
    files, asked = FilesRead(), Asked(source=source, read=target.pattern)
    if source.dump is not None:
        files = read_files(source, now)
        documents, flaws = files.documents, files.flaws
    else:
        is_polled = configured is not None and not source.access.discover
        asked = ask_address(run, source, is_known=target.is_feed or target.is_page or is_polled)
        # The feed of a page, and the end of a redirect, may be configured where these are not.
        configured = configured or _configured(config, asked.source.address, asked.moved_to)
        source = configured or asked.source
        documents = [replace(asked.entries, source=source)] if asked.entries is not None else []
        flaws = tuple(flaws_of_answer(asked, asked.source.address))
    with _reading(run) as (unit, not_compared):  # no longer than it takes to look up
        shown = shown_of(unit, config, source, documents, now)
    return Preview(
        target=target.place if target.is_path else publishable(target.place),
        proposed=_proposed(config, target, source, asked, shown),
        configured=configured.name if configured else "",
        read=asked.read,
        page=asked.page,
        found=asked.found,
        entries=shown.entries,
        rejected=shown.rejected,
        flaws=(*flaws, *shown.flaws),
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
        place = source.address or source.dump or ""
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
        feed=None if target.is_page else target.place,
        page=target.place if target.is_page else None,
        timezone=timezone,
        access=target.access,
        max_entries=_MAX_ENTRIES,
    )


@contextmanager
def _reading(run: Run) -> Iterator[tuple[UnitOfWork, str]]:
    """Read the store, or the empty one of the asking with the reason why."""
    try:
        store, reason = Store.beside(run.config.store_url, reads_only=True), ""
    except StoreError as error:
        store, reason = None, str(error)
    if store is None:
        with run.store.read() as unit:
            yield unit, reason
        return
    with store, store.read() as unit:
        yield unit, reason


def _proposed(
    config: Config, target: Target, source: Source, asked: Asked, shown: Shown
) -> NewSource:
    """Return what would be configured of it."""
    if source.name != _UNNAMED:
        return NewSource(
            name=source.name,
            title=source.title,
            feed=publishable(source.feed or ""),
            dump=source.dump or "",
            page=publishable(source.page or ""),
            select=_select_of(source.selectors),
            categories=source.categories,
            full_text=source.full_text,
            allow_private=source.access.allow_private,
        )
    taken = {one.name for one in config.sources}
    address = asked.moved_to or asked.source.address or target.place
    is_page = bool(asked.source.page)
    named_by = target.place if target.is_path else asked.page or address
    configured = {name for one in config.sources for name in one.categories}
    known = {category_key(name): name for name in configured}
    return NewSource(
        name=name_for(named_by, taken),
        title=title_for(asked.title, named_by),
        feed="" if target.is_path or is_page else address,
        dump=target.pattern,
        page=address if is_page else "",
        select=_select_of(asked.select),
        categories=categories_for(
            [entry.categories for entry in shown.entries],
            {**topic_of_each(config.topics), **known},
        ),
        allow_private=target.access.allow_private,
    )


def _select_of(selectors: Selectors | None) -> tuple[tuple[str, str], ...]:
    """Return the selectors of a page as they are configured, in the order of their parts."""
    parts = asdict(selectors) if selectors is not None else {}
    return tuple((part, selector) for part, selector in parts.items() if selector)
