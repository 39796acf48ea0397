"""A file of a dump → its members, through compression and archives, one stream at a time.

Formats are recognised by the first bytes, not by the name. Nothing is ever unpacked to disk.
Refuses links, devices, members that lead out of their archive, and files that expand too much.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from aggregator.errors import FetchError
from aggregator.models.faults import FaultKind

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# Text of any language packs ten to thirty times smaller; only a file made for it goes further.
_MOST_TIMES_LARGER = 300
_FREE_BYTES = 100_000_000  # a small file may expand so far, whatever it is
_TAR_SIGN, _TAR_SIGN_OFFSET = b"ustar", 257
_ZIP_SIGN = b"PK\x03\x04"
_BLOCK_BYTES = 1_000_000
_ENCRYPTED = 0x1  # a flag of ZIP's, APPNOTE 4.4.4
_FAULTS = (
    OSError, EOFError, zlib.error, lzma.LZMAError, zstd.ZstdError, tarfile.TarError,
    zipfile.BadZipFile, NotImplementedError, struct.error, UnicodeError,
)  # fmt: skip


@contextmanager
def naming_faults(name: str) -> Iterator[None]:
    """Turn what a damaged file raises into a FetchError that names it."""
    try:
        yield
    except _FAULTS as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise FetchError(f"{name} cannot be read on: {reason}", kind=FaultKind.FILE) from error


def members(
    file: io.BufferedReader, path: str, faults: list[str]
) -> Iterator[tuple[str, BinaryIO]]:
    """Yield the name and bytes of each member of an open file; a file that is no archive is one.

    A stream can be read until the next is asked for. For each member that is refused a line is
    added to ``faults``; what a damaged file raises is turned into a FetchError by
    ``naming_faults``.
    """
    budget = _Budget(path, os.fstat(file.fileno()).st_size)
    stream = _decompressed(file, budget)
    if stream.peek(4).startswith(_ZIP_SIGN):
        yield from _zipped(file, path, budget, faults)
    elif stream.peek(512)[_TAR_SIGN_OFFSET:].startswith(_TAR_SIGN):
        yield from _tarred(stream, path, budget, faults)
    else:
        yield path, cast("BinaryIO", stream)


def opened(path: str) -> io.BufferedReader:
    """Open a regular file; FetchError where it was exchanged for a link or a device meanwhile."""
    real = os.path.realpath(path)  # a link to a file within the folder is followed
    descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FetchError(f"{path} is no regular file", kind=FaultKind.FILE)
    return io.BufferedReader(io.FileIO(descriptor), _BLOCK_BYTES)


class _Budget:
    """How much a file may expand in all, over every member and layer of it."""

    def __init__(self, path: str, size: int) -> None:
        self._path = path
        self._left = _FREE_BYTES + _MOST_TIMES_LARGER * size

    def spend(self, size: int) -> None:
        """Count bytes that were expanded; FetchError where they are more than the file may have."""
        self._left -= size
        if self._left < 0:
            message = f"{self._path} expands more than {_MOST_TIMES_LARGER} times"
            raise FetchError(message, kind=FaultKind.FILE)


class _Counted(io.RawIOBase):
    """A stream whose bytes are counted against a budget."""

    def __init__(self, stream: BinaryIO, budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        self._budget.spend(len(block))
        return len(block)


def _decompressed(stream: io.BufferedReader, budget: _Budget) -> io.BufferedReader:
    """Undo one layer of compression, if there is one."""
    head = stream.peek(8)
    for sign, decompress in _DECOMPRESSORS.items():
        if head.startswith(sign):
            return io.BufferedReader(_Counted(decompress(stream), budget), _BLOCK_BYTES)
    return stream


def _gunzip(stream: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile(fileobj=stream))


_DECOMPRESSORS: dict[bytes, Callable[[BinaryIO], BinaryIO]] = {
    b"\x1f\x8b": _gunzip,
    b"BZh": lambda stream: cast("BinaryIO", bz2.BZ2File(stream)),
    b"\xfd7zXZ\0": lambda stream: cast("BinaryIO", lzma.LZMAFile(stream)),  # noqa: SIM115 - its reader closes it
    b"\x28\xb5\x2f\xfd": lambda stream: cast("BinaryIO", zstd.ZstdFile(stream)),
}


def _tarred(
    stream: io.BufferedReader, path: str, budget: _Budget, faults: list[str]
) -> Iterator[tuple[str, BinaryIO]]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            name = _shown(f"{path}!{member.name}")
            if member.isdir():
                continue
            inner = archive.extractfile(member) if member.isreg() else None
            if inner is None or leads_out(member.name):
                faults.append(f"{name} is a link, a device, or leads out of its archive")
                continue
            layer = _decompressed(io.BufferedReader(_Counted(_binary(inner), budget)), budget)
            yield from _unless_archive(layer, name, faults)


def _zipped(
    file: io.BufferedReader, path: str, budget: _Budget, faults: list[str]
) -> Iterator[tuple[str, BinaryIO]]:
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            name = _shown(f"{path}!{member.filename}")
            if member.is_dir():
                continue
            kind = stat.S_IFMT(member.external_attr >> 16)
            if leads_out(member.filename) or kind not in (0, stat.S_IFREG):
                faults.append(f"{name} is a link, a device, or leads out of its archive")
                continue
            if member.flag_bits & _ENCRYPTED:
                faults.append(f"{name} is encrypted")
                continue
            try:
                inner = archive.open(member)
            except (*_FAULTS, RuntimeError) as error:  # RuntimeError: what zipfile cannot unpack
                faults.append(f"{name} cannot be read on: {error}")
                continue
            with inner:
                layer = _decompressed(io.BufferedReader(_Counted(_binary(inner), budget)), budget)
                yield from _unless_archive(layer, name, faults)


def _unless_archive(
    stream: io.BufferedReader, name: str, faults: list[str]
) -> Iterator[tuple[str, BinaryIO]]:
    if stream.peek(4).startswith(_ZIP_SIGN):
        faults.append(f"{name} is an archive within an archive")
    else:
        yield name, cast("BinaryIO", stream)


def _binary(stream: object) -> BinaryIO:
    return cast("BinaryIO", stream)


def _shown(name: str) -> str:
    """Return a name that can be stored and shown, whatever its bytes are."""
    return name.encode("utf-8", "backslashreplace").decode()


def leads_out(name: str) -> bool:
    """Tell whether a member's name leads out of its archive."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in path.parts[:1]
