"""``config.toml`` → ``Config``, or every fault at once, each with its line and column.

Reads the file and brings together what is known of it: its syntax (``syntax``), where each key
stands (``positions``), its keys (``schema``), and what must hold between them (``checks``). Refuses
to run anything or to look at the network.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from aggregator.config.checks import contradictions
from aggregator.config.conversion import config_of, store_url
from aggregator.config.messages import Finding, findings
from aggregator.config.positions import KeyPath, Position, positions
from aggregator.config.schema import ConfigTable, StoreTable
from aggregator.config.syntax import MAX_BYTES, parse_toml
from aggregator.errors import ConfigError, Fault
from aggregator.models import Config


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
    file = path.name if path.is_absolute() else str(path)
    path = path.absolute()
    text, data, faults = parse_toml(_text_of(path, file), file)
    if faults and not data:
        raise ConfigError(faults)
    position_of = positions(text)
    faults += [_fault(file, position_of, finding) for finding in contradictions(data)]
    table = None
    try:
        table = ConfigTable.model_validate(data)
    except ValidationError as error:
        faults += [_fault(file, position_of, finding) for finding in findings(error, data)]
    if faults or table is None:
        raise ConfigError(faults)
    config, found = config_of(table, path)
    if found:
        raise ConfigError([_fault(file, position_of, finding) for finding in found])
    return config


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


def _text_of(path: Path, file: str) -> str:
    """Read the file with Unix line ends; ConfigError where it cannot be read or decoded."""
    try:
        text = _bytes_of(path, file).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError([Fault(file, 1, 1, f"there is no file {path}")]) from error
    except OSError as error:
        raise ConfigError([Fault(file, 1, 1, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError([Fault(file, line, 1, "is not UTF-8 text")]) from error
    return text.replace("\r\n", "\n")


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


def _fault(file: str, position_of: dict[KeyPath, Position], finding: Finding) -> Fault:
    """Place a finding at the nearest key that stands in the file."""
    nearest = finding.path
    while nearest and nearest not in position_of:
        nearest = nearest[:-1]
    line, column = position_of.get(nearest, Position(1, 1))
    key = _written(finding.path)
    return Fault(file, line, column, f"{key}: {finding.message}" if key else finding.message)


def _written(path: KeyPath) -> str:
    """Write a key path as ``source[2].every``."""
    written = ""
    for key in path:
        if isinstance(key, int):
            written += f"[{key}]"
        else:
            written += f".{key}" if written else key
    return written
