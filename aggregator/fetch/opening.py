"""What is in a file of a dump: its bytes, through compression and archives, one member at a time.

Told by the first bytes, not by the name. Nothing is ever unpacked to disk. Refuses links, devices,
members that lead out of their archive, and what expands beyond all measure.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from aggregator.errors import FetchError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# Text of any language packs ten to thirty times smaller; only what is made to expand goes further.
_MOST_TIMES_LARGER = 300
_FREE_BYTES = 100_000_000
_TAR_SIGN, _TAR_SIGN_AT = b"ustar", 257
_BLOCK_BYTES = 1_000_000
_ENCRYPTED = 0x1  # a flag of ZIP's, APPNOTE 4.4.4
_FAULTS = (
    OSError, EOFError, zlib.error, lzma.LZMAError, zstd.ZstdError, tarfile.TarError,
    zipfile.BadZipFile,
)  # fmt: skip


@contextmanager
def naming_faults(name: str) -> Iterator[None]:
    """Turn what a damaged file raises into a FetchError that names it."""
    try:
        yield
    except _FAULTS as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise FetchError(f"{name} cannot be read on: {reason}") from error


def members(raw: io.BufferedReader, path: str) -> Iterator[tuple[str, BinaryIO]]:
    """Give the members of an open file by name; one that is no archive is its own one member.

    Each stream is good until the next is asked for. FetchError where something is refused; what a
    damaged file raises is named by ``naming_faults``.
    """
    stream = _decompressed(raw, raw, path)
    if stream.peek(4).startswith(b"PK\x03\x04"):
        yield from _zipped(raw, path)
    elif stream.peek(512)[_TAR_SIGN_AT:].startswith(_TAR_SIGN):
        yield from _tarred(stream, raw, path)
    else:
        yield path, cast("BinaryIO", stream)


def opened(path: str) -> io.BufferedReader:
    """Open a regular file; one that was exchanged for a link or a device meanwhile is refused."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FetchError(f"{path} is no regular file")
    return io.BufferedReader(io.FileIO(descriptor), _BLOCK_BYTES)


class _Bounded(io.RawIOBase):
    """A decompressed stream that ends with a fault where it expands beyond all measure."""

    def __init__(self, stream: BinaryIO, packed: BinaryIO, name: str) -> None:
        self._stream = stream
        self._packed = packed
        self._name = name
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        self._given += len(block)
        if self._given > _FREE_BYTES + _MOST_TIMES_LARGER * self._packed.tell():
            raise FetchError(f"{self._name} expands more than {_MOST_TIMES_LARGER} times")
        return len(block)


def _decompressed(stream: io.BufferedReader, packed: BinaryIO, name: str) -> io.BufferedReader:
    """Undo one layer of compression, if there is one."""
    head = stream.peek(8)
    for sign, undo in _SIGNS.items():
        if head.startswith(sign):
            return io.BufferedReader(_Bounded(undo(stream), packed, name), _BLOCK_BYTES)
    return stream


def _gunzip(stream: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile(fileobj=stream))


_SIGNS: dict[bytes, Callable[[BinaryIO], BinaryIO]] = {
    b"\x1f\x8b": _gunzip,
    b"BZh": lambda stream: cast("BinaryIO", bz2.BZ2File(stream)),
    b"\xfd7zXZ\0": lambda stream: cast("BinaryIO", lzma.LZMAFile(stream)),  # noqa: SIM115 - its reader closes it
    b"\x28\xb5\x2f\xfd": lambda stream: cast("BinaryIO", zstd.ZstdFile(stream)),
}


def _tarred(
    stream: io.BufferedReader, packed: BinaryIO, path: str
) -> Iterator[tuple[str, BinaryIO]]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            name = f"{path}!{member.name}"
            if member.isdir():
                continue
            if not member.isreg() or leads_out(member.name):
                raise FetchError(f"{name} is a link, a device, or leads out of its archive")
            inner = archive.extractfile(member)
            if inner is not None:
                yield name, cast("BinaryIO", _layer(cast("BinaryIO", inner), packed, name))


def _zipped(raw: io.BufferedReader, path: str) -> Iterator[tuple[str, BinaryIO]]:
    with zipfile.ZipFile(raw) as archive:
        for member in archive.infolist():
            name = f"{path}!{member.filename}"
            if member.is_dir():
                continue
            mode = member.external_attr >> 16
            if leads_out(member.filename) or (mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG)):
                raise FetchError(f"{name} is a link, a device, or leads out of its archive")
            most = _FREE_BYTES + _MOST_TIMES_LARGER * member.compress_size
            if member.file_size > most:
                raise FetchError(f"{name} expands more than {_MOST_TIMES_LARGER} times")
            if member.flag_bits & _ENCRYPTED:
                raise FetchError(f"{name} is encrypted")
            with archive.open(member) as inner:
                yield name, cast("BinaryIO", _layer(cast("BinaryIO", inner), raw, name))


def _layer(inner: BinaryIO, packed: BinaryIO, name: str) -> io.BufferedReader:
    """Give a member, whose own layer of compression is undone; an archive within is refused."""
    stream = _decompressed(io.BufferedReader(_Bounded(inner, packed, name)), packed, name)
    if stream.peek(4).startswith(b"PK\x03\x04"):
        raise FetchError(f"{name} is an archive within an archive")
    return stream


def leads_out(name: str) -> bool:
    """Tell whether a member's name leads out of its archive."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in path.parts[:1]
