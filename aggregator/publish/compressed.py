"""The compressed neighbours of a published file: ``bangla.rss.br`` and ``bangla.rss.gz``.

Knows how each is made and checked; refuses to know when. The same bytes make the same neighbour
under one version of its library. Another version may write other bytes, so that a neighbour is
judged by what it decompresses to.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import brotli

# Levels by the processor time that a feed of 100 real entries (3.03 MB) costs. Brotli: 3 makes 527
# KB in 23 ms, 4 makes 436 in 35, 5 makes 420 in 56. gzip: 2 makes 660 KB in 21 ms, 4 makes 570 in
# 34, 5 makes 526 in 48, 6 makes 487 in 105. A feed changes every few minutes, and each change pays
# for all of its formats; below 4, a sixth or a fifth more is sent to every reader.
_GZIP_LEVEL, _BROTLI_QUALITY = 4, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A content coding (RFC 9110 §8.4.1): its name in HTTP, and the suffix of its neighbours.

    ``is_of`` tells whether an encoded body is that of a plain one.
    """

    name: str
    suffix: str
    encode: Callable[[bytes], bytes]
    is_of: Callable[[bytes, bytes], bool]


def _brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=_BROTLI_QUALITY))


def _is_brotli_of(encoded: bytes, body: bytes) -> bool:
    try:
        return bool(brotli.decompress(encoded) == body)
    except brotli.error:
        return False


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)  # else the time makes other bytes


def _is_gzip_of(encoded: bytes, body: bytes) -> bool:
    try:
        return gzip.decompress(encoded) == body
    except (OSError, EOFError, zlib.error):
        return False


# The smallest first: of codings that a client takes equally gladly, it gets the first.
ENCODINGS: tuple[Encoding, ...] = (
    Encoding(name="br", suffix=".br", encode=_brotli, is_of=_is_brotli_of),
    Encoding(name="gzip", suffix=".gz", encode=_gzip, is_of=_is_gzip_of),
)


def with_neighbours(names: Iterable[str]) -> list[str]:
    """Return the names of files, each followed by those of its compressed neighbours."""
    suffixes = ("", *(encoding.suffix for encoding in ENCODINGS))
    return [f"{name}{suffix}" for name in names for suffix in suffixes]
