"""``config.toml`` → ``Config``, or every fault at once, each with its line and column.

Knows the file's meaning: its keys (``tables``), its places (``positions``), its syntax
(``syntax``), and what must hold between two tables. Refuses to run anything or to look at the
network; relative paths are relative to the file.
"""

from __future__ import annotations

import difflib
import glob
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from aggregator.config.positions import KeyPath, Position, positions
from aggregator.config.syntax import read
from aggregator.config.tables import (
    LEAST_BYTES,
    LEAST_ENTRIES,
    MOST_BYTES,
    MOST_ENTRIES,
    MOST_PRIORITY,
    ConfigTable,
    DedupeTable,
    FeedTable,
    SiteTable,
    SourceTable,
    StoreTable,
    interval_seconds,
    listen_address,
    window_seconds,
)
from aggregator.errors import ConfigError, Fault
from aggregator.models import Access, Config, DedupeRules, EventDisplay, FeedSpec, Site, Source

__all__ = ["load"]

# How like a known key an unknown one must be to be suggested; difflib's own default of 0.6
# suggests "name" for "game" but still finds "every" for "evry" and "category" for "categry".
_LIKENESS = 0.6

# Python refuses to write a number of more than 4,300 digits; nobody needs to read one of twelve.
_SHOWN_BELOW = 10**12
_LIMITS = {
    "limit": (LEAST_ENTRIES, MOST_ENTRIES),
    "max_bytes": (LEAST_BYTES, MOST_BYTES),
    "priority": (-MOST_PRIORITY, MOST_PRIORITY),
}

_TABLE_KEYS: dict[str, tuple[str, ...]] = {
    "": tuple(ConfigTable.model_fields),
    "site": tuple(SiteTable.model_fields),
    "store": tuple(StoreTable.model_fields),
    "dedupe": tuple(DedupeTable.model_fields),
    "source": tuple(SourceTable.model_fields),
    "feed": tuple(FeedTable.model_fields),
}


