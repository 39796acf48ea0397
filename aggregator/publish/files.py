"""Puts published files in place: whole or not at all, and only where their bytes differ.

A temporary file, fsync, rename, fsync of the folder: killed at 106 points, this left no torn file;
a plain write, killed at 96, left 16 (measured). A file's time is that of its newest entry, so that
a web server's validators change when its content does and not otherwise.

Beside each file stand its compressed neighbours, put in place before it and with its time. The time
binds them together: a file whose bytes change gets one that neither it nor any neighbour had, so
that a neighbour of another version, as a run leaves that is killed between two renames, is told by
its time. Such a one is not served, and is made anew when the file is next put.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from itertools import repeat
from pathlib import Path

from aggregator import durable
from aggregator.errors import PublishError
from aggregator.models import FeedDocument, Stamp
from aggregator.publish.archive_names import file_of_feed
from aggregator.publish.compressed import ENCODINGS, Encoding

_TEMPORARY = ".tmp"
# Files that are put together wait for the disk side by side: one after the other 200 of 7 KB took
# 1.2 s on a busy one, in four lanes 0.2 to 0.4 s, in sixteen no less.
_LANES = 4
# One name for all files of a lane, as nobody reads through a folder of many thousands for what a
# killed run left.
_TEMPORARY_OF_LANES = tuple(f".lane-{number}{_TEMPORARY}" for number in range(_LANES))
_MODE = 0o644  # published files are for everyone to read
_NS = 1_000_000_000


def put(folder: Path, document: FeedDocument) -> bool:
    """Put a file and its neighbours in place, but for what stands there as it is to be.

    Return whether anything was written; PublishError where that failed, and then the old file
    stays.
    """
    target, body = folder / document.name, document.body
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before, modified_ns = _read(target)
        if before != body:
            # Other bytes have another time, even where a new title in the configuration moved none.
            after_ns = modified_ns // _NS * _NS + _NS if before is not None else 0
            modified_ns = max(int(document.modified.timestamp()) * _NS, after_ns)
        found = _judged(target, body, modified_ns)
        while before != body and False in found.values():
            modified_ns += _NS
            found = _judged(target, body, modified_ns)
        stale = [encoding for encoding in ENCODINGS if not found[encoding]]
        for encoding in stale:
            _replace(_neighbour(target, encoding), encoding.encode(body), modified_ns)
        if before != body:
            _replace(target, body, modified_ns)
        elif not stale:
            return False
        durable.sync(folder)
    except OSError as error:
        raise PublishError(f"{target} cannot be written: {error.strerror or error}") from error
    return True


def put_together(folder: Path, documents: Sequence[FeedDocument]) -> dict[str, str]:
    """Put files without neighbours in place, but for those that stand there, several at once.

    They lie in one folder of the published one. Return what was wrong, by the name of each file
    that cannot be written, and then the old one stays; PublishError where nothing is known of any.
    """
    lanes = [lane for start in range(_LANES) if (lane := documents[start::_LANES])]
    with ThreadPoolExecutor(_LANES) as threads:
        found = [*threads.map(_put_lane, repeat(folder), lanes, _TEMPORARY_OF_LANES)]
    faults = {name: fault for faults in found for name, fault in faults.items()}
    for parent in {(folder / document.name).parent for document in documents}:
        try:
            durable.sync(parent)
            durable.sync(folder)
        except OSError as error:
            raise PublishError(f"{parent} cannot be written: {error.strerror or error}") from error
    return faults


def _put_lane(folder: Path, documents: Iterable[FeedDocument], temporary: str) -> dict[str, str]:
    faults = {}
    for document in documents:
        target, body = folder / document.name, document.body
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            before, modified_ns = _read(target)
            if before != body:
                after_ns = modified_ns // _NS * _NS + _NS if before is not None else 0
                modified_ns = max(int(document.modified.timestamp()) * _NS, after_ns)
                _replace(target, body, modified_ns, target.with_name(temporary))
        except OSError as error:
            faults[document.name] = f"{target} cannot be written: {error.strerror or error}"
    return faults


def remove_temporary_of_lanes(folder: Path) -> None:
    """Remove what a killed run left of files that it was about to ``put_together`` in a folder."""
    for name in _TEMPORARY_OF_LANES:
        with suppress(OSError):  # none, or no folder: putting a file says what is wrong
            (folder / name).unlink()


def place(folder: Path, name: str, body: bytes, modified_unix: int) -> None:
    """Put a file without neighbours in place, whatever stands there; OSError where that fails."""
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / name, body, modified_unix * _NS)
    durable.sync(folder)


def remove(folder: Path, name: str, digest: str) -> bool:
    """Remove a file of this digest and its neighbours; tell whether it is gone.

    A file of other bytes stays with all beside it: somebody else put it there. OSError where the
    file system refuses.
    """
    target = folder / name
    body, _ = _read(target)
    if body is not None and digest_of(body) != digest:
        return False
    for encoding in ENCODINGS:  # first, as they are told by the file that they are of
        if body is not None and _is_of(target, encoding, body):
            _neighbour(target, encoding).unlink()
    target.unlink(missing_ok=True)
    durable.sync(folder)
    return True


def remove_bound(folder: Path, names: Iterable[str]) -> list[str]:
    """Remove files that a neighbour of their time shows to be ours; return those that stay.

    OSError where the file system refuses. For files of which no digest is remembered. The last
    neighbour goes after its file, so that a removal that is killed can go on; one that is killed
    just there leaves a neighbour, which nothing serves.
    """
    left = []
    for name in names:
        target = folder / name
        if (modified_ns := time_ns(target)) is None:
            if os.path.lexists(target):
                left.append(name)
            continue
        bound = bound_to(target, modified_ns)
        if not bound:
            left.append(name)
            continue
        for path in (*bound[:-1], target, bound[-1]):
            path.unlink()
    durable.sync(folder)
    return left


def bound_to(target: Path, modified_ns: int) -> list[Path]:
    """Return the neighbours of a file that have its time, which show it to be ours."""
    beside = [_neighbour(target, encoding) for encoding in ENCODINGS]
    return [path for path in beside if time_ns(path) == modified_ns]


def remove_together(folder: Path, names: Iterable[str]) -> None:
    """Remove files of one folder that have no neighbours, with one wait for the disk. OSError."""
    targets = [folder / name for name in names]
    for target in targets:
        target.unlink(missing_ok=True)
    for parent in {target.parent for target in targets if target.parent.is_dir()}:
        durable.sync(parent)


def remove_temporary(folder: Path, names: Collection[str]) -> None:
    """Remove what a killed run left of files of these names that it was about to put in place.

    So are archive documents of feeds of these names, whatever their numbers.
    """
    try:
        with os.scandir(folder) as entries:
            left = [entry.name for entry in entries if _is_temporary(entry.name, names)]
    except FileNotFoundError:
        return
    except OSError as error:
        raise PublishError(f"{folder} cannot be read: {error.strerror or error}") from error
    for name in left:
        with suppress(OSError):  # a folder of that name: putting the file says what is wrong
            (folder / name).unlink()


def digest_of(body: bytes) -> str:
    """Return what tells a file's bytes from any others."""
    return sha256(body).hexdigest()


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
    """Return a file's bytes and its time in nanoseconds; no bytes where there is no file.

    Of a pipe nobody's bytes are waited for.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None, 0
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(), os.fstat(descriptor).st_mtime_ns


def _neighbour(target: Path, encoding: Encoding) -> Path:
    return target.with_name(f"{target.name}{encoding.suffix}")


def _judged(target: Path, body: bytes, modified_ns: int) -> dict[Encoding, bool | None]:
    """Tell of a file's neighbours of a time whether they are of a body, ``None`` of all others.

    Only these are read: where a file changes, none has its new time, unless a run was killed.
    """
    return {
        encoding: _is_of(target, encoding, body)
        if time_ns(_neighbour(target, encoding)) == modified_ns
        else None
        for encoding in ENCODINGS
    }


def time_ns(path: Path) -> int | None:
    """Return a file's time in nanoseconds, ``None`` where there is no file, or a link or folder."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_mtime_ns if stat.S_ISREG(status.st_mode) else None


def _is_of(target: Path, encoding: Encoding, body: bytes) -> bool:
    try:
        encoded, _ = _read(_neighbour(target, encoding))
    except OSError:
        return False  # a link, which writing replaces, or a folder, of which writing complains
    return encoded is not None and encoding.is_of(encoded, body)


def _temporary(name: str) -> str:
    # One name per file: what a killed run left behind gives way to the next.
    return f".{name}{_TEMPORARY}"


def _is_temporary(name: str, names: Collection[str]) -> bool:
    """Tell whether a name is the temporary one of one of these files or its archive documents."""
    if not (name.startswith(".") and name.endswith(_TEMPORARY)):
        return False
    final = name[1:].removesuffix(_TEMPORARY)
    return final in names or file_of_feed(final) in names


def _replace(target: Path, body: bytes, modified_ns: int, temporary: Path | None = None) -> None:
    temporary = temporary or target.with_name(_temporary(target.name))
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(descriptor, "wb") as stream:
        os.fchmod(descriptor, _MODE)  # whatever the process's mask is
        stream.write(body)
        stream.flush()
        os.utime(descriptor, ns=(modified_ns, modified_ns))
        os.fsync(descriptor)
    temporary.replace(target)
