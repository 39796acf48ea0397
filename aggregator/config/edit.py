"""Sources written into ``config.toml``, in which everything else stays as a person wrote it.

tomlkit writes the tables, and lengthens lists. Where they go is found here, by ``positions``:
tomlkit puts all ``[[source]]`` tables together where ``[[feed]]`` tables stand between them. Of an
edit that would lose one character of the old text, or mean anything else, nothing is written.
"""

from __future__ import annotations

import fcntl
import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, InlineTable

from aggregator import durable
from aggregator.config.file import parse, read_text
from aggregator.config.positions import KeyPath, Span, spans
from aggregator.config.syntax import MAX_BYTES
from aggregator.errors import EditError
from aggregator.models import Config, NewSource

_MARK = "\ufeff"
_ALL = "*"
_REST_OF_LINE = re.compile(r"[^\n]*\n?")
_COMMENT_LINE = re.compile(r"[ \t]*#[^\n]*\n?")
_HEADER_LINE = re.compile(r"[ \t]*\[")


def add_sources(text: str, sources: Sequence[NewSource], *, feed: str = "") -> str:
    """Return the text of a configuration with sources added behind its last one.

    The published ``feed`` of that name gets them into its list, if it does not take all sources
    anyhow. EditError where the text is no TOML or has no such feed, or would be too large.
    """
    mark = _MARK if text.startswith(_MARK) else ""
    old = text.removeprefix(_MARK)
    expected = _data_of(old)
    span_of = spans(old)
    tables = [_table_of(source) for source in sources]
    if ("source",) in span_of:  # source = [{ … }]
        new = _with_elements(old, span_of["source",], tables)
    else:
        new = _with_tables(old, span_of, tables)
    _check_size(new)
    expected["source"] = [*_tables(expected, "source"), *tables]
    if feed:
        names = [source.name for source in sources]
        new = _with_names(new, expected, feed, names)
    if not _is_subsequence(old, new) or _data_of(new) != expected:
        raise EditError("the configuration is written in a way that no source can be added to")
    return mark + new


def check(path: Path, text: str) -> Config:
    """Return the configuration that a text is at ``path``.

    ConfigError with every fault of it, EditError where it is too large to be read again.
    """
    _check_size(text)
    return parse(text, path)


def _check_size(text: str) -> None:
    if len(text.encode()) > MAX_BYTES:
        raise EditError(f"the configuration would be larger than {MAX_BYTES:,} bytes")


def write(path: Path, text: str, *, instead_of: str) -> None:
    """Put a text in the place of a configuration file, which held ``instead_of`` when it was read.

    ConfigError with every fault of the text, EditError where the file holds something else by now
    or cannot be written: it stays as it is. Its mode and owner stay in any case, and a link to it
    stays a link.
    """
    check(path, text)
    try:
        target = path.resolve(strict=True)
        with _held(target):
            if read_text(path) != instead_of:
                raise EditError(f"{path} was changed meanwhile, and is left as it is; try again")
            durable.rewrite(target, text.encode())
    except OSError as error:
        raise EditError(f"{path} cannot be written: {error.strerror}") from error


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold a file, so that of two commands one writes it, and the other sees that it has changed.

    Who waits for a file that is replaced meanwhile then holds one that is gone, and reads the new.
    OSError where we may not write it: another could be put in its place all the same.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# --- Where it goes -------------------------------------------------------------------------------


def _with_tables(text: str, span_of: dict[KeyPath, Span], tables: list[dict[str, Any]]) -> str:
    """Return the text with ``[[source]]`` tables behind the last one, or else at the end."""
    offset = _end_of_last_source(text, span_of)
    before, after = text[:offset], text[offset:]
    newline = "\r\n" if "\r\n" in (before or after) else "\n"
    added = "".join(f"{newline}{_written(table, newline)}" for table in tables)
    if before and not before.endswith("\n"):
        added = newline + added
    if not before.strip():
        added = added.removeprefix(newline)
    if after and not after.startswith(("\n", "\r\n")):
        added += newline
    return before + added + after