def load(path: Path) -> Config:
    """Read a configuration file; ConfigError with every fault where it cannot be used."""
    file = path.name if path.is_absolute() else str(path)
    path = path.absolute()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError([Fault(file, 1, 1, f"there is no file {path}")]) from error
    except OSError as error:
        raise ConfigError([Fault(file, 1, 1, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError([Fault(file, line, 1, "is not UTF-8 text")]) from error
    text, data, faults = read(text.replace("\r\n", "\n"), file)
    if faults and not data:
        raise ConfigError(faults)
    places = positions(text)
    wrong = list(_between_tables(data))
    table = None
    try:
        table = ConfigTable.model_validate(data)
    except ValidationError as error:
        wrong += [
            (_known(detail["loc"], data), _explain(detail, data)) for detail in error.errors()
        ]
    faults += [_fault(file, places, loc, message) for loc, message in wrong]
    if faults or table is None:
        raise ConfigError(faults)
    return _convert(table, path)


def _fault(file: str, places: dict[KeyPath, Position], loc: KeyPath, message: str) -> Fault:
    """Place a fault at the nearest key that stands in the file."""
    known = loc
    while known and known not in places:
        known = known[:-1]
    line, column = places.get(known, Position(1, 1))
    return Fault(file, line, column, f"{_written(loc)}: {message}" if loc else message)


def _written(loc: KeyPath) -> str:
    """Write a key path as ``source[2].every``."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _known(loc: KeyPath, data: dict[str, Any]) -> KeyPath:
    """Cut from pydantic's location what is no key of the file (its names of union members)."""
    value: Any = data
    for depth, part in enumerate(loc):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part in range(len(value)):
            value = value[int(part)]
        else:
            is_missing_key = isinstance(value, dict) and depth == len(loc) - 1
            return loc if is_missing_key else loc[:depth]
    return loc


def _explain(detail: ErrorDetails, data: dict[str, Any]) -> str:
    """Say one of pydantic's findings in the words of the file."""
    loc, kind, given = detail["loc"], detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return _unknown_key(loc)
    if kind == "missing":
        if loc == ("source",):
            return "missing: a configuration has at least one [[source]]"
        return f"missing: every [[{loc[0]}]] has one"
    if kind == "value_error":
        return str(detail.get("ctx", {}).get("error", detail["msg"]))
    if kind == "list_type" and isinstance(given, dict):
        return f"write [[{loc[0]}]], with two brackets: there can be several"
    if kind == "model_type" and isinstance(given, list):
        return f"write [{loc[0]}], with one bracket: there is only one"
    wanted = {
        "string_type": "must be text in quotes",
        "int_type": "must be a whole number without quotes",
        "bool_type": "must be true or false without quotes",
        "list_type": 'must be text in quotes or a list, as ["…", "…"]',
        "model_type": "must be a table",
        "model_attributes_type": "must be a table",
    }
    if kind in wanted:
        return f"{wanted[kind]}, not {_shown(given)}"
    if kind == "literal_error":
        return f"must be {detail['ctx']['expected']}, not {_shown(given)}".replace("'", '"')
    if kind == "too_short":
        return "the list is empty"
    if kind in ("greater_than_equal", "less_than_equal"):
        least, most = _LIMITS[str(loc[-1])]
        return f"must lie between {least} and {most}, not {_shown(given)}"
    message = detail["msg"]
    return f"{message[:1].lower()}{message[1:]}, not {_shown(given)}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and abs(value) >= _SHOWN_BELOW:
        return "a very large number"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _unknown_key(loc: KeyPath) -> str:
    table = str(loc[0]) if len(loc) > 1 else ""
    keys = _TABLE_KEYS.get(table, ())
    near = difflib.get_close_matches(str(loc[-1]), keys, n=1, cutoff=_LIKENESS)
    if near:
        return f'unknown key, did you mean "{near[0]}"?'
    return f"unknown key; known are {', '.join(keys)}"


def _between_tables(data: dict[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Find what is wrong between tables, looking only at values of the right kind."""
    for kind in ("source", "feed"):
        seen: dict[str, int] = {}
        for index, name in _texts(data, kind, "name"):
            if name in seen:
                message = f'"{name}" is also the name of {kind}[{seen[name]}]'
                yield (kind, index, "name"), message
            seen.setdefault(name, index)
    for index, table in _tables(data, "source"):
        if ("feed" in table) == ("dump" in table):
            message = 'a source has either feed = "https://…" or dump = "dumps/*.txt"'
            yield ("source", index), message
    names = {name for _, name in _texts(data, "source", "name")}
    categories = {name for _, name in _texts(data, "source", "category")}
    dedupe = data.get("dedupe")
    finds_events = not isinstance(dedupe, dict) or dedupe.get("events") is not False
    for index, name in _texts(data, "feed", "events"):
        if name == "merge" and not finds_events:
            yield ("feed", index, "events"), "nothing to merge: [dedupe] events is false"
    for index, name in _texts(data, "feed", "sources"):
        if name != "*" and name not in names:
            yield _element(data, index, "sources", name), _nothing_called("source", name, names)
    for index, name in _texts(data, "feed", "categories"):
        if name not in categories:
            message = _nothing_called("source of category", name, categories)
            yield _element(data, index, "categories", name), message


def _texts(data: dict[str, Any], kind: str, key: str) -> Iterator[tuple[int, str]]:
    """Give every text under one key of an array of tables, with the table's index."""
    for index, table in _tables(data, kind):
        value = table.get(key)
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                yield index, unicodedata.normalize("NFC", text)


def _tables(data: dict[str, Any], kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give every table of an array of tables with its index, where they are tables."""
    tables = data.get(kind)
    for index, table in enumerate(tables if isinstance(tables, list) else []):
        if isinstance(table, dict):
            yield index, table


def _element(data: dict[str, Any], index: int, key: str, name: str) -> KeyPath:
    value = data["feed"][index][key]
    path: KeyPath = ("feed", index, key)
    if not isinstance(value, list):
        return path
    return (*path, [unicodedata.normalize("NFC", str(one)) for one in value].index(name))


def _nothing_called(what: str, name: str, names: set[str]) -> str:
    near = difflib.get_close_matches(name, sorted(names), n=1, cutoff=_LIKENESS)
    hint = f', did you mean "{near[0]}"?' if near else ""
    return f'there is no {what} "{name}"{hint}'


def _convert(table: ConfigTable, path: Path) -> Config:
    folder = path.parent
    host, port = listen_address(table.site.listen)
    sources = tuple(
        _source(source, table.site, folder) for source in table.source if source.enabled
    )
    return Config(
        path=path,
        site=Site(
            title=table.site.title,
            url=table.site.url or f"http://{table.site.listen}/",
            language=table.site.language,
            timezone=table.site.timezone,
            output=folder / table.site.output,
            listen_host=host,
            listen_port=port,
        ),
        store_url=f"sqlite:///{folder / table.store.url.removeprefix('sqlite:///')}",
        sources=sources,
        feeds=tuple(_feed(feed, table.site, sources) for feed in table.feed),
        dedupe=DedupeRules(
            same_text=table.dedupe.same_text,
            events=table.dedupe.events,
            window=timedelta(seconds=window_seconds(table.dedupe.window)),
            hold=table.dedupe.hold,
        ),
    )


def _source(table: SourceTable, site: SiteTable, folder: Path) -> Source:
    return Source(
        name=table.name,
        title=table.title or table.name,
        feed=table.feed,
        dump=None if table.dump is None else _pattern(folder, table.dump),
        every_seconds=None if table.every == "auto" else interval_seconds(table.every),
        categories=tuple(table.category),
        timezone=table.timezone or site.timezone,
        access=_access(table),
        fields=tuple(table.fields.items()),
        related_are_entries=table.related == "entries",
        priority=table.priority,
    )


def _access(table: SourceTable) -> Access:
    user, _, password = (table.auth or "").partition(":")
    return Access(
        allow_private=table.allow_private,
        timeout_seconds=float(interval_seconds(table.timeout)),
        max_bytes=table.max_bytes,
        spacing_seconds=0.0 if table.spacing == "0s" else float(interval_seconds(table.spacing)),
        discover=table.discover,
        headers=tuple(table.headers.items()),
        auth=(user, password) if table.auth else None,
        proxy=table.proxy,
    )


def _pattern(folder: Path, dump: str) -> str:
    """Put a pattern into the configuration's folder, whose own name is no pattern."""
    return dump if Path(dump).is_absolute() else str(Path(glob.escape(str(folder))) / dump)


def _feed(table: FeedTable, site: SiteTable, sources: tuple[Source, ...]) -> FeedSpec:
    wanted, categories = set(table.sources), set(table.categories)
    selected = tuple(
        source.name
        for source in sources
        if ("*" in wanted or source.name in wanted)
        and (not categories or categories.intersection(source.categories))
    )
    return FeedSpec(
        name=table.name,
        title=table.title or site.title,
        description=table.description or table.title or site.title,
        sources=selected,
        limit=table.limit,
        languages=tuple(table.languages),
        events=EventDisplay(table.events),
    )
