"""TOML text → its data and every syntax fault at once, with what is to be written instead.

``tomllib`` stops at the first fault. Where it is certain what was meant (``lines``), the parser
mends its own copy of the text, names the fault, and goes on. No line is added or taken away, so
that what follows stands where it stood. It refuses to guess at any other fault: that one is named,
its line is left out, and of what follows only what is certain is named, too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from typing import Any

from aggregator.config.advice import SECRET_KEYS, holds_secret
from aggregator.config.line_parts import Table, is_toml
from aggregator.config.lines import mended, mended_element
from aggregator.config.misspelt import is_known
from aggregator.config.schema import OWN_KEYS, SEVERAL, TABLES
from aggregator.errors import Fault

# 1 MB of dotted keys holds tomllib for 7 s (measured); 3,000 sources with comments are 600 KB.
MAX_BYTES = 600_000

# Each round mends one line; a file with more syntax faults than this is not a configuration.
_MAX_ROUNDS = 50

_POSITION = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_MANY_DIGITS = re.compile("[0-9_]{4000,}")  # Python's limit is 4,300
_TOO_MANY_DIGITS = "a number has too many digits"
# In words for who does not know TOML, where its own are for who writes parsers.
_IN_WORDS = {
    "invalid initial character for a key part": (
        "here stands no key; a table in { } has all its keys in one line"
    ),
    r"illegal character '\n'": "a quotation mark is not closed in this line",
    "invalid statement": 'a line is key = "value", a [table], a [[table]] or a # comment',
    "expected newline or end of document after a statement": (
        "something stands behind the value: each key has a line of its own"
    ),
}
_TWICE = re.compile(r"cannot declare \('(.*)',\) twice")
_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_-]+)\s*(?:\.([^\]]*))?(\]\]?)\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')\s*=")
_KEY_AND_COLON = re.compile(r"^\s*([a-z_]+)\s*:(?!//)")
_OPEN_LIST = re.compile(r"=\s*\[")
_TEXT = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'")
_LIST_ENDS = re.compile(r"^[^\"'#]*\]")


def parse_toml(text: str, file: str) -> tuple[str, dict[str, Any], list[Fault]]:
    """Return the text as mended, its data, and the faults; ``file`` is its name in them.

    The data is empty where a fault could not be mended, so that nothing further is said of it.
    """
    reading = _Reading(text, file)
    for _ in range(_MAX_ROUNDS):
        try:
            data = tomllib.loads(reading.text)
        except RecursionError:
            reading.add(1, 1, "values are nested too deeply")
            return reading.text, {}, reading.faults
        except ValueError as error:  # TOMLDecodeError, or a number too long for Python
            if not reading.goes_on(str(error)):
                break
        else:
            return reading.text, {} if reading.is_unsure else data, reading.faults
    return reading.text, {}, reading.faults


class _Reading:
    """A text that is mended line by line, and what was wrong with it."""

    def __init__(self, text: str, file: str) -> None:
        self.lines = text.split("\n")
        self.file = file
        self.faults: list[Fault] = []
        self.is_unsure = False
        self._mend_brackets()

    @property
    def text(self) -> str:
        """Return the text as it is mended by now."""
        return "\n".join(self.lines)

    def add(self, line: int, column: int, message: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(self.file, line, column, message))

    def goes_on(self, error: str) -> bool:
        """Name what tomllib stopped at, and mend it; ``False`` where nothing more can be read."""
        message, line, column = _message_and_position(error, self.text)
        if self._mend(message, line):
            return True
        if not self.is_unsure:
            self.add(*self._unsure(message, line, column))
        self.is_unsure = True
        is_last = message.endswith("at the end of the file") or message == _TOO_MANY_DIGITS
        if is_last or self.lines[line - 1].lstrip().startswith("#"):
            return False
        self._leave_out(line - 1, line)
        return True

    # --- What is mended --------------------------------------------------------------------------

    def _mend_brackets(self) -> None:
        """Write each table in the brackets that it has: two where there can be several of it."""
        seen: set[str] = set()
        for index, line in enumerate(self.lines):
            match = _HEADER.match(line)
            if match is None or _inner(match) or len(match[1]) != len(match[4]):
                continue
            name, brackets = match[2], len(match[1])
            several = name in SEVERAL
            if name in {*TABLES, OWN_KEYS} and several != (brackets == 2):
                written = f"[[{name}]]" if several else f"[{name}]"
                count = "there can be several" if several else "there is only one"
                column = line.index("[") + 1
                self.add(index + 1, column, f"{name}: {count}: write {written}")
                if name not in seen or several:
                    self.lines[index] = written
            seen.add(name)

    def _mend(self, message: str, line: int) -> bool:
        """Mend what is certain at a line that tomllib stopped at, and name it."""
        if line > len(self.lines) or message == _TOO_MANY_DIGITS:
            return False
        if message.endswith("stands twice") or message.startswith("cannot overwrite"):
            return self._mend_repeated(message, line)
        begin, written = self._list_begin(line), self.lines[line - 1]
        is_past = self._begins_anew(line) and begin != line
        within = self._table_of_value(begin)
        if begin and begin != line and not is_past and (element := mended_element(written, within)):
            self._take(line, *element)
            return True
        if begin and begin < line - 1:
            return self._mend_end(begin, line - is_past) or self._mend_comma(line, within)
        for each in (line, begin):
            if each and (found := mended(self.lines[each - 1], self._table(each))):
                self._take(each, *found)
                return True
        return False

    def _mend_end(self, begin: int, last: int) -> bool:
        """End a list of several lines that is open where another key or the end of the file is."""
        while not self.lines[last - 1].strip():
            last -= 1
        whole = "\n".join(self.lines[begin - 1 : last])
        if "#" in self.lines[last - 1] or not is_toml(f"{whole}]"):
            return False
        self.add(*self._open_list(begin))
        self.lines[last - 1] += "]"
        return True

    def _mend_comma(self, line: int, table: Table) -> bool:
        """Put a comma behind the value of a list above another value, where none stands."""
        value, above = self.lines[line - 1].strip(), self.lines[line - 2].rstrip()
        if not _TEXT.match(value) or not _TEXT.fullmatch(above.strip()):
            return False
        message = 'between two values of a list stands ","'
        if not (table.is_secret or holds_secret(above)):
            message += f": write {above.strip()},"
        self._take(line - 1, f"{above},", len(above) + 1, message)
        return True

    def _take(self, line: int, text: str, column: int, message: str) -> None:
        self.lines[line - 1] = text
        if message:
            self.add(line, column, message)

    def _mend_repeated(self, message: str, line: int) -> bool:
        """Name what stands twice, and leave out the second, or begin a new table with it."""
        written = self.lines[line - 1]
        column = len(written) - len(written.lstrip()) + 1
        if header := _HEADER.match(written):
            first = self._first(lambda other: bool(_same_header(header, other)), line)
            advice = f" (first in line {first}): put its keys there" if first else ""
            self.add(line, column, f"[{header[2]}] stands twice{advice}")
            self._leave_out(line - 1, self._end_of_table(line))
            return True
        if (key := _KEY.match(written)) is None:
            return False
        name, table = key[1].strip("\"'"), self._table(line)
        first = self._first(lambda other: _key_of(other) == name, line)
        twice = f'"{name}" is given twice' + (f" (first in line {first})" if first else "")
        if name == "name" and table.name in SEVERAL and not table.has_own_keys:
            self.add(
                line, column, f"{twice}: write [[{table.name}]] above it, if here begins another"
            )
            above = self.lines[line - 2].strip()
            if not above or above.startswith("#"):
                self.lines[line - 2] = f"[[{table.name}]]"
            else:
                self._leave_out(line - 1, self._end_of_table(line))
            return True
        self.add(line, column, f"{twice}: delete one of the two")
        self._leave_out(line - 1, line)
        return True

    def _leave_out(self, begin: int, end: int) -> None:
        for index in range(begin, end):
            self.lines[index] = f"#{self.lines[index]}"

    # --- What is round a line --------------------------------------------------------------------

    def _unsure(self, message: str, line: int, column: int) -> tuple[int, int, str]:
        """Return where a fault that is not mended stands, and what is said of it."""
        begin = self._list_begin(line)
        if message.startswith("unclosed array") and begin:
            return self._open_list(begin)
        return line, column, message

    def _open_list(self, begin: int) -> tuple[int, int, str]:
        text = self.lines[begin - 1]
        column = text.index("[", text.index("=")) + 1
        return begin, column, 'the list that begins here has no end: close it with "]"'

    def _table(self, line: int) -> Table:
        for text in reversed(self.lines[: line - 1]):
            if match := _HEADER.match(text):
                inner = _inner(match).strip("\"'")
                return Table(
                    match[2], bool(inner) or match[2] == OWN_KEYS, is_secret=inner in SECRET_KEYS
                )
        return Table()

    def _begins_anew(self, line: int) -> bool:
        """Tell whether a line is a table's or a key's, also one with a colon in place of "="."""
        written, table = self.lines[line - 1], self._table(line).name
        colon = _KEY_AND_COLON.match(written)
        is_meant = colon is not None and table in TABLES and is_known(table, colon[1])
        return is_meant or bool(_HEADER.match(written) or _KEY.match(written))

    def _table_of_value(self, begin: int) -> Table:
        """Return what a value stands in that is one of the list which begins at a line."""
        key = _key_of(self.lines[begin - 1]) if begin else ""
        return Table(is_secret=key in SECRET_KEYS or self._table(begin).is_secret)

    def _list_begin(self, line: int) -> int:
        """Return the line in which a list begins that is open at a line; 0 where none is."""
        for number in range(min(line, len(self.lines)), 0, -1):
            text = self.lines[number - 1]
            if _OPEN_LIST.search(text) and _KEY.match(text) is not None:
                is_closed = number != line and is_toml("\n".join(self.lines[number - 1 : line - 1]))
                return 0 if is_closed else number
            if number != line and (_HEADER.match(text) or _LIST_ENDS.match(text)):
                return 0
            if number != line and _KEY.match(text):
                return 0
        return 0

    def _end_of_table(self, line: int) -> int:
        """Return the last line of the table that a line stands in."""
        after = range(line, len(self.lines))
        return next((index for index in after if _HEADER.match(self.lines[index])), len(self.lines))

    def _first(self, is_same: Callable[[str], bool], line: int) -> int:
        """Return the nearest line above one that says the same; 0 where none does."""
        above = range(line - 1, 0, -1)
        return next((number for number in above if is_same(self.lines[number - 1])), 0)


def _same_header(header: re.Match[str], line: str) -> bool:
    other = _HEADER.match(line)
    return other is not None and (other[2], _inner(other)) == (header[2], _inner(header))


def _inner(header: re.Match[str]) -> str:
    """Return what stands behind the first name of a table's line, as ``headers``."""
    return (header[3] or "").strip()


def _key_of(line: str) -> str:
    match = _KEY.match(line)
    return match[1].strip("\"'") if match else ""


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
    message = _IN_WORDS.get(message, message)
    lines = text.splitlines() or [""]
    if position and position.group(1):
        return message, int(position.group(1)), int(position.group(2))
    return f"{message} at the end of the file", len(lines), len(lines[-1]) + 1
