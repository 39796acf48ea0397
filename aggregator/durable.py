"""Files that only their owner can read, or that replace one, put in place whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_OWNERS = 0o600
_OWNERS_FOLDER = 0o700
_TEMPORARY = ".tmp"


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner can look into."""
    folder.mkdir(mode=_OWNERS_FOLDER, parents=True, exist_ok=True)


def write(path: Path, *parts: bytes) -> None:
    """Write a file whole or not at all, and return once it is on the disk; OSError if it fails."""
    put(path, *parts, is_on_disk=True)
    sync(path.parent)


def rewrite(path: Path, *parts: bytes) -> None:
    """Write a file that is there anew, as ``write`` does, for whoever may read and change it now.

    OSError also where it belongs to another user, whose it would not be any more.
    """
    put(path, *parts, is_on_disk=True, like=path.stat())
    sync(path.parent)


def put(
    path: Path, *parts: bytes, is_on_disk: bool = False, like: os.stat_result | None = None
) -> None:
    """Write a file whole or not at all, to whoever reads it; OSError if it fails.

    Unless its bytes are to be ``is_on_disk`` before it has its name, nothing waits for the disk: a
    machine that loses power may lose it. It has the owner and the mode of another that it is to be
    ``like``.
    """
    temporary = path.with_name(f".{path.name}{_TEMPORARY}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNERS)
    with os.fdopen(descriptor, "wb") as stream:
        if like is not None:
            os.fchown(descriptor, like.st_uid, like.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
        stream.writelines(parts)
        if is_on_disk:
            stream.flush()
            os.fsync(descriptor)
    temporary.replace(path)


def target_of(temporary: Path) -> Path:
    """Return the path of the file that is put in place by way of a ``temporary`` one."""
    return temporary.with_name(temporary.name[1:].removesuffix(_TEMPORARY))


def sync(folder: Path) -> None:
    """Write the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
