"""Files that outlive a killed process or machine, and that only their owner can read."""

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
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNERS)
    with os.fdopen(descriptor, "wb") as stream:
        stream.writelines(parts)
        stream.flush()
        os.fsync(descriptor)
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
