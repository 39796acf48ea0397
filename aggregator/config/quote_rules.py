"""Rules for quotes: typographic ones, one that is missing, and those within others."""

from __future__ import annotations

import re

from aggregator.config.advice import instead, toml_value
from aggregator.config.line_parts import PAIR, Table, meant

_SMART = "“”„‟«»″＂‘’‚‛`´"
_SMART_LIST = re.compile("[“”„‟«»″＂‘’‚‛]")
# Quotes within quotes that hug words: "সে বলল "না"", and not "a", "b" or "a" key = "b".
_HUGGED = re.compile(r'[^"]*(?:"[^"\s=,;][^"=]*"[^"]*)+')
_APOSTROPHES = re.compile(r"(?:[^'\"]*[^'\"\s]'[^'\"\s=,;])+[^'\"]*")


def smart_quotes(line: str, table: Table) -> tuple[str, str] | None:
    """Put straight quotes round a value that stands in typographic ones, on one side or both."""
    pair = PAIR.match(line)
    if pair is None or not any(sign in pair[4] for sign in _SMART):
        return None
    value, cause = pair[4].rstrip(",; "), "quotes are straight, \" or ', not typographic"
    if value.startswith(("[", "{")):
        return smart_list(line, table)
    ends = _SMART + "\"'"
    if len(value) > 1 and value[0] in ends and value[-1] in ends:
        inner = value[1:-1]
    elif value[0] in _SMART:
        inner = value[1:]
    else:
        return None
    text = instead(table.name, meant(table, pair[2]), inner) or toml_value(inner)
    return f"{pair[1]}{pair[2]}{pair[3]}{text}{pair[5]}", cause


def smart_list(line: str, _table: Table) -> tuple[str, str] | None:
    """Make all typographic quotes of a line straight."""
    straight = _SMART_LIST.sub('"', line)
    return (straight, "quotes are straight, \" or ', not typographic") if straight != line else None


def open_quote(line: str, _table: Table) -> tuple[str, str] | None:
    """Put the quote there that a value has only at its other end."""
    pair = PAIR.match(line)
    if pair is None or not pair[4] or pair[5].strip():
        return None
    value = pair[4]
    for quote in "\"'":
        if value.count(quote) != 1:
            continue
        closed = value + quote if value[0] == quote else quote + value
        if value[0] == quote or value[-1] == quote:
            return f"{pair[1]}{pair[2]}{pair[3]}{closed}", "a quotation mark is missing"
    return None


def quotes_within(line: str, _table: Table) -> tuple[str, str] | None:
    """Put the other kind of quotes round a value that has quotes within it."""
    pair = PAIR.match(line)
    if pair is None or len(pair[4]) < 2 or pair[4][0] != pair[4][-1]:
        return None
    inner, rule = pair[4][1:-1], {'"': _HUGGED, "'": _APOSTROPHES}.get(pair[4][0])
    if rule is None or not rule.fullmatch(inner):
        return None
    cause = "quotes stand within quotes of the same kind"
    return f"{pair[1]}{pair[2]}{pair[3]}{toml_value(inner)}{pair[5]}", cause
