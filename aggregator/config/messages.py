"""What pydantic finds wrong, said in the words of the file, with a hint a person can act on.

Knows how values are written in TOML and how like a known word a misspelt one is. Refuses to know
where in the file a key stands (``positions``).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from itertools import islice
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from aggregator.config.advice import SECRET_KEYS, holds_secret, instead
from aggregator.config.positions import KeyPath
from aggregator.config.schema import bounds

# How like a known key an unknown one must be to be suggested; difflib's own default of 0.6
# suggests "name" for "game" but still finds "every" for "evry" and "category" for "categry".
_LIKENESS = 0.6
# A pair of names that are alike takes 11 µs to compare, so this is a second. It is enough for 2,900
# mistakes over the 34 sources that are shipped; who makes more mends those first.
_MOST_COMPARED = 100_000

# Python refuses to write a number of more than 4,300 digits; nobody needs to read one of twelve.
_SHOWN_BELOW = 10**12

# The part of an address that a paper is known by, as of https://www.prothomalo.com/feed.
_HOST = re.compile(r"https?://(?:(?:www|feeds|rss|bangla|bengali)\.)?([a-zA-Z0-9-]+)")

_WANTED = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number without quotes",
    "float_type": "must be a number without quotes",
    "bool_type": "must be true or false without quotes",
    "list_type": 'must be text in quotes or a list, as ["…", "…"]',
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "dict_type": "must be a table",
}


class Finding(NamedTuple):
    """What is wrong with the value at a key path, in one line.

    ``instead`` is a value to write there, as it stands in a file; ``other`` the key path of what
    the message is also about.
    """

    path: KeyPath
    message: str
    instead: str = ""
    other: KeyPath = ()


def findings(error: ValidationError, data: dict[str, Any]) -> Iterator[Finding]:
    """Return what pydantic found wrong with ``data``, each at a key path of the file."""
    taken_names = {table: _texts(data, table, "name") for table in ("source", "feed")}
    named_by_feeds = _texts(data, "feed", "sources")
    for detail in error.errors():
        path, message = _path_in_file(detail["loc"], data), _message(detail)
        taken = taken_names.setdefault(str(path[0]) if path else "", set())
        written = _instead(path, detail, data, taken)
        if path[2:] == ("name",):
            taken.add(written.strip('"'))
            name = detail["input"]  # of a table without one, the table
            if path[0] == "source" and isinstance(name, str) and name in named_by_feeds:
                message += "; name it so in the sources of feeds, too"
        yield Finding(path, message, written)


def _instead(
    path: KeyPath, detail: ErrorDetails, data: dict[str, Any], taken_names: Set[str]
) -> str:
    """Return what is to be written in place of a value, or nothing where that is not known.

    ``taken_names`` are those that tables of its kind have, or are told to have.
    """
    table, *rest = path or ("",)
    rest = rest[1:] if rest and isinstance(rest[0], int) else rest
    if rest == ["name"] and detail["type"] == "missing":
        return _name_of(data, path, taken_names)
    if not rest or detail["type"] in ("missing", "extra_forbidden", "too_short"):
        return ""
    key, within = str(rest[0]), rest[1] if len(rest) > 1 else None
    taken = taken_names if key == "name" else frozenset()
    return instead(str(table), key, detail["input"], within=within, but_not=taken)


def _name_of(data: dict[str, Any], path: KeyPath, taken_names: Set[str]) -> str:
    """Return a name for a table without one, made of its title or its feed's host."""
    table, index = str(path[0]), path[1]
    each = data[table][index] if isinstance(index, int) else {}
    host = _HOST.match(str(each.get("feed", "")))
    of = each.get("title") or (host and host[1]) or table
    return instead(table, "name", of, but_not=taken_names) if isinstance(of, str) else ""


def _texts(data: dict[str, Any], table: str, key: str) -> set[str]:
    """Return the texts that stand under a key in each of several tables, alone or in a list."""
    tables = data.get(table)
    listed = tables if isinstance(tables, list) else []
    values = [each.get(key) for each in listed if isinstance(each, dict)]
    whole = [text for value in values for text in (value if isinstance(value, list) else [value])]
    return {text for text in whole if isinstance(text, str)}


def nearest(words: Iterable[str], known_words: Collection[str]) -> Mapping[str, str]:
    """Return the known word that each of some misspelt ones is likest, where one is alike.

    Each pair is compared, so that of many words the first alone are looked at.

    >>> nearest(["prothom-allo", "inqilab"], ["samakal", "prothom-alo"])
    {'prothom-allo': 'prothom-alo'}
    """
    by_folded = {known.casefold(): known for known in reversed(list(known_words))}
    most = _MOST_COMPARED // max(len(by_folded), 1)
    found = {}
    for word in islice(dict.fromkeys(words), most):
        if near := difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=_LIKENESS):
            found[word] = by_folded[near[0]]
    return found


def _path_in_file(path: KeyPath, data: dict[str, Any]) -> KeyPath:
    """Cut from pydantic's path what is no key of the file (its names of union members)."""
    value: Any = data
    for depth, key in enumerate(path):
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key in range(len(value)):
            value = value[int(key)]
        else:
            is_missing_key = isinstance(value, dict) and depth == len(path) - 1
            return path if is_missing_key else path[:depth]
    return path


def _message(detail: ErrorDetails) -> str:
    path, kind, given = detail["loc"], detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return f"unknown key of {path[-2]}"  # those of tables ``misspelt`` names
    if kind == "missing":
        if path == ("source",):
            return "missing: a configuration has at least one [[source]]"
        return f"missing: every [[{path[0]}]] has one"
    if kind == "value_error":
        return str(detail.get("ctx", {}).get("error", detail["msg"]))
    if kind == "list_type" and isinstance(given, dict) and len(path) == 1:
        return f"there can be several: write [[{path[0]}]]"
    if kind in ("model_type", "dict_type") and isinstance(given, list) and len(path) == 1:
        return f"there is only one: write [{path[0]}]"
    if kind == "too_short":
        return "the list is empty"
    if isinstance(given, str) and (holds_secret(given) or not SECRET_KEYS.isdisjoint(path)):
        return f"{_wanted(detail)}, not text"
    return f"{_wanted(detail)}, not {_shown(given)}"


def _wanted(detail: ErrorDetails) -> str:
    path, kind = detail["loc"], detail["type"]
    if kind == "literal_error":
        return f"must be {detail['ctx']['expected']}".replace("'", '"')
    if kind in ("greater_than_equal", "less_than_equal"):
        least, most = bounds(str(path[0]), str(path[-1]))
        return f"must lie between {least} and {most}"
    message = detail["msg"]
    return _WANTED.get(kind, f"{message[:1].lower()}{message[1:]}")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and abs(value) >= _SHOWN_BELOW:
        return "a very large number"
    return f'"{value}"' if isinstance(value, str) else str(value)
