"""``config.toml`` → ``Config``, or every fault at once, each with its line and column.

Reads the file and brings together what is known of it: its syntax (``syntax``), where each key
stands (``positions``), its keys (``schema``), and what must hold between them (``checks``). Refuses
to run anything or to look at the network.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aggregator.config.advice import toml_value
from aggregator.config.checks import contradictions
from aggregator.config.conversion import config_of, store_url
from aggregator.config.doubts import doubts
from aggregator.config.messages import Finding, findings
from aggregator.config.misspelt import as_meant
from aggregator.config.positions import KeyPath, Position, positions
from aggregator.config.schema import ConfigTable, StoreTable
from aggregator.config.syntax import MAX_BYTES, parse_toml
from aggregator.errors import ConfigError, Fault
from aggregator.models import Config

# Longer ones are no names, and would hide what is wrong.
_LONGEST_NAME = 64
_BARE_KEY = re.compile("[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What differs once a file was changed; times are Unix time in nanoseconds.

    A file that was put in the place of another may have its size and its time of change, as where
    it comes from an archive; not its number, nor when that was last done to it.
    """

    device: int
    inode: int
    size_bytes: int
    modified_ns: int
    replaced_ns: int


def stamp(path: Path) -> Stamp | None:
    """Return what differs once a file was changed; ``None`` while it is being replaced."""
    try:
        status = path.stat()
    except OSError:
        return None
    return Stamp(
        device=status.st_dev,
        inode=status.st_ino,
        size_bytes=status.st_size,
        modified_ns=status.st_mtime_ns,
        replaced_ns=status.st_ctime_ns,
    )


def load(path: Path) -> Config:
    """Read a configuration file; relative paths in it are relative to its folder.

    ConfigError with every fault where it cannot be used, in the order of the file.
    """
    return parse(read_text(path), path)


def parse(text: str, path: Path) -> Config:
    """Return the configuration that a text would be at ``path``, which is not read.

    ConfigError as of ``load``.
    """
    return _parse(text, path)[0]


def load_with_doubts(path: Path) -> tuple[Config, list[Fault]]:
    """Read a configuration file as ``load`` does; with it what is no fault and hardly meant."""
    config, table, places = _parse(read_text(path), path)
    return config, sorted(places.fault(finding) for finding in doubts(table, config.path.parent))


def _parse(text: str, path: Path) -> tuple[Config, ConfigTable, _Places]:
    """Return what a text at ``path`` says, its tables, and where each key stands."""
    file, path = _named(path), path.absolute()
    text, written, faults = parse_toml(text.removeprefix("\ufeff").replace("\r\n", "\n"), file)
    if faults and not written:
        raise ConfigError(faults)
    meant = as_meant(written)
    places = _Places(file, positions(text), meant.taken_from, meant.data)
    found = [*meant.findings, *contradictions(meant.data)]
    table = None
    try:
        table = ConfigTable.model_validate(meant.data)
    except ValidationError as error:
        said = meant.absent.union(finding.path for finding in found)
        found += [each for each in findings(error, meant.data) if each.path not in said]
    faults += map(places.fault, found)
    if faults or table is None:
        raise ConfigError(faults)
    config, found = config_of(table, path)
    if found:
        raise ConfigError([places.fault(finding) for finding in found])
    return config, table, places


def store_url_of(text: str, path: Path) -> str:
    """Return the URL of a store as ``load`` would of ``[store] url`` in the file at ``path``.

    ConfigError where it is none.
    """
    try:
        url = StoreTable.model_validate({"url": text}).url
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ConfigError([Fault("the new store", 1, 1, reason)]) from error
    return store_url(url, path.absolute().parent)


def read_text(path: Path) -> str:
    """Read a configuration file as it stands, its byte order mark and its line ends included.

    ConfigError where it cannot be read or decoded.
    """
    file, path = _named(path), path.absolute()
    try:
        return _bytes_of(path, file).decode("utf-8")
    except FileNotFoundError as error:
        raise ConfigError([Fault(file, 1, 1, f"there is no file {path}")]) from error
    except OSError as error:
        raise ConfigError([Fault(file, 1, 1, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        is_wide = error.object[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        message = "is UTF-16 text: save it as UTF-8" if is_wide else "is not UTF-8 text"
        raise ConfigError([Fault(file, line, 1, message)]) from error


def _named(path: Path) -> str:
    """Return what a file is called in its faults."""
    return path.name if path.is_absolute() else str(path)


def _bytes_of(path: Path, file: str) -> bytes:
    """Read a regular file, and no more of it than is refused; never wait for a writer or a device.

    What a FIFO or a terminal is, is asked of what was opened: the path may be another by now.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise ConfigError([Fault(file, 1, 1, f"is {what}, and no file")])
    with os.fdopen(descriptor, "rb") as stream:
        body = stream.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise ConfigError([Fault(file, 1, 1, f"the file is larger than {MAX_BYTES:,} bytes")])
    return body


@dataclass(frozen=True, slots=True)
class _Places:
    """Where each key of a file stands, and what a person calls the table that it is in.

    ``taken_from`` says under which keys data stands that was meant under others.
    """

    file: str
    position_of: dict[KeyPath, Position]
    taken_from: dict[KeyPath, KeyPath]
    data: dict[str, Any]

    def fault(self, finding: Finding) -> Fault:
        """Place a finding at the nearest key that stands in the file."""
        line, column = self._position(finding.path)
        key, message = self._written(finding.path), finding.message
        if finding.other:
            message += f" (line {self._position(finding.other).line})"
        if finding.instead:
            name = finding.path[-1]
            written = "" if isinstance(name, int) else f"{_toml_key(name)} = "
            message += f": write {written}{finding.instead}"
        return Fault(self.file, line, column, f"{key}: {message}" if key else message)

    def _position(self, path: KeyPath) -> Position:
        while path:
            for length in range(1, len(path) + 1):
                before = self.taken_from.get(path[:length])
                if before and (written := (*before, *path[length:])) in self.position_of:
                    return self.position_of[written]
            if path in self.position_of:
                return self.position_of[path]
            path = path[:-1]
        return Position(1, 1)

    def _written(self, path: KeyPath) -> str:
        """Write a key path as ``source "prothom-alo": every``; without a name as ``source[2]``."""
        if len(path) < 2 or not isinstance(path[1], int):
            return _joined(path)
        name = self._name(str(path[0]), path[1])
        table = f'{path[0]} "{name}"' if name else _joined(path[:2])
        return f"{table}: {_joined(path[2:])}" if path[2:] else table

    def _name(self, table: str, index: int) -> str:
        """Return the name of one of several tables; nothing where it has none to show."""
        tables = self.data.get(table)
        each = tables[index] if isinstance(tables, list) and index < len(tables) else None
        name = each.get("name") if isinstance(each, dict) else None
        return name if isinstance(name, str) and 0 < len(name.strip()) <= _LONGEST_NAME else ""


def _joined(path: KeyPath) -> str:
    """Write a key path as ``fields.title``, an index as ``sources[1]``."""
    written = ""
    for key in path:
        if isinstance(key, int):
            written += f"[{key}]"
        else:
            written += f".{key}" if written else key
    return written


def _toml_key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else toml_value(name)
