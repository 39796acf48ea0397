"""The files of a dump source: which ones match its pattern, and which are still being written.

Knows path patterns and regular files. Refuses to follow a link out of the pattern's own folder, and
anything that is no regular file.
"""

from __future__ import annotations

import glob
import os
import re
import stat
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from aggregator.errors import FetchError
from aggregator.models import Document, DumpFile
from aggregator.models.faults import FaultKind

# A file that nobody wrote to for this long is taken to be whole.
STILL_SECONDS = 1.0
# A time before the web is that of a clock that was never set (1980, 1970), not of a page.
_EARLIEST_FILE_TIME = datetime(1995, 1, 1, tzinfo=UTC)
_LATEST_NS = 2**63 - 1  # what a database's integer holds
_ESCAPED = re.compile(r"\[([*?[])\]")  # a wildcard that glob.escape has made a plain character


def matching(pattern: str) -> tuple[list[DumpFile], list[str]]:
    """Find the regular files of a pattern, a folder or one path, in the order of their names.

    Returns them, and a line for each path that is at fault; one that is gone since it was listed,
    as what is renamed once it is whole, is none. FetchError where the folder that the
    pattern starts in is missing or cannot be listed; a pattern that matches nothing is no fault.
    """
    root = _root(pattern)
    try:
        if len(root.parts) == len(Path(pattern).parts) and root.is_dir():
            pattern = str(Path(pattern) / "*")
        os.scandir(root if root.is_dir() else root.parent).close()
        root.stat()
        # Not Path.glob: it needs the folder apart from the pattern, which may hold folders.
        paths = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - as above
        inside = root.resolve() if root.is_dir() else root.resolve().parent
    except FileNotFoundError as error:
        raise FetchError(f"there is no {root}", kind=FaultKind.FILE) from error
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        raise FetchError(f"{root} cannot be looked into: {error}", kind=FaultKind.FILE) from error
    files, faults = [], []
    for path in paths:
        try:
            file = _regular(path, inside)
        except (OSError, RuntimeError, UnicodeError) as error:
            # A link that leads nowhere is not found either, and is there.
            if isinstance(error, FileNotFoundError) and not os.path.islink(path):  # noqa: PTH114
                continue
            shown = path.encode("utf-8", "backslashreplace").decode()
            faults.append(f"{shown} cannot be looked at: {_reason(error)}")
            continue
        if file is not None:
            files.append(file)
    return files, faults


def unseen(pattern: str) -> str:
    """Return why nothing of a pattern is seen on this machine, empty where something is.

    The first path that matches is enough, so that a folder is not listed twice for each look.
    """
    root = _root(pattern)
    if not root.exists():
        return f"there is no {root}"
    if len(root.parts) == len(Path(pattern).parts) and root.is_dir():
        pattern = str(Path(pattern) / "*")
    paths = glob.iglob(pattern, recursive=True)  # noqa: PTH207 - as in ``matching``
    return "" if next(paths, None) else f"nothing matches {pattern}"


def _regular(path: str, inside: Path) -> DumpFile | None:
    """Return the regular file at a path; ``None`` where it is none or leads out of the folder."""
    path.encode("utf-8")  # a name that is no text cannot be stored or shown
    if not Path(path).resolve(strict=True).is_relative_to(inside):
        return None
    status = Path(path).stat()
    if not stat.S_ISREG(status.st_mode):
        return None
    return DumpFile(path=path, size=status.st_size, modified_ns=min(status.st_mtime_ns, _LATEST_NS))


def path_within(file: DumpFile, pattern: str) -> str:
    """Return the path of a file within the folder of its pattern, which stays if that moves."""
    root = _root(pattern)
    return os.path.relpath(file.path, root if root.is_dir() else root.parent)


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "its name is not UTF-8"
    return getattr(error, "strerror", None) or str(error)


def _root(pattern: str) -> Path:
    """Return the part of a pattern before its first wildcard, as a path."""
    plain = []
    for part in Path(pattern).parts:
        if any(sign in _ESCAPED.sub("", part) for sign in "*?["):
            break
        plain.append(_ESCAPED.sub("\\1", part))
    return Path(*plain)


def settled(files: Sequence[DumpFile]) -> tuple[list[DumpFile], list[DumpFile]]:
    """Divide files into those that are whole and those that are still being written.

    Waits a second where a file was written within the last second, and looks at it again.
    """
    fresh = {file for file in files if _age_seconds(file) < STILL_SECONDS}
    if not fresh:
        return list(files), []
    time.sleep(STILL_SECONDS)
    moving = {file for file in fresh if not _is_unchanged(file)}
    return [file for file in files if file not in moving], list(moving)


def _age_seconds(file: DumpFile) -> float:
    """Return how long ago a file was written; one from the future counts as old."""
    age = time.time() - file.modified_ns / 1e9
    return age if age >= 0 else STILL_SECONDS


def _is_unchanged(file: DumpFile) -> bool:
    try:
        status = Path(file.path).stat()
    except OSError:
        return False
    return (status.st_size, min(status.st_mtime_ns, _LATEST_NS)) == (file.size, file.modified_ns)


def document_of(source: str, file: DumpFile, *, clock: Callable[[], datetime]) -> Document:
    """Return the document of a file that is not read yet: its text is as old as the file."""
    now = clock()
    try:
        written = datetime.fromtimestamp(file.modified_ns / 1e9, UTC)
    except (OverflowError, ValueError, OSError):  # a clock that was never set
        written = now
    return Document(
        source=source,
        url=Path(file.path).absolute().as_uri(),
        body=b"",
        content_type="",
        acquired=written if _EARLIEST_FILE_TIME <= written <= now else now,
    )
