"""Reads TOML text and names every syntax fault at once, with a hint a person can act on.

``tomllib`` stops at the first fault. The three that people make by hand are certain to mend (a
key that needs quotes, a value that needs quotes, a key given twice), so after naming one the
reader mends its own copy of the line and reads on. It refuses to guess at any other.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from aggregator.errors import Fault

# 1 MB of dotted keys holds tomllib for 7 s (measured); 3,000 sources with comments are 600 KB.
MAX_BYTES = 600_000

# Each round mends one line; a file with more syntax faults than this is not a configuration.
_MAX_ROUNDS = 50

_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_MANY_DIGITS = re.compile("[0-9_]{4000,}")  # Python's limit is 4,300
_TOO_MANY_DIGITS = "a number has too many digits"
_TWICE = re.compile(r"cannot declare \('(.*)',\) twice")
_PAIR = re.compile(r"^(\s*)([^=#\[\]\"']*?[^=#\[\]\"'\s])(\s*=\s*)(.*?)(\s*(?:#.*)?)$")
_TABLE = re.compile(r"^(\s*)(\[\[?)([^\[\]]+)(\]\]?)(.*)$")
_BARE = re.compile(r"[A-Za-z0-9_.-]+")
_PLAIN_VALUE = re.compile(r"""[^"'\[{][^"]*""")


def read(text: str, file: str) -> tuple[str, dict[str, Any], list[Fault]]:
    """Read TOML: the text as mended, its data, and the faults.

    The data is empty where a fault could not be mended, so that nothing further is said of it.
    """
    if len(text.encode()) > MAX_BYTES:
        return text, {}, [Fault(file, 1, 1, f"the file is larger than {MAX_BYTES:,} bytes")]
    faults: list[Fault] = []
    for _ in range(_MAX_ROUNDS):
        try:
            return text, tomllib.loads(text), faults
        except RecursionError:
            return text, {}, [*faults, Fault(file, 1, 1, "values are nested too deeply")]
        except ValueError as error:  # TOMLDecodeError, or a number too long for Python
            message, line, column = _place(str(error), text)
            mended = _mend(text, message, line)
        if mended is None:
            return text, {}, [*faults, Fault(file, line, column, message)]
        text, column, message = mended
        faults.append(Fault(file, line, column, message))
    return text, {}, faults


def _place(message: str, text: str) -> tuple[str, int, int]:
    """Split tomllib's message into what is wrong and where."""
    found = _PLACE.search(message)
    lines = text.splitlines() or [""]
    what = message[: found.start()] if found else message
    what = what[:1].lower() + what[1:]
    twice = _TWICE.match(what)
    if twice:
        what = f"[{twice[1]}] stands twice"
    digits = _MANY_DIGITS.search(text) if what.startswith("exceeds the limit") else None
    if digits:
        before = text[: digits.start()]
        return _TOO_MANY_DIGITS, before.count("\n") + 1, digits.start() - before.rfind("\n")
    if what == r"illegal character '\n'":
        what = "a quotation mark is not closed in this line"
    if found and found.group(1):
        return what, int(found.group(1)), int(found.group(2))
    return f"{what} at the end of the file", len(lines), len(lines[-1]) + 1


def _mend(text: str, message: str, line: int) -> tuple[str, int, str] | None:
    """Mend one line: the new text, the column at fault, and the hint; ``None`` where unsure."""
    lines = text.split("\n")
    if line > len(lines) or message == _TOO_MANY_DIGITS:
        return None
    found = _mend_line(lines[line - 1].rstrip("\r"), message)
    if found is None:
        return None
    lines[line - 1], column, hint = found
    return "\n".join(lines), column, hint


def _mend_line(row: str, message: str) -> tuple[str, int, str] | None:
    pair = _PAIR.match(row)
    if pair:
        indent, key, equals, value, rest = pair.groups()
        if not _BARE.fullmatch(key):
            hint = f'a key with other letters than a-z, 0-9, "-" and "_" needs quotes: "{key}" = …'
            return f'{indent}"{key}"{equals}{value}{rest}', len(indent) + 1, hint
        if message.startswith("cannot overwrite"):
            return f"#{row}", len(indent) + 1, f'"{key}" is given twice'
        if value and _PLAIN_VALUE.fullmatch(value):
            hint = f'text needs quotes: {key} = "{value}"'
            column = len(indent) + len(key) + len(equals) + 1
            return f'{indent}{key}{equals}"{value}"{rest}', column, hint
    table = _TABLE.match(row)
    if table:
        indent, opening, name, closing, rest = table.groups()
        parts = name.split(".")
        wrong = [part for part in parts if not _BARE.fullmatch(part.strip())]
        if wrong and not any(quote in name for quote in "\"'"):
            quoted = ".".join(f'"{part.strip()}"' if part in wrong else part for part in parts)
            hint = (
                f"a key with other letters than a-z, 0-9 needs quotes: {opening}{quoted}{closing}"
            )
            column = len(indent) + len(opening) + name.index(wrong[0]) + 1
            return f"{indent}{opening}{quoted}{closing}{rest}", column, hint
    return None
