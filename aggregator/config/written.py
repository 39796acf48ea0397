"""Which sources a configuration has, and on which line each: also those that are disabled.

So that a source is added once. It tells what stands in the file, whether or not that is valid.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aggregator.config.positions import positions
from aggregator.errors import EditError
from aggregator.urls import canonical

_ADDRESSES = ("feed", "page", "dump")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSource:
    """A source as it stands in a file: its name, the line of its table, where it is read from."""

    name: str
    line: int
    address: str
    is_enabled: bool = True


def sources_in(text: str) -> tuple[WrittenSource, ...]:
    """Return the sources of a configuration's text, in its order; EditError where it is no TOML."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        tables = tomllib.loads(text).get("source", [])
    except (ValueError, RecursionError) as error:
        raise EditError("the configuration is no TOML; `aggregator check` says why") from error
    position_of = positions(text)
    return tuple(
        WrittenSource(
            name=str(table.get("name", "")),
            line=position_of["source", index].line,
            address=_address(table),
            is_enabled=table.get("enabled") is not False,
        )
        for index, table in enumerate(tables if isinstance(tables, list) else [])
        if isinstance(table, dict)
    )


def same_address(sources: Sequence[WrittenSource], address: str) -> WrittenSource | None:
    """Return the first source that is read from an address; addresses are compared as of pages."""
    wanted = compared(address)
    return next((source for source in sources if compared(source.address) == wanted), None)


def compared(address: str) -> str:
    """Return the form in which the addresses of sources are compared.

    >>> compared("http://www.example.org/rss/") == compared("https://example.org/rss")
    True
    """
    return canonical(address) or address


def _address(table: dict[str, Any]) -> str:
    return next((str(table[key]) for key in _ADDRESSES if key in table), "")
