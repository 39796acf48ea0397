"""TOML text → its data and every syntax fault at once, with a hint a person can act on.

``tomllib`` stops at the first fault. The three that people make by hand are certain to mend (a
key that needs quotes, a value that needs quotes, a key given twice), so after naming one the
parser mends its own copy of the line and goes on. It refuses to guess at any other.
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

_POSITION = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_MANY_DIGITS = re.compile("[0-9_]{4000,}")  # Python's limit is 4,300
_TOO_MANY_DIGITS = "a number has too many digits"
_TWICE = re.compile(r"cannot declare \('(.*)',\) twice")
_PAIR = re.compile(r"^(\s*)([^=#\[\]\"']*?[^=#\[\]\"'\s])(\s*=\s*)(.*?)(\s*(?:#.*)?)$")
_HEADER = re.compile(r"^(\s*)(\[\[?)([^\[\]]+)(\]\]?)(.*)$")
# A word of other letters than ASCII's, which stands in quotes wherever it is: in a list, in { … }.
_UNQUOTED = re.compile(r"""(?![\x00-\x7f])[^\s=,#\[\]{}"']+""")
_BARE = re.compile(r"[A-Za-z0-9_.-]+")
_PLAIN_VALUE = re.compile(r"""[^"'\[{][^"]*""")


def parse_toml(text: str, file: str) -> tuple[str, dict[str, Any], list[Fault]]:
    """Return the text as mended, its data, and the faults; ``file`` is its name in them.

    The data is empty where a fault could not be mended, so that nothing further is said of it.
    """
    faults: list[Fault] = []
    for _ in range(_MAX_ROUNDS):
        try:
            return text, tomllib.loads(text), faults
        except RecursionError:
            return text, {}, [*faults, Fault(file, 1, 1, "values are nested too deeply")]
        except ValueError as error:  # TOMLDecodeError, or a number too long for Python
            message, line, column = _message_and_position(str(error), text)
            mended = _mend(text, message, line)
        if mended is None:
            return text, {}, [*faults, Fault(file, line, column, message)]
        text, column, message = mended
        faults.append(Fault(file, line, column, message))
    return text, {}, faults


def _message_and_position(error: str, text: str) -> tuple[str, int, int]:
    """Split tomllib's words into what is wrong, in ours, and its line and column."""
    position = _POSITION.search(error)
    message = error[: position.start()] if position else error
    message = message[:1].lower() + message[1:]
    if repeated := _TWICE.match(message):
        message = f"[{repeated[1]}] stands twice"
    if message.startswith("exceeds the limit") and (digits := _MANY_DIGITS.search(text)):
        before = text[: digits.start()]
        return _TOO_MANY_DIGITS, before.count("\n") + 1, digits.start() - before.rfind("\n")
    if message == r"illegal character '\n'":
        message = "a quotation mark is not closed in this line"
    lines = text.splitlines() or [""]
    if position and position.group(1):
        line, column = int(position.group(1)), int(position.group(2))
        if unquoted := _UNQUOTED.match(text.split("\n")[line - 1], column - 1):
            message = f'text and keys with other letters than a-z need quotes: "{unquoted[0]}"'
        return message, line, column
    return f"{message} at the end of the file", len(lines), len(lines[-1]) + 1


def _mend(text: str, message: str, line: int) -> tuple[str, int, str] | None:
    """Mend one line: the new text, the column at fault, and the hint; ``None`` where unsure."""
    lines = text.split("\n")
    if line > len(lines) or message == _TOO_MANY_DIGITS:
        return None
    written = lines[line - 1].rstrip("\r")
    mended = _mend_pair(written, message) or _mend_header(written)
    if mended is None:
        return None
    lines[line - 1], column, hint = mended
    return "\n".join(lines), column, hint


def _mend_pair(line: str, message: str) -> tuple[str, int, str] | None:
    """Mend ``key = value``: the new line, the column at fault, and the hint."""
    pair = _PAIR.match(line)
    if pair is None:
        return None
    indent, key, equals, value, rest = pair.groups()
    if not _BARE.fullmatch(key):
        hint = f'a key with other letters than a-z, 0-9, "-" and "_" needs quotes: "{key}" = …'
        return f'{indent}"{key}"{equals}{value}{rest}', len(indent) + 1, hint
    if message.startswith("cannot overwrite"):
        return f"#{line}", len(indent) + 1, f'"{key}" is given twice'
    if value and _PLAIN_VALUE.fullmatch(value):
        hint = f'text needs quotes: {key} = "{value}"'
        column = len(indent) + len(key) + len(equals) + 1
        return f'{indent}{key}{equals}"{value}"{rest}', column, hint
    return None


def _mend_header(line: str) -> tuple[str, int, str] | None:
    """Mend ``[table]`` or ``[[table]]``: the new line, the column at fault, and the hint."""
    header = _HEADER.match(line)
    if header is None:
        return None
    indent, opening, name, closing, rest = header.groups()
    keys = name.split(".")
    unquoted = [key for key in keys if not _BARE.fullmatch(key.strip())]
    if not unquoted or any(quote in name for quote in "\"'"):
        return None
    quoted = ".".join(f'"{key.strip()}"' if key in unquoted else key for key in keys)
    hint = f"a key with other letters than a-z, 0-9 needs quotes: {opening}{quoted}{closing}"
    column = len(indent) + len(opening) + name.index(unquoted[0]) + 1
    return f"{indent}{opening}{quoted}{closing}{rest}", column, hint
