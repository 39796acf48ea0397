"""Who writes a published folder: either publishers, or one mirror of what others publish.

Each puts what it knows in the place of what the other put, again and again. A lock of the folder
itself tells them apart (``flock``), which ends with its process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aggregator import flock
from aggregator.errors import PublishError

_BY_PUBLISHER = (
    "a worker, a service or a pass publishes into {}, or another serve copies into it: name a "
    "folder of its own for this one, as output under [site]"
)
_BY_MIRROR = (
    "aggregator serve copies into {} what another machine publishes: name a folder of its own for "
    "this one, as output under [site]"
)


@contextmanager
def published_into(folder: Path) -> Iterator[None]:
    """Hold a folder as a publisher, beside others, within the block.

    PublishError where a mirror has it. A folder that cannot be made is held by nobody: publishing
    says what is wrong with it.
    """
    with _held(folder, _BY_MIRROR, shared=True):
        yield


@contextmanager
def copied_into(folder: Path) -> Iterator[None]:
    """Hold a folder as its only mirror within the block; PublishError where another has it."""
    with _held(folder, _BY_PUBLISHER, shared=False):
        yield


@contextmanager
def _held(folder: Path, taken: str, *, shared: bool) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield
        return
    try:
        if not flock.take(descriptor, shared=shared):
            raise PublishError(taken.format(folder))
        yield
    finally:
        os.close(descriptor)
