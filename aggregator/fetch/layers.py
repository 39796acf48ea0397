"""One layer of encoding taken off a body, piece by piece, and told apart where it breaks off.

urllib3 decodes as well, but says of zstd alone that its end is missing: half a body in gzip,
deflate or brotli looks to it like a whole one. Knows compressed streams and their ends; refuses to
know why they are there.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from typing import Protocol

import brotli
import urllib3

from aggregator.errors import FetchError
from aggregator.models.faults import FaultKind

# Reads what has arrived, at most this number of bytes (the first piece may have more); nothing at
# the end.
Read = Callable[[int], bytes]

_CHUNK_BYTES = 65_536
_CUT_OFF = "the body was cut off within its compression"
_DAMAGED = "the answer broke off: its compression is damaged"
_GZIP, _ZLIB, _BARE = zlib.MAX_WBITS + 16, zlib.MAX_WBITS, -zlib.MAX_WBITS
_GZIP_HEADER_BYTES = 10  # RFC 1952 §2.3; less behind a whole member is none


class _File(Protocol):
    """What urllib3 reads of a file."""

    closed: bool

    def read1(self, amount: int = ...) -> bytes: ...

    def close(self) -> None: ...


def without_layer(body: _File, start: bytes, encoding: str) -> Read:
    """Return a reading of ``body`` without its outermost encoding; ``start`` are its first bytes.

    FetchError where the encoded bytes are damaged or end before their end is marked; of zstd it is
    urllib3's own error.
    """
    if encoding == "gzip":
        return _Inflated(body.read1, _GZIP).read
    if encoding == "deflate":
        return _Inflated(body.read1, _ZLIB if _has_zlib_header(start) else _BARE).read
    if encoding == "br":
        return _Unbrotlied(body.read1, brotli.Decompressor()).read
    layer = urllib3.HTTPResponse(
        body=body,  # type: ignore[arg-type]  # read1 and close are all that is called
        headers={"Content-Encoding": encoding},
        preload_content=False,
    )
    return partial(layer.read1, decode_content=True)


def _has_zlib_header(start: bytes) -> bool:
    """Tell whether a body called deflate has a header (RFC 1950 §2.2); many servers send none.

    No bare stream begins so: its first block would be stored, with padding that is not zero.
    """
    return len(start) > 1 and start[0] & 0x0F == 8 and (start[0] * 256 + start[1]) % 31 == 0


class _Inflated:
    """What zlib makes of a stream; of gzip all members, and what follows the last one is left."""

    def __init__(self, read: Read, window_bits: int) -> None:
        self._read, self._window_bits = read, window_bits
        self._stream = zlib.decompressobj(window_bits)
        self._input = b""
        self._fed_bytes = 0  # of the member that is being read
        self._is_further = False
        self._is_over = False

    def read(self, amount: int) -> bytes:
        """Return at most ``amount`` decoded bytes; nothing at the end."""
        while not self._is_over:
            self._input = self._input or self._read(_CHUNK_BYTES)
            if not self._input:
                self._end()
            elif self._stream.eof:
                self._begin_member()
            elif piece := self._decompressed(amount):
                return piece
        return b""

    def _end(self) -> None:
        is_padding = self._is_further and self._fed_bytes < _GZIP_HEADER_BYTES
        if not (self._stream.eof or is_padding):
            raise FetchError(_CUT_OFF, kind=FaultKind.BROKEN_OFF)
        self._is_over = True

    def _begin_member(self) -> None:
        self._is_over = self._window_bits != _GZIP
        self._stream = zlib.decompressobj(self._window_bits)
        self._is_further, self._fed_bytes = True, 0

    def _decompressed(self, amount: int) -> bytes:
        try:
            piece = self._stream.decompress(self._input, amount)
        except zlib.error as error:
            if not (self._is_further and self._fed_bytes < _GZIP_HEADER_BYTES):
                raise FetchError(_DAMAGED, kind=FaultKind.ENCODING) from error
            self._is_over = True  # what follows the last member is no member: other programs, too,
            return b""  # leave it
        rest = self._stream.unconsumed_tail or self._stream.unused_data
        self._fed_bytes += len(self._input) - len(rest)
        self._input = rest
        return piece


class _BrotliStream(Protocol):
    def process(self, data: bytes, output_buffer_limit: int = ...) -> bytes: ...

    def is_finished(self) -> bool: ...

    def can_accept_more_data(self) -> bool: ...


class _Unbrotlied:
    """What brotli makes of a stream; whatever follows its end is damage."""

    def __init__(self, read: Read, stream: _BrotliStream) -> None:
        self._read, self._stream = read, stream

    def read(self, amount: int) -> bytes:
        """Return about ``amount`` decoded bytes; nothing at the end."""
        while not self._stream.is_finished():
            data = b""
            if self._stream.can_accept_more_data():
                data = self._read(_CHUNK_BYTES)
                if not data:
                    raise FetchError(_CUT_OFF, kind=FaultKind.BROKEN_OFF)
            try:
                piece = self._stream.process(data, output_buffer_limit=amount)
            except brotli.error as error:
                raise FetchError(_DAMAGED, kind=FaultKind.ENCODING) from error
            if piece:
                return piece
        return b""
