"""What is no fault of a configuration and hardly meant: ``aggregator check`` warns of it.

A fault would stop what ran yesterday, and each of these can be meant: a folder that is made later,
an address that is asked twice while a source gets a new name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from aggregator.config.advice import toml_value
from aggregator.config.folders import at_home
from aggregator.config.messages import Finding
from aggregator.config.schema import ConfigTable

_PATTERN = "*?["


def doubts(table: ConfigTable, folder: Path) -> Iterator[Finding]:
    """Find what is hardly meant in a configuration without faults; looks at folders of dumps.

    ``folder`` is the one of the configuration.
    """
    yield from _addresses_twice(table)
    for index, source in enumerate(table.source):
        if source.dump is None or not source.enabled:
            continue
        path, missing = ("source", index, "dump"), _missing_folder(folder, source.dump)
        if "\\" in source.dump:
            message = 'folders are divided by "/", not by "\\"'
            yield Finding(path, message, toml_value(source.dump.replace("\\", "/")))
        elif missing is not None:
            yield Finding(path, f"there is no folder {missing}, so nothing is read")


def _addresses_twice(table: ConfigTable) -> Iterator[Finding]:
    first: dict[str, tuple[str, int, str]] = {}
    for index, source in enumerate(table.source):
        kind = "feed" if source.feed is not None else "page"
        asked = source.feed or source.page
        if asked is None or not source.enabled:
            continue
        parts = urlsplit(asked)
        host = (parts.hostname or "").removeprefix("www.")
        address = f"{host}:{parts.port}{parts.path.rstrip('/')}?{parts.query}"
        path = ("source", index, kind)
        other = first.setdefault(address, path)
        if other != path:
            name = table.source[other[1]].name
            message = f'source "{name}" reads the same address: delete one of the two'
            yield Finding(path, message, other=other)


def _missing_folder(folder: Path, dump: str) -> Path | None:
    """Return the folder that a pattern is looked for in, where that is not there."""
    path = folder / at_home(dump)
    if os.path.exists(path):  # noqa: PTH110 - a name that is too long is one that is not there
        return None
    fixed = Path()
    for part in path.parts[:-1]:
        if any(sign in part for sign in _PATTERN) and not folder.is_relative_to(fixed / part):
            break
        fixed /= part
    return None if os.path.isdir(fixed) else fixed  # noqa: PTH112 - as above
