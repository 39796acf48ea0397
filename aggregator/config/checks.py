"""What must hold between the keys of a configuration, where no single key is wrong.

Looks only at values of the right type, so that it can run beside the check of each key and every
fault is named at once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from aggregator.config.advice import instead, takes, toml_value
from aggregator.config.messages import Finding, nearest
from aggregator.config.positions import KeyPath
from aggregator.config.topics import folded, topic_of_each, topics_with, words_of_several
from aggregator.models import Selectors, Topic

# The keys of ``select``; of a misspelt one nothing more is said than that.
_PARTS = frozenset(part.name for part in fields(Selectors))
_ALL = "*"  # in place of the names of all sources
_WORDS_FOR_ALL = frozenset({"all", "any", "every", "everything", "সব", "সকল"})


def contradictions(data: dict[str, Any]) -> Iterator[Finding]:
    """Find what is wrong between the keys and tables of a file's data."""
    yield from _repeated_names(data)
    yield from _sources_of_no_kind(data)
    yield from _pages(data)
    yield from _dumps_with_a_cap(data)
    yield from _dumps_with_pages(data)
    yield from _events_that_nobody_finds(data)
    yield from _archives_of_the_top(data)
    names = {name for _, name in _texts(data, "source", "name")}
    titles = {
        table["title"]: table["name"]
        for _, table in _tables(data, "source")
        if isinstance(table.get("title"), str) and isinstance(table.get("name"), str)
    }
    yield from _unknown_words(data, "sources", "source", {*names, _ALL}, titles)
    categories = {category for _, category in _texts(data, "source", "category")}
    yield from _unknown_words(data, "categories", "source of category", categories)
    yield from _topics(data)


def _repeated_names(data: dict[str, Any]) -> Iterator[Finding]:
    for kind in ("source", "feed"):
        first: dict[str, KeyPath] = {}
        taken = {name for _, name in _texts(data, kind, "name")}
        for path, name in _texts(data, kind, "name"):
            if name in first or not takes(kind, "name", name):
                another = instead(kind, "name", name, but_not=taken)
                taken.add(another.strip('"'))
            if name in first:
                message = f'"{name}" is also the name of another {kind}'
                yield Finding(path, message, another, other=first[name])
            first.setdefault(name, path)


def _sources_of_no_kind(data: dict[str, Any]) -> Iterator[Finding]:
    for path, table in _tables(data, "source"):
        if sum(kind in table for kind in ("feed", "dump", "page")) != 1:
            message = (
                'a source has one of feed = "https://…", page = "https://…" and '
                'dump = "dumps/*.txt"'
            )
            yield Finding(path, message)


def _pages(data: dict[str, Any]) -> Iterator[Finding]:
    """Find selectors that select nothing, and what a page cannot have."""
    for path, table in _tables(data, "source"):
        select = table.get("select")
        if "select" in table and "page" not in table:
            yield Finding((*path, "select"), 'only a page has one: page = "https://…"')
        elif isinstance(select, dict) and "entry" not in select and _PARTS.issuperset(select):
            message = 'has no entry: write what each entry is, as { entry = "article" }'
            yield Finding((*path, "select"), message)
        if "page" in table and table.get("discover") is True:
            message = "a page is read as it is; discover goes with feed"
            yield Finding((*path, "discover"), message)


def _dumps_with_a_cap(data: dict[str, Any]) -> Iterator[Finding]:
    for path, table in _tables(data, "source"):
        if "dump" in table and "max_entries" in table:
            message = "a dump is read whole, as it is your own; only a feed has max_entries"
            yield Finding((*path, "max_entries"), message)


def _dumps_with_pages(data: dict[str, Any]) -> Iterator[Finding]:
    for path, table in _tables(data, "source"):
        if "dump" in table and table.get("full_text") is True:
            message = "a dump holds its texts; only a feed or a page leads to others (full_text)"
            yield Finding((*path, "full_text"), message)


def _events_that_nobody_finds(data: dict[str, Any]) -> Iterator[Finding]:
    dedupe = data.get("dedupe")
    if not isinstance(dedupe, dict) or dedupe.get("events") is not False:
        return
    for path, display in _texts(data, "feed", "events"):
        if display == "merge":
            yield Finding(path, "nothing to merge: [dedupe] events is false")


def _archives_of_the_top(data: dict[str, Any]) -> Iterator[Finding]:
    for path, table in _tables(data, "feed"):
        if table.get("order") == "top" and table.get("archive") is True:
            message = 'a feed with order = "top" has no archives, as stories leave it and come back'
            yield Finding((*path, "archive"), message)


def _topics(data: dict[str, Any]) -> Iterator[Finding]:
    """Find words that stand under two topics, and what feeds choose and is no topic."""
    table = data.get("topics")
    own = table if isinstance(table, dict) else {}
    yield from words_of_several(own)
    topics = topics_with({name: _list(synonyms) for name, synonyms in own.items()})
    known = topic_of_each(topics)
    unknown = [each for each in _texts(data, "feed", "topics") if folded(each[1]) not in known]
    words = [word for topic in topics for word in _names(topic)]
    near_to = nearest([name for _, name in unknown], words)
    for path, name in unknown:
        near = near_to.get(name, "")
        of_own = "" if near else f'; [topics] makes one of categories: "{name}" = ["…"]'
        yield Finding(path, f'there is no topic "{name}"{of_own}', near and toml_value(near))


def _names(topic: Topic) -> tuple[str, ...]:
    return (topic.name, *topic.synonyms)


def _list(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [word for word in values if isinstance(word, str)]


def _unknown_words(
    data: dict[str, Any],
    key: str,
    noun: str,
    known_words: set[str],
    other_words: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Finding]:
    """Find what feeds name under a key and no source has; ``other_words`` are for known ones."""
    unknown = [each for each in _texts(data, "feed", key) if each[1] not in known_words]
    words_for_all = _WORDS_FOR_ALL if _ALL in known_words else frozenset()
    meant = {word: _ALL for _, word in unknown if word.casefold() in words_for_all}
    meant = {**other_words, **meant}
    misspelt = [word for _, word in unknown if word not in meant]
    near_to = {**nearest(misspelt, sorted(known_words - {_ALL})), **meant}
    for path, word in unknown:
        near = near_to.get(word, "")
        yield Finding(path, f'there is no {noun} "{word}"', near and toml_value(near))


def _texts(data: dict[str, Any], kind: str, key: str) -> Iterator[tuple[KeyPath, str]]:
    """Return every text under one key of ``[[kind]]``, alone or in a list, with its key path."""
    for path, table in _tables(data, kind):
        value = table.get(key)
        if isinstance(value, str):
            yield (*path, key), unicodedata.normalize("NFC", value)
        for index, element in enumerate(value if isinstance(value, list) else []):
            if isinstance(element, str):
                yield (*path, key, index), unicodedata.normalize("NFC", element)


def _tables(data: dict[str, Any], kind: str) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    """Return every ``[[kind]]`` with its key path."""
    tables = data.get(kind)
    for index, table in enumerate(tables if isinstance(tables, list) else []):
        if isinstance(table, dict):
            yield (kind, index), table
