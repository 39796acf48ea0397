"""Files that only their owner can read, put in place whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

_OWNERS = 0o600
_OWNERS_FOLDER = 0o700


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner can look into."""
    folder.mkdir(mode=_OWNERS_FOLDER, parents=True, exist_ok=True)


def write(path: Path, *parts: bytes) -> None:
    """Write a file whole or not at all, and return once it is on the disk; OSError if it fails."""
    put(path, *parts, is_on_disk=True)
    sync(path.parent)


def put(path: Path, *parts: bytes, is_on_disk: bool = False) -> None:
    """Write a file whole or not at all, to whoever reads it; OSError if it fails.

    Unless its bytes are to be ``is_on_disk`` before it has its name, nothing waits for the disk: a
    machine that loses power may lose it.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNERS)
    with os.fdopen(descriptor, "wb") as stream:
        stream.writelines(parts)
        if is_on_disk:
            stream.flush()
            os.fsync(descriptor)
    temporary.replace(path)


def sync(folder: Path) -> None:
    """Write the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
