"""Where each key of a TOML text stands, as line and column, and where its value does (``spans``).

``tomllib`` reads the values and forgets where they stood. This scanner knows the shape of TOML 1.0
(keys, tables, arrays, inline tables, the four kinds of string) and refuses to know the values.
It only reads text that ``tomllib`` has accepted, so it checks nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

KeyPath = tuple[str | int, ...]


class Position(NamedTuple):
    """Where something stands in a text; both count from 1, columns in characters."""

    line: int
    column: int


class Span(NamedTuple):
    """From where to where something stands in a text, in characters; ``end`` is behind it."""

    start: int
    end: int


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

    >>> position_of = positions('[[source]]\nname = "a"\n[[source]]\ntags = ["x", "y"]\n')
    >>> position_of[("source", 0, "name")], position_of[("source", 1)]
    (Position(line=2, column=1), Position(line=3, column=1))
    >>> position_of[("source", 1, "tags", 1)]
    Position(line=4, column=14)
    """
    return _Scanner(text).scan()


def spans(text: str) -> dict[KeyPath, Span]:
    r"""Map the key path of every value of a valid TOML text, and of every header, to its place.

    >>> span_of = spans('[[source]]\nname = "a"\n')
    >>> span_of[("source", 0)], span_of[("source", 0, "name")]
    (Span(start=0, end=10), Span(start=18, end=21))
    """
    scanner = _Scanner(text)
    scanner.scan()
    return scanner.spans


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.offset = 0
        self.positions: dict[KeyPath, Position] = {}
        self.spans: dict[KeyPath, Span] = {}
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.lengths: dict[KeyPath, int] = {}  # how many [[tables]] of a path came so far

    def scan(self) -> dict[KeyPath, Position]:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self.offset < len(self.text):
            if self.text[self.offset] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self.positions

    def _header(self) -> KeyPath:
        start = self.offset
        is_array = self.text.startswith("[[", start)
        self.offset += 2 if is_array else 1
        keys = self._dotted_key()
        path = self._resolve(keys[:-1])
        if is_array:
            name = (*path, keys[-1])
            self._note(name, start)
            index = self.lengths.get(name, 0)
            self.lengths[name] = index + 1
            path = (*name, index)
        else:
            path = self._resolve(keys)
        self._note(path, start)
        self.offset = self.text.index("]", self.offset) + (2 if is_array else 1)
        self.spans[path] = Span(start, self.offset)
        return path

    def _resolve(self, keys: list[str]) -> KeyPath:
        """Put the index of the newest element behind every array of tables on the way."""
        path: KeyPath = ()
        for key in keys:
            path = (*path, key)
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
        return path

    def _pair(self, table: KeyPath) -> None:
        start = self.offset
        path = table
        for key in self._dotted_key():
            path = (*path, key)
            self._note(path, start)
        self.offset += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _dotted_key(self) -> list[str]:
        keys = []
        while True:
            self._skip(_SPACE)
            if self.text[self.offset] in "\"'":
                keys.append(_unquote(self._take(_STRING)))
            else:
                keys.append(self._take(_BARE_KEY))
            self._skip(_SPACE)
            if self.text[self.offset] != ".":
                return keys
            self.offset += 1

    def _value(self, path: KeyPath) -> None:
        start = self.offset
        opening = self.text[start]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        elif opening in "\"'":
            self._take(_STRING)
        else:
            self._take(_SCALAR)
        self.spans[path] = Span(start, self.offset)

    def _array(self, path: KeyPath) -> None:
        self.offset += 1
        index = 0
        while True:
            self._skip(_BLANK)
            if self.text[self.offset] == "]":
                self.offset += 1
                return
            if self.text[self.offset] == ",":
                self.offset += 1
                continue
            element = (*path, index)
            self._note(element, self.offset)
            self._value(element)
            index += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.offset += 1
        while True:
            self._skip(_BLANK)
            if self.text[self.offset] == "}":
                self.offset += 1
                return
            if self.text[self.offset] == ",":
                self.offset += 1
                continue
            self._pair(path)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.offset)
        self.offset = match.end() if match else self.offset

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.offset)
        if match is None:
            raise ValueError(f"not TOML at character {self.offset}")
        self.offset = match.end()
        return match.group()

    def _note(self, path: KeyPath, offset: int) -> None:
        if path not in self.positions:
            line = bisect_right(self.line_starts, offset)
            self.positions[path] = Position(line, offset - self.line_starts[line - 1] + 1)


def _unquote(quoted: str) -> str:
    if quoted[0] == "'":
        return quoted[1:-1]

    def replace(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] in "uU":
            return chr(int(code[1:], 16))
        return _ESCAPED.get(code, code)

    return _ESCAPE.sub(replace, quoted[1:-1])
