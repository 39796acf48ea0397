"""The tables of a valid file → ``Config``.

A key that is named as a field of the type it goes into is handed on as it is; only what has
another name there, or needs the site or another source, is written out here. Paths become
absolute: they are relative to the file's folder.
"""

from __future__ import annotations

import glob
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from aggregator.config.folders import at_home, published_secrets
from aggregator.config.messages import Finding
from aggregator.config.schedules import cron_of, faults_of_schedule, longest_of, shortest_of
from aggregator.config.schema import ConfigTable, FeedTable, SiteTable, SourceTable, StatusTable
from aggregator.config.splits import parts_of, split_faults
from aggregator.config.topics import folded, topic_of_each, topics_with
from aggregator.config.values import listen_address
from aggregator.models import (
    Access,
    ClusterRules,
    Config,
    ContentShown,
    DedupeRules,
    EventDisplay,
    FeedOrder,
    FeedSpec,
    MatchIn,
    ScheduleRules,
    Selectors,
    Site,
    Source,
    SplitBy,
    StatusRules,
    Topic,
    Upkeep,
)
from aggregator.urls import without_credentials

_Model = TypeVar("_Model")

# About a screen of a reader's list. A dump is a person's own, who put it there to be shown.
_BACKLOG = 10
# What a service notes on this machine has the names that it has beside an SQLite file.
_BESIDE = "aggregator.db"
# Twice the longest of 14 feeds that were looked at (961), and of a flood one commit.
_MAX_ENTRIES = 2_000


def config_of(table: ConfigTable, path: Path) -> tuple[Config, list[Finding]]:
    """Return the configuration of the file at ``path``, an absolute path; disabled sources go.

    With it what is wrong with the feeds that others are split into, and with the schedule. To see
    that, disabled sources have parts, too, so that to disable one is no fault.
    """
    folder = path.parent
    known = tuple(_source(source, table, folder) for source in table.source)
    enabled = {source.name for source in table.source if source.enabled}
    sources = tuple(source for source in known if source.name in enabled)
    topics = topics_with(table.topics)
    feeds, of_known = (
        [_feeds(feed, table.site, chosen, topics) for feed in table.feed]
        for chosen in (sources, known)
    )
    config = Config(
        path=path,
        site=_site(table.site, folder),
        store_url=store_url(table.store.url, folder),
        sources=sources,
        feeds=tuple(feed for parts in feeds for feed in parts),
        dedupe=_build(DedupeRules, table.dedupe),
        schedule=_build(ScheduleRules, table.schedule),
        upkeep=_build(
            Upkeep, table.store, backup_folder=folder / at_home(table.store.backup_folder)
        ),
        status=_status(table.status),
        cluster=_build(ClusterRules, table.cluster),
        topics=topics,
    )
    faults = list(split_faults(of_known, [feed.names for feed in table.feed]))
    return config, [*faults, *faults_of_schedule(table), *published_secrets(config)]


def store_url(url: str, folder: Path) -> str:
    """Return the URL of the store, with the path beside which its files on this machine lie."""
    if url.startswith("postgresql:"):
        return f"{url}{'&' if '?' in url else '?'}beside={quote(str(folder / _BESIDE))}"
    return f"sqlite:///{folder / at_home(url.removeprefix('sqlite:///'))}"


def _site(table: SiteTable, folder: Path) -> Site:
    host, port = listen_address(table.listen)
    return _build(
        Site,
        table,
        url=table.url or f"http://{table.listen}/",
        output=folder / at_home(table.output),
        listen_host=host,
        listen_port=port,
        hubs=tuple(dict.fromkeys(table.hub)),
    )


def _status(table: StatusTable) -> StatusRules:
    host, port = listen_address(table.listen) if table.listen else ("", 0)
    return _build(StatusRules, table, listen_host=host, listen_port=port)


def _source(table: SourceTable, whole: ConfigTable, folder: Path) -> Source:
    # A password in the address goes where passwords are kept, so that nothing else ever holds it.
    address, credentials = without_credentials(table.feed or table.page or "")
    return _build(
        Source,
        table,
        feed=address if table.feed else None,
        page=address if table.page else None,
        selectors=_selectors(table),
        title=table.title or table.name,
        dump=None if table.dump is None else _pattern(folder, table.dump),
        every_seconds=table.every if isinstance(table.every, int) else None,
        cron=cron_of(table, whole.site),
        shortest_seconds=shortest_of(table, whole.schedule),
        longest_seconds=longest_of(table, whole.schedule),
        categories=tuple(table.category),
        timezone=table.timezone or whole.site.timezone,
        related_are_entries=table.related == "entries",
        content=ContentShown(table.content),
        # What a hub sends is stored at once, and its pages would not be asked before.
        push=table.push and not table.full_text,
        full_texts_per_pass=whole.schedule.full_texts_per_pass,
        backlog=_BACKLOG if table.backlog is None and table.dump is None else table.backlog,
        max_entries=(
            _MAX_ENTRIES if table.max_entries is None and table.dump is None else table.max_entries
        ),
        access=_build(
            Access,
            table,
            auth=table.auth or credentials,
            timeout_seconds=table.timeout,
            spacing_seconds=table.spacing,
        ),
    )


def _selectors(table: SourceTable) -> Selectors | None:
    """Return where a page has its entries; without ``entry`` the file has a fault that is named."""
    return Selectors(**table.select) if "entry" in table.select else None


def _pattern(folder: Path, dump: str) -> str:
    """Put a pattern into the configuration's folder, whose own name is no pattern."""
    dump = at_home(dump)
    return dump if Path(dump).is_absolute() else str(Path(glob.escape(str(folder))) / dump)


def _feeds(
    table: FeedTable, site: SiteTable, sources: tuple[Source, ...], topics: tuple[Topic, ...]
) -> tuple[FeedSpec, ...]:
    """Return the feed of a table, or those that it is split into."""
    whole = _feed(table, site, sources, topics)
    if table.split_by is None:
        return (whole,)
    chosen = set(table.categories)
    of_chosen = [
        replace(
            source,
            categories=tuple(name for name in source.categories if not chosen or name in chosen),
        )
        for source in sources
    ]
    return parts_of(whole, SplitBy(table.split_by), table.names, of_chosen, topics)


def _feed(
    table: FeedTable, site: SiteTable, sources: tuple[Source, ...], topics: tuple[Topic, ...]
) -> FeedSpec:
    topic_of = topic_of_each(topics)
    names, categories = set(table.sources), set(table.categories)
    selected = tuple(
        source.name
        for source in sources
        if ("*" in names or source.name in names)
        and (not categories or categories.intersection(source.categories))
    )
    return _build(
        FeedSpec,
        table,
        title=table.title or site.title,
        description=table.description or table.title or site.title,
        sources=selected,
        events=EventDisplay(table.events),
        topics=tuple(dict.fromkeys(topic_of[folded(name)] for name in table.topics)),
        match_in=MatchIn(table.match_in),
        order=FeedOrder(table.order),
        archive=table.archive and table.order != "top",
        content=ContentShown(table.content),
    )


def _build(model: type[_Model], table: BaseModel, **converted: object) -> _Model:
    """Build a model of a table's keys that are named as its fields, and of converted values."""
    names = {field.name for field in fields(model)}  # type: ignore[arg-type]  # a dataclass
    same = {key: _frozen(value) for key, value in table if key in names}
    return model(**(same | converted))


def _frozen(value: Any) -> Any:
    """Return a list or a table of the file as the tuple that the frozen types hold."""
    if isinstance(value, dict):
        return tuple(value.items())
    return tuple(value) if isinstance(value, list) else value
