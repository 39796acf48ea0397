"""The tables of ``config.toml`` as pydantic models: every key, its kind, its bounds, its default.

A model here has the shape of the file: a field is named as its key, and a path stays as written.
What must hold between two tables stands in ``checks``; what becomes of a table, in ``conversion``.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, Field

from aggregator.config.secret_values import Credentials, Headers, Proxy, StoreUrl
from aggregator.config.values import (
    Age,
    Bound,
    Every,
    FeedName,
    FolderUrl,
    Hubs,
    Language,
    Languages,
    Listen,
    ListenOrNowhere,
    Name,
    Phrases,
    Selector,
    Spacing,
    Text,
    Texts,
    Timeout,
    TimeZone,
    Url,
    Window,
)
from aggregator.models import (
    LONGEST_SECONDS,
    SHORTEST_SECONDS,
    Access,
    ClusterRules,
    DedupeRules,
    RecordPart,
    Source,
    StatusRules,
    Upkeep,
)
from aggregator.models.configured import FULL_TEXTS_PER_PASS

# The defaults stand with those types.
_ACCESS, _RULES, _SOURCE, _UPKEEP = Access(), DedupeRules(), Source(name="", title=""), Upkeep()
_STATUS, _CLUSTER = StatusRules(), ClusterRules()


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SiteTable(_Table):
    """``[site]``: what the whole is called and where it is seen."""

    title: Text = "বাংলা সংবাদ"
    url: FolderUrl | None = None
    language: Language = "bn"
    timezone: TimeZone = "Asia/Dhaka"
    output: Text = "feeds"
    listen: Listen = "127.0.0.1:8000"
    hub: Hubs = []
    websub: bool = True
    allow_private: bool = False
    search: bool = True


class StoreTable(_Table):
    """``[store]``: where everything is remembered."""

    url: StoreUrl = "sqlite:///aggregator.db"
    backups: Annotated[int, Field(ge=0, le=366)] = _UPKEEP.backups
    backup_folder: Text = str(_UPKEEP.backup_folder)
    keep: Age | None = _UPKEEP.keep
    # Fewer than a feed can show would leave holes in it.
    keep_entries: Annotated[int | None, Field(ge=1000, le=1_000_000_000)] = _UPKEEP.keep_entries


class ScheduleTable(_Table):
    """``[schedule]``: how often sources are asked whose interval is automatic."""

    # A thousand a second are more than one machine can ask.
    requests_per_day: Annotated[int | None, Field(ge=1, le=86_400_000)] = None
    min: Bound = SHORTEST_SECONDS
    max: Bound = LONGEST_SECONDS
    # With a second between two requests, 500 pages keep one thread for eight minutes.
    full_texts_per_pass: Annotated[int, Field(ge=1, le=500)] = FULL_TEXTS_PER_PASS


# The keys of ``select``, which are the fields of ``Selectors``.
SelectedPart = Literal["entry", "title", "link", "date", "image"]


class SourceTable(_Table):
    """``[[source]]``: one thing to ingest."""

    name: Name
    title: Text | None = None
    feed: Url | None = None
    dump: Text | None = None
    page: Url | None = None
    select: dict[SelectedPart, Selector] = {}
    every: Every = None
    min: Bound = None
    max: Bound = None
    category: Texts = []
    timezone: TimeZone | None = None
    enabled: bool = True
    timeout: Timeout = _ACCESS.timeout_seconds
    max_bytes: Annotated[int, Field(ge=1_000, le=200_000_000)] = _ACCESS.max_bytes
    spacing: Spacing = _ACCESS.spacing_seconds
    allow_private: bool = _ACCESS.allow_private
    discover: bool = _ACCESS.discover
    headers: Headers = {}
    auth: Credentials | None = None
    proxy: Proxy | None = None
    fields: dict[RecordPart, Text] = {}
    related: Literal["keep", "entries"] = "keep"
    priority: Annotated[int, Field(ge=-100, le=100)] = _SOURCE.priority
    backlog: Annotated[int | None, Field(ge=0, le=1000)] = _SOURCE.backlog
    max_entries: Annotated[int | None, Field(ge=1, le=100_000)] = _SOURCE.max_entries
    content: Literal["full", "summary"] = "full"
    push: bool = _SOURCE.push
    full_text: bool = _SOURCE.full_text


class FeedTable(_Table):
    """``[[feed]]``: one thing to publish."""

    name: FeedName
    title: Text | None = None
    description: Text | None = None
    sources: Annotated[Texts, Field(min_length=1)] = ["*"]
    categories: Texts = []
    languages: Annotated[Languages, Field(min_length=1)] = ["bn"]
    # Readers fetch a feed as a whole: a thousand entries are about 5 MB.
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    per_source: Annotated[float, Field(ge=0.01, le=1)] = 0.5
    events: Literal["link", "merge", "none"] = "link"
    topics: Texts = []
    include: Phrases = []
    exclude: Phrases = []
    match_in: Literal["title", "all"] = "title"
    # No configuration that was looked at has more papers.
    min_sources: Annotated[int, Field(ge=1, le=100)] = 1
    order: Literal["newest", "top"] = "newest"
    content: Literal["full", "summary"] = "full"
    split_by: Literal["category", "source", "topic"] | None = None
    names: dict[Text, FeedName] = {}
    archive: bool = True


class StatusTable(_Table):
    """``[status]``: where the operator is shown how everything does."""

    listen: ListenOrNowhere = "127.0.0.1:8001"
    feed: bool = _STATUS.feed


class ClusterTable(_Table):
    """``[cluster]``: what a worker does beside others."""

    # Each is two threads; a worker that should ask more hosts is better two.
    concurrency: Annotated[int, Field(ge=1, le=256)] = _CLUSTER.concurrency
    dumps: bool = _CLUSTER.dumps


class DedupeTable(_Table):
    """``[dedupe]``: how entries become stories."""

    same_text: bool = _RULES.same_text
    events: bool = _RULES.events
    window: Window = _RULES.window
    hold: bool = _RULES.hold


class ConfigTable(_Table):
    """The whole of ``config.toml``."""

    site: SiteTable = SiteTable()
    store: StoreTable = StoreTable()
    schedule: ScheduleTable = ScheduleTable()
    status: StatusTable = StatusTable()
    cluster: ClusterTable = ClusterTable()
    dedupe: DedupeTable = DedupeTable()
    topics: dict[Text, Annotated[Texts, Field(min_length=1)]] = {}
    source: Annotated[list[SourceTable], Field(min_length=1)]
    feed: list[FeedTable] = [FeedTable(name="bangla")]


def _table_of(annotation: object) -> type[BaseModel]:
    """Return the model of ``[table]`` or of each ``[[table]]``, which is annotated as a list."""
    (model,) = get_args(annotation) or (annotation,)
    return model  # type: ignore[no-any-return]  # an annotation is an object to the type checker


# The table whose keys a person makes.
OWN_KEYS = "topics"
# The model of every other table, by the name that stands in its brackets.
TABLES: dict[str, type[BaseModel]] = {
    name: _table_of(field.annotation)
    for name, field in ConfigTable.model_fields.items()
    if name != OWN_KEYS
}
# The tables of which there can be several, which stand in two brackets.
SEVERAL = frozenset(
    name for name in TABLES if get_origin(ConfigTable.model_fields[name].annotation) is list
)


def bounds(table: str, key: str) -> tuple[object, object]:
    """Return the least and the greatest number that a key of a table takes.

    >>> bounds("feed", "limit")
    (1, 1000)
    """
    marks = TABLES[table].model_fields[key].metadata
    (least,) = (mark.ge for mark in marks if isinstance(mark, Ge))
    (most,) = (mark.le for mark in marks if isinstance(mark, Le))
    return least, most
