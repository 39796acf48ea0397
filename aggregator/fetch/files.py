"""The files of a dump source: which there are, and their bytes.

Knows path patterns and what a regular file is. Refuses to follow a link out of the pattern's own
folder, and to read anything that is no regular file.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from aggregator.errors import FetchError
from aggregator.models import Document, DumpFile

# One page of text is kilobytes; a file above this is no page and needs a streaming reader.
MAX_FILE_BYTES = 100_000_000
# A file time before the web is a clock that was never set (1980, 1970), not when a page was had.
_EARLIEST_FILE_TIME = datetime(1995, 1, 1, tzinfo=UTC)
_MAGIC = "*?["


def matching(pattern: str) -> list[DumpFile]:
    """List the regular files of a pattern, a folder or one path, in the order of their names.

    FetchError where the folder the pattern starts in is not there; no match in it is no fault.
    """
    root = _root(pattern)
    if not root.exists():
        raise FetchError(f"there is no {root}")
    if root == Path(pattern) and root.is_dir():
        pattern = str(root / "*")
    # Not Path.glob: it needs the folder apart from the pattern, and a pattern may hold folders.
    found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207
    inside = root.resolve() if root.is_dir() else root.resolve().parent
    files = []
    for path in found:
        if not Path(path).resolve().is_relative_to(inside):
            continue
        status = Path(path).stat()
        if stat.S_ISREG(status.st_mode):
            files.append(DumpFile(path=path, size=status.st_size, modified_ns=status.st_mtime_ns))
    return files


def _root(pattern: str) -> Path:
    """Give the part of a pattern before its first wildcard, as a path."""
    path = Path(pattern)
    while any(sign in str(path) for sign in _MAGIC):
        path = path.parent
    return path


def read(source: str, file: DumpFile, *, clock: Callable[[], datetime]) -> tuple[Document, str]:
    """Read one file: its document, and the SHA-256 of its bytes in hex.

    The document was acquired no later than the file was written.
    """
    if file.size > MAX_FILE_BYTES:
        raise FetchError(f"{file.path} is larger than {MAX_FILE_BYTES:,} bytes")
    try:
        descriptor = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            body = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise FetchError(f"{file.path} cannot be read: {error.strerror}") from error
    now = clock()
    written = datetime.fromtimestamp(file.modified_ns / 1e9, UTC)
    document = Document(
        source=source,
        url=Path(file.path).absolute().as_uri(),
        body=body,
        content_type="",
        acquired=written if _EARLIEST_FILE_TIME <= written <= now else now,
    )
    return document, sha256(body).hexdigest()
