"""What people write by hand that is no TOML: a rule for each, which finds what was meant.

A rule returns the line and why it was wrong, or ``None`` where it knows nothing of it; ``lines``
applies them. Refuses to know other lines, but for the table that the line stands in.
"""

from __future__ import annotations

import re

from aggregator.config.advice import instead, toml_value
from aggregator.config.line_parts import HEADER, PAIR, QUOTED, Rule, Table, is_toml, meant
from aggregator.config.quote_rules import open_quote, quotes_within, smart_list, smart_quotes
from aggregator.config.schema import SEVERAL, TABLES

_SPACES = re.compile(
    f"({QUOTED})|([\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]|[\u200b\u2060\ufeff])"
)
_COMMENT_LINE = re.compile(r"^(\s*)(//|;|--|/\*)(.*)$")
_COMMENT = re.compile(rf"({QUOTED}|[“„«‘][^”»’\n]*[”»’])|\s*(#.*)$|(\s)(?://|;|/\*)(.*)$")
_OTHER_SIGN = re.compile(
    rf"^(\s*)({QUOTED}|[A-Za-z_][A-Za-z0-9_-]*|(?![\x00-\x7f])[^\s=:]+)"
    r"(\s*(?::=|=>|==|->|:(?!//))\s*|\s+(?=[\"'“‘\[0-9০-৯]))(.*)$"
)
_BARE = re.compile(r"[A-Za-z0-9_.-]+")
_ELEMENT = re.compile(rf"({QUOTED})|([^\s,\[\]\"'][^,\[\]\"']*)")
_NO_COMMA = re.compile(rf"({QUOTED})\s+(?=[\"'])")
# A word of other letters than ASCII's, which stands in quotes wherever it is.
_OTHER_WORDS = re.compile(rf"({QUOTED})|((?![\x00-\x7f])[^\s=,#\[\]{{}}\"']+)")
_COLON = re.compile(rf"({QUOTED}|[A-Za-z0-9_-]+)\s*:\s*(?=[\"'])")
_NOTHING = frozenset({"null", "none", "nil", "undefined", "~"})


def _comment_line(line: str, _table: Table) -> tuple[str, str] | None:
    match = _COMMENT_LINE.match(line)
    if match is None:
        return None
    return f"{match[1]}#{match[3]}", f'a comment begins with "#", not with "{match[2]}"'


def _spaces(line: str, _table: Table) -> tuple[str, str] | None:
    odd = next((match[2] for match in _SPACES.finditer(line) if match[2]), None)
    if odd is None:
        return None
    replaced = _SPACES.sub(
        lambda match: match[1] or ("" if match[2] in "\u200b\u2060\ufeff" else " "), line
    )
    what = "no-break space" if odd in "\u00a0\u202f" else "space that is not the ordinary one"
    return replaced, f"here is a {what} (U+{ord(odd):04X}): delete it, or type an ordinary space"


def _comment(line: str, _table: Table) -> tuple[str, str] | None:
    for match in _COMMENT.finditer(line):
        if match[2] is not None:
            return None
        if match[3] is not None:
            sign = ";" if match[0].strip()[0] == ";" else match[0].strip()[:2]
            if not match[4].strip():
                return None
            begin = line[: match.start()].rstrip()
            return f"{begin} # {match[4].strip()}", f'a comment begins with "#", not with "{sign}"'
    return None


def _other_sign(line: str, _table: Table) -> tuple[str, str] | None:
    match = _OTHER_SIGN.match(line)
    if match is None or (PAIR.match(line) and "=" not in match[3] and ":" not in match[3]):
        return None
    sign = match[3].strip()
    cause = (
        f'"=" stands between a key and its value, not "{sign}"'
        if sign
        else ('between a key and its value stands "="')
    )
    key = match[2]
    if key[0] in "\"'" and _BARE.fullmatch(key[1:-1]):
        key = key[1:-1]
    return f"{match[1]}{key} = {match[4]}", cause


def _end(line: str, _table: Table) -> tuple[str, str] | None:
    pair = PAIR.match(line)
    if pair is None or not (value := pair[4]) or value[-1] not in ",;":
        return None
    return (
        f"{pair[1]}{pair[2]}{pair[3]}{value.rstrip(',; ')}{pair[5]}",
        f'no "{value[-1]}" stands after a value',
    )


def _key(line: str, table: Table) -> tuple[str, str] | None:
    pair = PAIR.match(line)
    if pair is None or _BARE.fullmatch(pair[2]) or pair[2][0] in "\"'":
        return None
    cause = 'a key with other letters than a-z, 0-9, "-" and "_" needs quotes'
    known = (
        table.name in TABLES and not table.has_own_keys
    )  # it is said then that there is no such key
    return f"{pair[1]}{toml_value(pair[2])}{pair[3]}{pair[4]}{pair[5]}", "" if known else cause


