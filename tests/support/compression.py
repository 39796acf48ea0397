"""The encodings in which servers send bodies."""

from __future__ import annotations

import gzip
import importlib
import sys
import zlib

import brotli


def zstd_of(body: bytes) -> bytes:
    """Compress with whatever zstd this Python has; the tests' own requirements bring one."""
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    compressed: bytes = importlib.import_module(name).compress(body)
    return compressed


def bare_deflate(body: bytes) -> bytes:
    """Compress without the header of zlib, as some servers understand ``deflate``."""
    compress = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compress.compress(body) + compress.flush()


# An encoding's name, as it stands in a header → how a body is written in it.
COMPRESS = {
    "gzip": gzip.compress,
    "zstd": zstd_of,
    "br": brotli.compress,
    "deflate": bare_deflate,
}
