"""The folder in which a backup is made or unpacked: its lock (flock(2)) is held until it is gone.

A backup that a person makes may lie in the folder of a service's daily ones, and two stores may
keep theirs in one folder: what is being made there is not what a killed process left.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from aggregator import flock
from aggregator.errors import StoreError

SUFFIX = ".tmp"


@contextmanager
def workplace(target: Path) -> Iterator[Path]:
    """Make a folder beside a path for what is made on the way; what a killed run left there goes.

    It is locked before it has its name, and until it is gone. StoreError where another process
    makes the same, OSError where it cannot be made.
    """
    folder = target.with_name(f".{target.name}{SUFFIX}")
    if not remove_left(folder):
        raise StoreError(f"another process is making {target} now")
    made = Path(mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    descriptor = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
    try:
        flock.take(descriptor)
        made = made.rename(folder)
        yield folder
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(descriptor)


def remove_left(folder: Path) -> bool:
    """Remove the folder of a killed run; false where a process works in it, and it stays."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return True  # none, or making it says what is wrong
    try:
        if not flock.take(descriptor):
            return False
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)
    return True
