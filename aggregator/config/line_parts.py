"""What rules for lines share: the parts of a line, and the table that it stands in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from typing import NamedTuple

from aggregator.config.misspelt import is_known, meant_key

QUOTED = r'"(?:[^"\\]|\\.)*"|\'[^\']*\''
# Indent, key, sign, value, and what stands behind.
PAIR = re.compile(rf"^(\s*)({QUOTED}|[^=#\[\]\"':]*?[^=#\[\]\"'\s:])(\s*=\s*)(.*?)(\s*(?:#.*)?)$")
HEADER = re.compile(r"^(\s*)(\[*)\s*([^\[\]#=,]+?)\s*(\]*)(\s*(?:#.*)?)$")


class Table(NamedTuple):
    """What a line stands in: the table, by the first of its names.

    ``has_own_keys`` says that a person makes the keys, as of ``[topics]``; ``is_secret`` that no
    value is to be repeated.
    """

    name: str = ""
    has_own_keys: bool = False
    is_secret: bool = False


# A line and its table → the line as it was meant, and why it was wrong; or nothing known of it.
Rule = Callable[[str, Table], tuple[str, str] | None]


def is_toml(text: str) -> bool:
    """Tell whether a text is TOML."""
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def meant(table: Table, key: str) -> str:
    """Return a key of a table, or the one that was meant by it."""
    name = key.strip("\"'")
    if table.has_own_keys or not table.name or not is_known("", table.name):
        return name
    return name if is_known(table.name, name) else meant_key(table.name, name)