def _backslash(line: str, _table: Table) -> tuple[str, str] | None:
    pair = PAIR.match(line)
    if pair is None or "\\" not in pair[4] or pair[4][0] != '"':
        return None
    value = pair[4].replace("\\", "/")
    return f"{pair[1]}{pair[2]}{pair[3]}{value}{pair[5]}", 'folders are divided by "/", not by "\\"'


def _nothing(line: str, _table: Table) -> tuple[str, str] | None:
    pair = PAIR.match(line)
    alone = _BARE.fullmatch(line.strip())
    if alone or (pair and (not pair[4] or pair[4].lower() in _NOTHING)):
        key = pair[2] if pair else line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        return (
            f"{indent}# {line.lstrip()}",
            f'"{key}" has no value: give it one, or delete this line',
        )
    return None


def _list(line: str, _table: Table) -> tuple[str, str] | None:
    pair = PAIR.match(line)
    if pair is None or not pair[4].startswith("["):
        return None
    begin, value = f"{pair[1]}{pair[2]}{pair[3]}", pair[4]
    if _NO_COMMA.search(value):
        value = _NO_COMMA.sub(r"\1, ", value)
        return f"{begin}{value}{pair[5]}", 'between two values of a list stands ","'
    if (quoted := _quoted_elements(value)) != value:
        return f"{begin}{quoted}{pair[5]}", "text needs quotes"
    if not value.endswith("]") and not value.endswith(","):
        return f"{begin}{value}]{pair[5]}", 'a list ends with "]"'
    return None


def _inline_table(line: str, _table: Table) -> tuple[str, str] | None:
    pair = PAIR.match(line)
    if pair is None or not pair[4].startswith("{"):
        return None
    words = _OTHER_WORDS.sub(lambda match: match[1] or toml_value(match[2]), pair[4])
    value = _COLON.sub(r"\1 = ", words)
    cause = "text and keys with other letters than a-z need quotes"
    if words == pair[4]:
        cause = '"=" stands between a key and its value, not ":"'
    return (f"{pair[1]}{pair[2]}{pair[3]}{value}{pair[5]}", cause) if value != pair[4] else None


def _quoted_elements(value: str) -> str:
    """Put quotes around the words of a list that are neither numbers nor in quotes."""

    def quote(match: re.Match[str]) -> str:
        word = (match[2] or "").strip()
        if match[1] or not word or word[0] == "#" or is_toml(f"x = {word}"):
            return match[0]
        return match[2].replace(word, toml_value(word), 1)

    before_comment, sign, comment = value.partition(" #")
    return _ELEMENT.sub(quote, before_comment) + sign + comment


def _elements(line: str, _table: Table) -> tuple[str, str] | None:
    quoted = _quoted_elements(line)
    return (quoted, "text needs quotes") if quoted != line else None


def _value(line: str, table: Table) -> tuple[str, str] | None:
    pair = PAIR.match(line)
    if pair is None or not pair[4] or pair[4][0] in "\"'[{":
        return None
    value = pair[4]
    written = instead(table.name, meant(table, pair[2]), value) or toml_value(value)
    if written in ("true", "false"):
        cause = "a switch is true or false, in small letters"
    elif written[0] not in "\"'":
        cause = (
            "a number has the digits 0-9, none of them a 0 in front, and a point before a fraction"
        )
    else:
        cause = "text needs quotes"
    return f"{pair[1]}{pair[2]}{pair[3]}{written}{pair[5]}", cause


def _header(line: str, _table: Table) -> tuple[str, str] | None:
    match = HEADER.match(line)
    if match is None or not (match[2] or match[4]):
        return None
    name = ".".join(
        part if _BARE.fullmatch(part) or part[:1] in "\"'" else toml_value(part)
        for part in map(str.strip, match[3].split("."))
    )
    several = name in SEVERAL
    opening, closing = ("[[", "]]") if several else ("[", "]")
    if name not in TABLES and match[2]:
        opening, closing = match[2][:2], "]" * len(match[2][:2])
    cause = "a line with the name of a table has as many brackets on the right as on the left"
    if name != match[3]:
        cause = "a key with other letters than a-z, 0-9 needs quotes"
    return f"{match[1]}{opening}{name}{closing}{match[5]}", cause


RULES: tuple[Rule, ...] = (
    _comment_line,
    _spaces,
    _header,
    _comment,
    _other_sign,
    smart_quotes,
    _end,
    _key,
    _backslash,
    open_quote,
    quotes_within,
    _list,
    _inline_table,
    _nothing,
    _value,
)
# What is applied to a line of a list that has several.
RULES_IN_LISTS: tuple[Rule, ...] = (_comment_line, _comment, _spaces, smart_list, _elements)
