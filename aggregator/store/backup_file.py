"""The file of a backup: a tar archive, compressed, that anybody can open by hand.

Knows its members, how it is put in place whole or not at all, and how it is read back. Refuses to
know what stands in them but for the contents, which say what the database holds.
"""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO

from aggregator.errors import StoreError
from aggregator.store import sqlite
from aggregator.store.copies import Contents

DATABASE = "aggregator.db"
_CONTENTS, _README = "contents.json", "README.txt"
_FORM = 1
# Stores shrink to 0.42 of their size at 100 MB a second; level 6 makes it 0.39 in twice the time.
_LEVEL = 1
_MOST_BYTES = 100_000_000  # of a member in memory; a configuration has 1 MB at most
_READ_TOGETHER = 1_000_000
_README_TEXT = """\
This is a backup of a feed aggregator, made at {made}.

aggregator.db    the store, an SQLite database: `sqlite3 aggregator.db` opens it
config.toml      the configuration as it was, with whatever secrets stand in it
published/       what the published folder remembers; its feeds are made anew of the store
contents.json    how many rows each table has, and the SHA-256 of each file

`aggregator restore FILE` in an empty folder puts it all back. By hand: put config.toml into a
folder, aggregator.db where `url` of [store] says, and what is in published/ into the folder that
`output` of [site] names.
"""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BROKEN = (OSError, EOFError, tarfile.TarError, zlib.error, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A copy of a store that is to be packed: where it is, and where the store lies."""

    database: Path
    contents: Contents
    store: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a backup says of itself: when it was made, what its database holds, and its digests.

    ``store`` is where the store lay, empty where it does not say so.
    """

    made: datetime
    store: str
    contents: Contents
    database_bytes: int
    digests: Mapping[str, str] = field(repr=False)


def write(
    target: Path,
    copied: Copied,
    others: Mapping[str, bytes],
    made: datetime,
    is_stopped: Callable[[], bool],
) -> None:
    """Write a backup of a copied database to a path that is free, once all of it was read back.

    It is its owner's alone. Whatever kills the process, a whole file stands there or none. OSError
    where it fails, StoreError where what is read is something else, or where it is told to stop.
    """
    database = copied.database
    temporary = database.with_name("backup")
    first = _described_by(copied, others, made, is_stopped)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, sqlite.PRIVATE_MODE)
    with os.fdopen(descriptor, "wb") as stream:
        with (
            gzip.GzipFile("", "wb", _LEVEL, stream, made.timestamp()) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for name, body in {**first, **others}.items():
                archive.addfile(_member(name, len(body), made), io.BytesIO(body))
            with database.open("rb") as content:
                size = database.stat().st_size
                member = _member(DATABASE, size, made)
                archive.addfile(member, _Watched(content, is_stopped))
        stream.flush()
        os.fsync(descriptor)
    read(temporary, None, is_stopped)
    _put_at(temporary, target)


def _described_by(
    copied: Copied,
    others: Mapping[str, bytes],
    made: datetime,
    is_stopped: Callable[[], bool],
) -> dict[str, bytes]:
    """Return the members that say what a backup is: for this program, and for a person."""
    with copied.database.open("rb") as stream:
        digests = {DATABASE: _digest_of(_Watched(stream, is_stopped))}
    digests |= {name: sha256(body).hexdigest() for name, body in others.items()}
    described = {
        "form": _FORM,
        "made": made.astimezone(UTC).isoformat(),
        "store": str(copied.store.resolve()),
        "contents": asdict(copied.contents),
        "database_bytes": copied.database.stat().st_size,
        "digests": digests,
    }
    return {
        _CONTENTS: json.dumps(described, indent=1, sort_keys=True).encode(),
        _README: _README_TEXT.format(made=described["made"]).encode(),
    }


def describe(path: Path) -> Described:
    """Return what a backup says of itself; StoreError where it is none, or cannot be read."""
    with _opened(path) as archive:
        return _described(archive)


def is_of(described: Described, store: Path) -> bool:
    """Tell whether a backup is of the store at a path, or may be, as it does not say of which."""
    return described.store in ("", str(store.resolve()))


def read_first(path: Path, name: str) -> bytes:
    """Return a member that stands before the database; StoreError where there is none."""
    with _opened(path) as archive:
        _described(archive)
        for member in archive:
            if member.name == name and (content := archive.extractfile(member)):
                return content.read(_MOST_BYTES)
            if member.name == DATABASE:
                break
        raise ValueError(f"it has no {name}")


def read(
    path: Path, database: Path | None, is_stopped: Callable[[], bool] = lambda: False
) -> tuple[Described, dict[str, bytes]]:
    """Write a backup's database to a new path, if one is named, and return its other members.

    StoreError where any of it is not as it was when the backup was made, or where reading it is
    told to stop.
    """
    others: dict[str, bytes] = {}
    found: dict[str, str] = {}
    with _opened(path) as archive:
        described = _described(archive)
        for member in archive:
            content = archive.extractfile(member)
            if member.name not in described.digests or content is None:
                continue
            if member.name != DATABASE:
                others[member.name] = body = content.read(_MOST_BYTES)
                found[member.name] = sha256(body).hexdigest()
            elif database is None:
                found[DATABASE] = _digest_of(_Watched(content, is_stopped))
            else:
                found[DATABASE] = _write_out(content, database)
        if found != described.digests:
            raise ValueError("some of it is not as it was when the backup was made")
    return described, others


def _write_out(content: IO[bytes], database: Path) -> str:
    """Write a database to a new path, and return the digest of what is there then."""
    descriptor = os.open(database, os.O_RDWR | os.O_CREAT | os.O_EXCL, sqlite.PRIVATE_MODE)
    with os.fdopen(descriptor, "w+b") as stream:
        shutil.copyfileobj(content, stream)
        stream.flush()
        os.fsync(descriptor)
        stream.seek(0)
        return _digest_of(stream)


class _Watched:
    """A stream whose reading can be stopped: of a large store it takes minutes."""

    def __init__(self, stream: IO[bytes], is_stopped: Callable[[], bool]) -> None:
        self._stream, self._is_stopped = stream, is_stopped

    def read(self, length: int = -1, /) -> bytes:
        """Read on; StoreError where it is told to stop."""
        if self._is_stopped():
            raise StoreError("it was stopped before the end")
        return self._stream.read(length)


def _digest_of(stream: IO[bytes] | _Watched) -> str:
    digest = sha256()
    while part := stream.read(_READ_TOGETHER):
        digest.update(part)
    return digest.hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:*") as archive:
            yield archive
    except _BROKEN as error:
        reason = getattr(error, "strerror", None) or error
        if getattr(error, "errno", None) in _NO_ROOM:  # that of the disk it is unpacked to
            raise StoreError(f"{path} cannot be unpacked: {reason}") from error
        raise StoreError(f"{path} cannot be read as a backup: {reason}") from error


def _described(archive: tarfile.TarFile) -> Described:
    member = archive.next()
    content = archive.extractfile(member) if member and member.name == _CONTENTS else None
    if content is None:
        raise ValueError("it is none of this program's")
    data = json.loads(content.read(_MOST_BYTES))
    if data["form"] > _FORM:
        raise ValueError("it was made by a newer version of this program")
    return Described(
        made=datetime.fromisoformat(data["made"]),
        store=str(data.get("store", "")),
        contents=Contents(**data["contents"]),
        database_bytes=int(data["database_bytes"]),
        digests=data["digests"],
    )


def _member(name: str, size_bytes: int, made: datetime) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size_bytes, sqlite.PRIVATE_MODE, int(made.timestamp())
    return member


def _put_at(temporary: Path, target: Path) -> None:
    """Move a finished file to its name, unless another file has it: FileExistsError."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without second names
        if target.exists():
            raise FileExistsError(17, "a file of that name is there") from None
        temporary.replace(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    with suppress(OSError):  # a network's file system may not sync a folder
        os.fsync(descriptor)
    os.close(descriptor)
