"""What a body is encoded as, told by its bytes, and its bytes decoded piece by piece.

Servers and what stands before them send gzip without saying so, say gzip and send text, or write a
charset where an encoding belongs. So what is text is left alone, what begins as gzip, zstd or zlib
is that, and ``Content-Encoding`` counts only for what no first bytes tell: brotli and bare deflate.
Knows encodings; how much may be read, and until when, is decided by who hands over the reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import urllib3

from aggregator.errors import FetchError
from aggregator.fetch.layers import Read, without_layer
from aggregator.models.faults import FaultKind

__all__ = ["ACCEPT_ENCODING", "Read", "decoded", "encoding_of", "names_in"]

# gzip, deflate, br and zstd, whose libraries are installed with the program.
ACCEPT_ENCODING = urllib3.util.request.ACCEPT_ENCODING.replace(",", ", ")
_DECODED = frozenset(ACCEPT_ENCODING.split(", "))
# RFC 1952 §2.3.1, RFC 8878 §3.1.1, and RFC 1950 §2.2 with the window of 32 KiB and without a
# dictionary, at each of the four levels.
_MAGIC = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x78\x01", "deflate"),
    (b"\x78\x5e", "deflate"),
    (b"\x78\x9c", "deflate"),
    (b"\x78\xda", "deflate"),
)
_WITHOUT_MAGIC = ("br", "deflate")
_SAYS_NOTHING = frozenset({"", "identity", "none"})
_CHUNK_BYTES = 65_536
# Two in five bytes can stand in a text, so of compressed bodies one in 10¹³ begins like one.
_START_BYTES = 32
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")  # neither brotli nor deflate can begin so
_NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# A server compresses, and a proxy before it once more; nobody sends a third layer in good faith.
_MAX_LAYERS = 2


def decoded(read: Read, said: str, limited: Callable[[Read], Read]) -> Read:
    """Return a reading of what ``read`` brings, decoded; FetchError where it cannot be.

    ``said`` is the value of ``Content-Encoding``. ``limited`` puts the caller's bounds on a
    reading; they hold for what is sent, for each layer in between, and for what is decoded.
    """
    names = names_in(said)
    read = limited(read)
    for _ in range(_MAX_LAYERS + 1):
        start = _start_of(read)
        body = _Body(start, read)
        encoding = encoding_of(start, names)
        if not encoding:
            return body.read1
        # What stands outside of this layer was wrong, and so is a header without it.
        names = names[: _last(names, encoding)] if encoding in names else ()
        read = limited(without_layer(body, start, encoding))
    raise FetchError(f"the body is encoded more than {_MAX_LAYERS} times", kind=FaultKind.ENCODING)


def names_in(said: str) -> tuple[str, ...]:
    """Return the encodings that ``Content-Encoding`` names, in the order they were applied in.

    >>> names_in("identity, X-GZIP"), names_in("none")
    (('gzip',), ())
    """
    names = (name.strip().lower().removeprefix("x-") for name in said.split(","))
    return tuple(name for name in names if name not in _SAYS_NOTHING)


def encoding_of(start: bytes, names: tuple[str, ...]) -> str:
    r"""Return the outermost encoding of a body that begins with ``start``; empty for none.

    FetchError where it can be none that is decoded here. ``names`` are those the server says.

    >>> encoding_of(b"<rss>", ("gzip",)), encoding_of(b"\x1f\x8b\x08", ())
    ('', 'gzip')
    """
    if _is_text(start[:_START_BYTES]):
        return ""
    by_magic = (encoding for magic, encoding in _MAGIC if start.startswith(magic))
    by_name = (name for name in reversed(names) if name in _WITHOUT_MAGIC)
    encoding = next(by_magic, "") or next(by_name, "")
    if encoding in _DECODED:
        return encoding
    if encoding or names:
        name = (encoding or names[-1])[:40]
        if not encoding and name in _DECODED:
            said = f"the body is said to be encoded as {name}, which it is not"
            raise FetchError(said, kind=FaultKind.ENCODING)
        said = f"the body is encoded as {name}, which was not asked for"
        raise FetchError(said, kind=FaultKind.ENCODING)
    return ""


def _is_text(start: bytes) -> bool:
    """Tell whether bytes begin a text: UTF-8 without control characters, or marked as UTF-16."""
    if start.startswith(_UTF16_MARKS):
        return True
    if _NOT_IN_TEXT.search(start):
        return False
    try:
        start.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"  # a character goes on behind the start
    return True


def _start_of(read: Read) -> bytes:
    """Read until there is enough to tell an encoding by, or all there is."""
    start = b""
    while len(start) < _START_BYTES and (piece := read(_CHUNK_BYTES)):
        start += piece
    return start


def _last(names: tuple[str, ...], name: str) -> int:
    return len(names) - 1 - names[::-1].index(name)


class _Body:
    """A file that urllib3 can read: what was looked at, then what still comes."""

    closed = False

    def __init__(self, start: bytes, read: Read) -> None:
        self._start, self._read = start, read

    def read1(self, amount: int = _CHUNK_BYTES) -> bytes:
        """Read what has arrived."""
        start, self._start = self._start, b""
        return start or self._read(amount)

    read = read1

    def close(self) -> None:
        """End the reading."""
        self.closed = True
