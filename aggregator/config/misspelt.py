"""Keys that a table does not know: which key was meant, and the data as it was meant.

The data is read on under the key that was meant, so that what is wrong with its value is named at
once, and nothing is called missing that is there under a misspelt name.
"""

from __future__ import annotations

import difflib
from typing import Any, NamedTuple

from aggregator.config.messages import Finding
from aggregator.config.positions import KeyPath
from aggregator.config.schema import OWN_KEYS, SEVERAL, TABLES, ConfigTable

# How like a known key an unknown one must be to be meant; difflib's own default of 0.6
# finds "name" for "game", "every" for "evry" and "category" for "categry".
_LIKENESS = 0.6
# Tables are few and short; 0.6 finds "status" for "tags".
_LIKENESS_OF_TABLES = 0.7
# What other programs call our keys; only the words that people were seen to write.
_OTHER_NAMES = {
    "source": {
        "url": "feed", "link": "feed", "rss": "feed", "atom": "feed", "address": "feed",
        "id": "name", "interval": "every", "refresh": "every", "schedule": "every",
        "path": "dump", "file": "dump", "folder": "dump", "tags": "category", "tz": "timezone",
        "label": "title", "user_agent": "headers", "active": "enabled", "on": "enabled",
    },
    "feed": {"id": "name", "category": "categories", "source": "sources", "max": "limit",
             "lang": "languages", "language": "languages", "count": "limit", "split": "split_by",
             "filter": "include", "sort": "order"},
    "site": {"name": "title", "lang": "language", "tz": "timezone", "base_url": "url",
             "folder": "output", "port": "listen", "bind": "listen"},
    "store": {"path": "url", "file": "url", "database": "url", "retention": "keep"},
    "": {"rss": "feed", "output": "feed", "database": "store", "sites": "site", "general": "site"},
}  # fmt: skip


class Meant(NamedTuple):
    """Data under the keys that were meant, what was wrong, and whence each key was taken.

    ``absent`` are keys that are missing only as something else is wrong, which is named.
    """

    data: dict[str, Any]
    findings: list[Finding]
    taken_from: dict[KeyPath, KeyPath]
    absent: set[KeyPath]


def meant_key(table: str, key: str) -> str:
    """Return the key of a table that an unknown one was meant as; nothing where none is alike.

    ``table`` is empty for the names of tables.

    >>> meant_key("source", "evry"), meant_key("", "SOURCE"), meant_key("feed", "colour")
    ('every', 'source', '')
    """
    known = _keys(table)
    folded = key.casefold().replace("-", "_").strip()
    if folded in known:
        return folded
    if other := _OTHER_NAMES.get(table, {}).get(folded):
        return other
    likeness = _LIKENESS if table else _LIKENESS_OF_TABLES
    near = difflib.get_close_matches(folded, known, n=1, cutoff=likeness)
    return near[0] if near else ""


def is_known(table: str, key: str) -> bool:
    """Tell whether a table has a key."""
    return key in _keys(table)


def as_meant(data: dict[str, Any]) -> Meant:
    """Return a file's data under the keys that were meant; what no key was meant by is left out."""
    meant = Meant({}, [], {}, set())
    strays = [
        key
        for key, value in data.items()
        if isinstance(value, str) or (not isinstance(value, dict | list) and not is_known("", key))
    ]
    below = _without_table(strays, meant)
    whole = _renamed("", (), {key: data[key] for key in data if key not in below}, meant)
    for name, value in whole.items():
        if name in SEVERAL and isinstance(value, list):
            value = [
                _renamed(name, (name, index), each, meant) if isinstance(each, dict) else each
                for index, each in enumerate(value)
            ]
        elif name != OWN_KEYS and name not in SEVERAL and isinstance(value, dict):
            value = _renamed(name, (name,), value, meant)
        meant.data[name] = value
    return meant


def _without_table(strays: list[str], meant: Meant) -> list[str]:
    """Return the keys that stand above every table, and name the table that they are of."""
    counts = {name: sum(is_known(name, key) for key in strays) for name in TABLES}
    table = max(counts, key=counts.__getitem__)
    below = [key for key in strays if is_known(table, key)]
    if below:
        message = f"belongs below a line {_brackets(table)}: write that line above it"
        meant.findings.append(Finding((below[0],), message))
        meant.absent.add((table,))
    return below


def _renamed(table: str, path: KeyPath, data: dict[str, Any], meant: Meant) -> dict[str, Any]:
    """Return one table under the keys that were meant, and note what was not as it should be."""
    known = {key: value for key, value in data.items() if is_known(table, key)}
    for key, value in data.items():
        if is_known(table, key):
            continue
        other = meant_key(table, key)
        at = (*path, key)
        if not other:
            meant.findings.append(Finding(at, _no_such_key(table, key)))
        elif other not in known:
            known[other] = value
            meant.taken_from[*path, other] = at
            meant.findings.append(Finding(at, _did_you_mean(table, other)))
        elif table == "" and isinstance(value, list) and isinstance(known[other], list):
            for index in range(len(value)):
                meant.taken_from[other, len(known[other]) + index] = (key, index)
            known[other] = [*known[other], *value]
            meant.findings.append(Finding(at, _did_you_mean(table, other)))
        else:
            message = f'unknown key; did you mean "{other}", which is here, too? Delete this one'
            meant.findings.append(Finding(at, message))
    return known


def _did_you_mean(table: str, key: str) -> str:
    written = _brackets(key) if table == "" else key
    return f'unknown {"table" if table == "" else "key"}, did you mean "{written}"?'


def _no_such_key(table: str, key: str) -> str:
    """Say where a key belongs, or which there are."""
    homes = [name for name, model in TABLES.items() if key in model.model_fields]
    if homes:
        return f"unknown key here; it is one of {' and '.join(map(_brackets, homes))}"
    noun = "table" if table == "" else "key"
    return f"unknown {noun}; known are {', '.join(_keys(table))}"


def _brackets(table: str) -> str:
    return f"[[{table}]]" if table in SEVERAL else f"[{table}]"


def _keys(table: str) -> list[str]:
    return list((TABLES[table] if table else ConfigTable).model_fields)
