"""How the long texts of an entry lie in the store: its summary and its markup together, compressed.

The summary mostly repeats the beginning of the text, so that beside it, it takes nearly nothing.
Knows the form alone, which a store keeps for ever: refuses to know rows and statements.
"""

from __future__ import annotations

import sys

from aggregator.errors import StoreError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# Of 964 real texts with their summaries, level 1 leaves 1/3.45 at 13 µs each, 3 leaves 1/3.62 at
# 16 µs, 5 leaves 1/3.86 at 29 µs. A dictionary of 16 KB made of half of them left 1/4.1 of the
# others at level 3, and every store would need it to be read.
_LEVEL = 3
# Made once: a compressor for each text costs another 10 µs.
_COMPRESSOR = zstd.ZstdCompressor(level=_LEVEL)


def pack(summary: str, content_html: str) -> bytes:
    """Return two texts as the bytes that the store holds: a frame of zstd.

    In it stand the number of characters of the first, a line break, the first, and the second.
    """
    texts = f"{len(summary)}\n{summary}{content_html}".encode()
    return _COMPRESSOR.compress(texts, zstd.ZstdCompressor.FLUSH_FRAME)


def unpack(packed: bytes) -> tuple[str, str]:
    """Return the two texts that ``pack`` was handed; StoreError where the bytes are damaged.

    >>> unpack(pack("বৃষ্টি", "<p>বৃষ্টি হবে।</p>"))
    ('বৃষ্টি', '<p>বৃষ্টি হবে।</p>')
    """
    try:
        length, _, texts = zstd.decompress(packed).decode().partition("\n")
        return texts[: int(length)], texts[int(length) :]
    except (zstd.ZstdError, ValueError) as error:
        raise StoreError(f"a text in the store is damaged: {error}", is_damage=True) from error