def _end_of_last_source(text: str, span_of: dict[KeyPath, Span]) -> int:
    """Return where the lines of the last source end, with the comments that follow at once.

    Comments that stand at once before another table are of that table.
    """
    indices = [path[1] for path in span_of if path[0] == "source" and len(path) > 1]
    if not indices:
        return len(text)
    last = indices[-1]
    end = max(span.end for path, span in span_of.items() if path[:2] == ("source", last))
    end = _behind(_REST_OF_LINE, text, end)
    behind_comments = end
    while comment := _COMMENT_LINE.match(text, behind_comments):
        behind_comments = comment.end()
    return end if _HEADER_LINE.match(text, behind_comments) else behind_comments


def _behind(pattern: re.Pattern[str], text: str, offset: int) -> int:
    match = pattern.match(text, offset)
    return match.end() if match else offset


def _with_names(text: str, expected: dict[str, Any], feed: str, names: list[str]) -> str:
    """Return the text with names in a feed's list, and put them into the expected data, too."""
    tables = _tables(expected, "feed")
    index = next((i for i, table in enumerate(tables) if table.get("name") == feed), None)
    if index is None:
        known = ", ".join(str(table.get("name")) for table in tables)
        raise EditError(f'there is no [[feed]] "{feed}"; there are: {known or "none"}')
    listed = tables[index].get("sources", _ALL)
    if listed == _ALL or _ALL in listed:
        return text
    span = spans(text)["feed", index, "sources"]
    if isinstance(listed, str):
        tables[index]["sources"] = [listed, *names]
        added = "".join(f", {tomlkit.item(name).as_string()}" for name in names)
        return f"{text[: span.start]}[{text[span.start : span.end]}{added}]{text[span.end :]}"
    tables[index]["sources"] = [*listed, *names]
    return _with_elements(text, span, names)


# --- How it is written ---------------------------------------------------------------------------


def _table_of(source: NewSource) -> dict[str, Any]:
    """Return the keys of a source that say something, in the order in which they are written."""
    categories = list(source.categories)
    values = {
        "name": source.name,
        "title": source.title,
        "feed": source.feed,
        "dump": source.dump,
        "page": source.page,
        "select": dict(source.select),
        "category": categories[0] if len(categories) == 1 else categories,
        "full_text": source.full_text,
        "allow_private": source.allow_private,
    }
    return {key: value for key, value in values.items() if value}


def _written(table: dict[str, Any], newline: str) -> str:
    """Return a ``[[source]]`` table, with a line for each key."""
    lines = [f"{key} = {_item(value)}" for key, value in table.items()]
    return newline.join(["[[source]]", *lines, ""])


def _item(value: Any) -> str:
    """Return a value as TOML: text is escaped, a table stands in one line."""
    if not isinstance(value, dict):
        return str(tomlkit.item(value).as_string())
    return _inline(value).as_string()


def _inline(table: dict[str, Any]) -> InlineTable:
    inline = tomlkit.inline_table()
    inline.update(table)
    return inline


def _with_elements(text: str, span: Span, elements: Sequence[Any]) -> str:
    """Return a text whose list at ``span`` has more elements, laid out as the others are."""
    try:
        array = tomlkit.parse(f"list = {text[span.start : span.end]}")["list"]
    except TOMLKitError as error:
        raise EditError(f"a list of the configuration cannot be made longer: {error}") from error
    if not isinstance(array, Array):
        raise EditError("a list of the configuration is none that could be made longer")
    for element in elements:
        array.append(_inline(element) if isinstance(element, dict) else element)
    return text[: span.start] + array.as_string() + text[span.end :]


# --- What it means, and that nothing else changed -------------------------------------------------


def _data_of(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise EditError("the configuration is no TOML; `aggregator check` says why") from error


def _tables(data: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Return all tables of a kind; EditError where something else has its name."""
    tables = data.get(kind, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise EditError(f"{kind} is no list of tables; `aggregator check` says more")
    return tables


def _is_subsequence(old: str, new: str) -> bool:
    """Tell whether every character of the old text is in the new one, in its order."""
    characters = iter(new)
    return all(character in characters for character in old)
