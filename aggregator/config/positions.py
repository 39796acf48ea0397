"""Where each key of a TOML text stands: a map from key path to line and column.

``tomllib`` gives the values and forgets the places. This scanner knows the shape of TOML 1.0
(keys, tables, arrays, inline tables, the four kinds of string) and refuses to know the values.
It is only given text that ``tomllib`` has accepted, so it checks nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

KeyPath = tuple[str | int, ...]


class Position(NamedTuple):
    """A place in a text; both count from 1, columns in characters."""

    line: int
    column: int


_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\r\n#]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def positions(text: str) -> dict[KeyPath, Position]:
    r"""Map every key path of a valid TOML text to where it first stands.

    >>> found = positions('[[source]]\nname = "a"\n[[source]]\ntags = ["x", "y"]\n')
    >>> found[("source", 0, "name")], found[("source", 1)], found[("source", 1, "tags", 1)]
    (Position(line=2, column=1), Position(line=3, column=1), Position(line=4, column=14))
    """
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[KeyPath, Position] = {}
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.lengths: dict[KeyPath, int] = {}  # how many [[tables]] a path has had so far

    def scan(self) -> dict[KeyPath, Position]:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self.found

    def _header(self) -> KeyPath:
        start = self.at
        is_array = self.text.startswith("[[", start)
        self.at += 2 if is_array else 1
        parts = self._key()
        path = self._resolve(parts[:-1])
        if is_array:
            name = (*path, parts[-1])
            self._note(name, start)
            index = self.lengths.get(name, 0)
            self.lengths[name] = index + 1
            path = (*name, index)
        else:
            path = self._resolve(parts)
        self._note(path, start)
        self.at = self.text.index("]", self.at) + (2 if is_array else 1)
        return path

    def _resolve(self, parts: list[str]) -> KeyPath:
        """Put the index of the newest element behind every array of tables on the way."""
        path: KeyPath = ()
        for part in parts:
            path = (*path, part)
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
        return path

    def _pair(self, table: KeyPath) -> None:
        start = self.at
        path = table
        for part in self._key():
            path = (*path, part)
            self._note(path, start)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._skip(_SPACE)
            if self.text[self.at] in "\"'":
                parts.append(_unquote(self._take(_STRING)))
            else:
                parts.append(self._take(_BARE_KEY))
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def _value(self, path: KeyPath) -> None:
        opening = self.text[self.at]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        elif opening in "\"'":
            self._take(_STRING)
        else:
            self._take(_SCALAR)

    def _array(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while True:
            self._skip(_BLANK)
            if self.text[self.at] == "]":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            element = (*path, index)
            self._note(element, self.at)
            self._value(element)
            index += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while True:
            self._skip(_BLANK)
            if self.text[self.at] == "}":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._pair(path)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"not TOML at character {self.at}")
        self.at = match.end()
        return match.group()

    def _note(self, path: KeyPath, at: int) -> None:
        if path not in self.found:
            line = bisect_right(self.line_starts, at)
            self.found[path] = Position(line, at - self.line_starts[line - 1] + 1)


def _unquote(quoted: str) -> str:
    if quoted[0] == "'":
        return quoted[1:-1]

    def replace(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] in "uU":
            return chr(int(code[1:], 16))
        return _ESCAPED.get(code, code)

    return _ESCAPE.sub(replace, quoted[1:-1])
