"""A line of a configuration that is no TOML → the line that was meant, and why.

The rules (``line_rules``) are applied until the line is TOML. A line that does not become so is
given up: what was meant is not certain then.
"""

from __future__ import annotations

import re
import tomllib
from typing import NamedTuple

from aggregator.config.advice import SECRET_KEYS, holds_secret, takes
from aggregator.config.line_parts import HEADER, PAIR, Table, is_toml
from aggregator.config.line_rules import RULES, RULES_IN_LISTS
from aggregator.config.misspelt import is_known

# A line with more mistakes than these is not one that was meant as TOML.
_MOST_STEPS = 8
# The longest line of the shipped configuration has 110 characters, none a gap of more than 30.
# Rules look at a line again and again: at a gap of 3,900 spaces for minutes.
_LONGEST = 1_000
_GAP = re.compile(r"\s{100}")


class Mended(NamedTuple):
    """A line as it was meant, the column where it differs first, and what is said of it."""

    line: str
    column: int
    message: str


def mended(line: str, table: Table) -> Mended | None:
    """Return a line as it was meant; ``None`` where that is not certain, or it is TOML."""
    if len(line) > _LONGEST or _GAP.search(line):
        return None
    now, causes = line, list[str]()
    for _ in range(_MOST_STEPS):
        if is_toml(now):
            break
        found = next((found for rule in RULES if (found := rule(now, table))), None)
        if found is None or found[0] == now:
            return None
        now, cause = found
        if cause and cause not in causes:
            causes.append(cause)
    if now == line or not is_toml(now):
        return None
    column = _column(line, now)
    return Mended(now, column, _message(now, causes, table) if causes else "")


def mended_element(line: str, table: Table) -> Mended | None:
    """Return a line of a list of several lines as it was meant.

    ``table`` is that of a value of the list, which may be secret where that of the list is not.
    """
    if len(line) > _LONGEST or _GAP.search(line):
        return None
    now, causes = line, list[str]()
    for rule in RULES_IN_LISTS:
        if found := rule(now, table):
            now, cause = found
            causes.append(cause)
    if now == line or not is_toml(f"x = [\n{now}\n]"):
        return None
    return Mended(now, _column(line, now), _message(now, causes, table))


def _column(before: str, after: str) -> int:
    """Return where two lines differ first, counted from 1; of a line that goes, its beginning."""
    pairs = enumerate(zip(before, after, strict=False))
    same = next((index for index, (a, b) in pairs if a != b), min(len(before), len(after)))
    return same + 1


def _message(line: str, causes: list[str], table: Table) -> str:
    """Say what is wrong with a line, and how it is written; without what may be a secret."""
    said, pair = "; ".join(causes), PAIR.match(line)
    keys = {part.strip("\"' ") for part in pair[2].split(".")} if pair else set[str]()
    is_secret = table.is_secret or not keys.isdisjoint(SECRET_KEYS) or holds_secret(line)
    is_silent = is_secret or not _is_taken(table, line)
    if is_silent or not line.strip() or line.lstrip().startswith("#"):
        return said
    match = pair or HEADER.match(line)
    shown = line if match is None else line[: len(line) - len(match[5])]
    return f"{said}: write {shown.strip()}"


def _is_taken(table: Table, line: str) -> bool:
    """Tell whether a line is right as it was mended; else more is said of it elsewhere."""
    if not is_toml(line):  # a value of a list
        return True
    for key, value in tomllib.loads(line).items():
        if isinstance(value, dict | list) and HEADER.match(line) and not PAIR.match(line):
            return is_known("", key)
        if not table.has_own_keys and is_known("", table.name):
            return is_known(table.name, key) and takes(table.name, key, value)
    return True
