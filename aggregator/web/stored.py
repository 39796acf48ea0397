"""Published files as they are read: from one descriptor, and kept for as long as they are current.

Opens a file once and serves what that one descriptor holds: a server that looks and then opens
again cuts answers short while files are replaced (measured: half of them).
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

# No file, or a link, a socket, a device, a folder in its place, or a name that no file can have.
_NOTHING_THERE = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ELOOP,
    errno.EISDIR,
    errno.ENXIO,
    errno.ENODEV,
    errno.ENAMETOOLONG,
}
# A feed of 100 real entries takes 0.4 MB as br and 3 MB as it is, in each format. What does not fit
# is read again each time it is asked for.
_KEPT_BYTES = 8_000_000
# Two writes within one tick of the kernel's clock (4 ms at 250 Hz, 10 ms at 100) leave one time, so
# that bytes are known by the stamp only of a file that was left alone for longer.
_SETTLED_NS = 100_000_000

# What differs once a file was replaced: device, number, size, and two times.
_Stamp = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class StoredFile:
    """A file's bytes, one copy for all clients that they are sent to, and its validators."""

    body: bytes
    etag: str
    modified_ns: int

    @property
    def modified_unix(self) -> int:
        """The file's time in whole seconds."""
        return self.modified_ns // 1_000_000_000


class _NotKeptError(LookupError):
    """A file has to be read, which may take its time."""


class StoredFiles:
    """The published files, of which those are kept that are asked for again and being sent.

    The lock keeps two threads from reading one file at once: 500 clients that do not read 16 MB
    cost 37 MB with it, and 227 MB without.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._known: WeakValueDictionary[_Stamp, StoredFile] = WeakValueDictionary()
        self._being_sent: WeakValueDictionary[tuple[str, int], StoredFile] = WeakValueDictionary()
        self._kept: deque[StoredFile] = deque()  # the oldest first
        self._kept_bytes = 0

    def read(self, name: str, suffixes: Iterable[str]) -> tuple[str, StoredFile | None] | None:
        """Find the first there is of a file's neighbours, by suffix; the empty one is the file.

        ``None`` where there is no such file, and ``("", None)`` where none is as wanted. Such a
        neighbour has the file's time: another is of other bytes than the file has, as while both
        are being replaced. OSError where a file is there and cannot be read, as where descriptors
        or the disk fail.
        """
        return self._find(name, suffixes, self._read)

    def kept(self, name: str, suffixes: Iterable[str]) -> tuple[str, StoredFile | None] | None:
        """Find as ``read`` does if nothing needs to be read for it; else ``None``."""
        try:
            return self._find(name, suffixes, self._look_up)
        except _NotKeptError:
            return None

    def _find(
        self, name: str, suffixes: Iterable[str], load: Callable[[str], StoredFile | None]
    ) -> tuple[str, StoredFile | None] | None:
        try:
            status = os.lstat(self._folder / name)
        except OSError as error:
            if error.errno in _NOTHING_THERE:
                return None
            raise
        if not stat.S_ISREG(status.st_mode):
            return None
        for suffix in suffixes:
            file = load(f"{name}{suffix}")
            if file is not None and (not suffix or file.modified_ns == status.st_mtime_ns):
                return suffix, file
            if file is None and not suffix:
                return None  # removed since it was looked at
        return "", None

    def _look_up(self, name: str) -> StoredFile | None:
        """Return a file that is known by its stamp; ``_NotKeptError`` for one that is not."""
        with self._opened(name) as descriptor:
            if descriptor is None:
                return None
            file = self._known.get(_stamp_of(os.fstat(descriptor)))
        if file is None:
            raise _NotKeptError
        return file

    def _read(self, name: str) -> StoredFile | None:
        """Return a file, read only if it is not known by its stamp."""
        with self._opened(name) as descriptor, self._lock:
            if descriptor is None:
                return None
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None
            stamp = _stamp_of(status)
            file = self._known.get(stamp)
            if file is None:
                file = self._shared(_read_all(descriptor), status.st_mtime_ns)
                if time.time_ns() - status.st_ctime_ns > _SETTLED_NS:
                    self._keep(stamp, file)
            return file

    @contextmanager
    def _opened(self, name: str) -> Iterator[int | None]:
        """Open a file for as long as the block lasts; ``None`` where there is none."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            descriptor = os.open(self._folder / name, flags)
        except OSError as error:
            if error.errno not in _NOTHING_THERE:
                raise
            yield None
            return
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _shared(self, body: bytes, modified_ns: int) -> StoredFile:
        """Return a file of these bytes, the one that is being sent already where there is one."""
        etag = f'"{sha256(body).hexdigest()[:32]}"'
        file = self._being_sent.get((etag, modified_ns))
        if file is None:
            file = StoredFile(body=body, etag=etag, modified_ns=modified_ns)
            self._being_sent[etag, modified_ns] = file
        return file

    def _keep(self, stamp: _Stamp, file: StoredFile) -> None:
        self._known[stamp] = file
        self._kept.append(file)
        self._kept_bytes += len(file.body)
        while self._kept_bytes > _KEPT_BYTES:
            self._kept_bytes -= len(self._kept.popleft().body)


def _stamp_of(status: os.stat_result) -> _Stamp:
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def _read_all(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb", closefd=False) as stream:
        return stream.read()
