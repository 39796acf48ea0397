"""How a command is told of the pass that it asked a service for: in a file of lines.

The command makes the file beside the store, and asks in the store by the same name. The service
writes a line of JSON for each thing that happens, and takes the file away at the end: the command,
which has it open, reads its last lines all the same. Where the file is gone, nobody waits.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from aggregator.errors import StoreError
from aggregator.models import DumpFile, FeedReport, FileProgress, Outcome, Rejected, SourceReport

log = logging.getLogger(__name__)

_PRIVATE_MODE = 0o600
_DUE, _EVERY = "due-", "all-"
_NAME_BYTES = 4  # of random: few wait at once, and a name that is taken is an error


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDone:
    """A source is through: its report, and how many sources are, of how many."""

    report: SourceReport
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRead:
    """How far a dump file is read, in records and in bytes."""

    progress: FileProgress
    bytes_read: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassEnded:
    """The pass is over: what came of the feeds, or the fault for which it could not go on.

    ``is_stopped`` says that the service was told to end meanwhile.
    """

    feeds: tuple[FeedReport, ...] = ()
    fault: str = ""
    is_stopped: bool = False


Said = SourceDone | FileRead | PassEnded


def new_name(*, every_source: bool) -> str:
    """Return a name for one wish, which says whether it is for every source."""
    return f"{_EVERY if every_source else _DUE}{secrets.token_hex(_NAME_BYTES)}"


def wants_every_source(name: str) -> bool:
    """Tell whether the wish with this name is for every source, and not only for those due."""
    return name.startswith(_EVERY)


def path_of(store: Path, name: str) -> Path:
    """Return the file of the wish with this name, beside the file of the store."""
    return store.with_name(f"{store.name}.{name}")


class Listener:
    """The command's side of the file; OSError where it cannot be made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE_MODE)
        # Bytes: a character of which the service has written a half so far is none yet.
        self._stream = os.fdopen(descriptor, "rb")
        self._begun_line = b""

    def said(self) -> Iterator[Said]:
        """Yield what was said since the last time; StoreError where another version says it."""
        for part in self._stream:
            self._begun_line += part
            if self._begun_line.endswith(b"\n"):  # else the service is writing it just now
                line, self._begun_line = self._begun_line, b""
                try:
                    said = _read(json.loads(line))
                except (ValueError, KeyError, TypeError) as error:
                    text = "what the service says of the pass cannot be read: is it older than this"
                    raise StoreError(f"{text} command, and to be started again?") from error
                yield said

    def close(self) -> None:
        """Listen no more: the service writes nothing from now on."""
        self._stream.close()
        self._path.unlink(missing_ok=True)


class Speaker:
    """The service's side of the files of all who wait for one pass.

    Where one cannot be written, as its command is gone or the disk is full, the pass goes on.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._files = {path: stream for path in paths if (stream := _opened(path)) is not None}

    def say(self, said: Said) -> None:
        """Write a line to each who waits."""
        line = json.dumps({type(said).__name__: asdict(said)}, ensure_ascii=False)
        for path, stream in [*self._files.items()]:
            try:
                stream.write(f"{line}\n")
                stream.flush()
            except OSError as error:
                log.warning("who waits for a pass cannot be told of it: %s", error.strerror)
                self._leave(path)

    def close(self) -> None:
        """Take the files away, after the last line."""
        for path in [*self._files]:
            self._leave(path)

    def _leave(self, path: Path) -> None:
        with suppress(OSError):  # closing writes once more what could not be written
            self._files.pop(path).close()
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _opened(path: Path) -> TextIO | None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
    except OSError:
        return None
    return os.fdopen(descriptor, "a", encoding="utf-8")


def _read(line: dict[str, dict[str, Any]]) -> Said:
    """Read a line; KeyError, TypeError or ValueError where it is another version's."""
    ((kind, values),) = dict(line).items()  # whatever JSON it is
    if kind == SourceDone.__name__:
        return SourceDone(**{**values, "report": _source_report(values["report"])})
    if kind == FileRead.__name__:
        progress = values["progress"]
        progress = FileProgress(**{**progress, "file": DumpFile(**progress["file"])})
        return FileRead(progress=progress, bytes_read=values["bytes_read"])
    feeds = tuple(
        FeedReport(**{**feed, "files_written": tuple(feed["files_written"])})
        for feed in values["feeds"]
    )
    return PassEnded(**{**values, "feeds": feeds})


def _source_report(values: dict[str, Any]) -> SourceReport:
    return SourceReport(
        **{
            **values,
            "outcome": Outcome(values["outcome"]),
            "rejected": tuple(Rejected(**rejected) for rejected in values["rejected"]),
        }
    )
