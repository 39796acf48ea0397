"""What a body is encoded as is told by its bytes, whatever its header says."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import FetchError
from aggregator.fetch import http
from aggregator.fetch.encodings import decoded, encoding_of, names_in
from aggregator.models import Access, FetchState
from tests.support.compression import COMPRESS, bare_deflate, zstd_of
from tests.support.deadlines import HUNG_SECONDS
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW
from tests.support.texts import item, rss

BODY = rss([item(number) for number in range(1, 9)])
# Words a UTF-16 document is written in; a byte-order mark stands before them.
UTF16 = '<?xml version="1.0"?><rss><channel><title>খবর</title></channel></rss>'.encode("utf-16")


def fetched(web: Loopback, body: bytes, said: str | None, **access: object) -> bytes:
    """Serve bytes under a Content-Encoding and return what is fetched of them."""
    web.pages["/a"] = Page(body, headers={} if said is None else {"Content-Encoding": said})
    return fetched_page(web, "/a", **access)


def fetched_page(web: Loopback, path: str, **access: object) -> bytes:
    """Return what is fetched of a page of the server."""
    settings = {"allow_private": True, "timeout_seconds": HUNG_SECONDS, **access}
    limits = Access(**settings)  # type: ignore[arg-type]  # a test names what it changes
    result = http.Client("test", lambda: NOW).fetch("a", f"{web.url}{path}", FetchState(), limits)
    assert isinstance(result, http.Fetched)
    return result.document.body


@pytest.mark.parametrize("body", [BODY, b"\n" + BODY, b'{"version": "\xe0\xa6\x95"}', UTF16])
def test_what_is_text_is_left_alone(web: Loopback, body: bytes) -> None:
    """A header that names an encoding, a charset or nonsense changes no text."""
    for said in ("gzip", "GZIP", "br", "deflate", "zstd", "", "gzip, br", "identity, gzip"):
        assert fetched(web, body, said) == body
    for said in ("UTF-8", "windows-1252", "none", "identity", "aws-chunked", "bogus", "compress"):
        assert fetched(web, body, said) == body


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress, zstd_of])
def test_what_begins_as_an_encoding_is_decoded(
    web: Loopback, compress: Callable[[bytes], bytes]
) -> None:
    """gzip, zlib and zstd are told by their first bytes, whatever the header says or leaves out."""
    for said in (None, "gzip", "X-GZip", "deflate", "br", "UTF-8", "aws-chunked", "gzip,zstd"):
        assert fetched(web, compress(BODY), said) == BODY


@pytest.mark.parametrize(
    ("compress", "said"),
    [
        (brotli.compress, "br"),
        (brotli.compress, "BR"),
        (brotli.compress, "identity, br"),
        (brotli.compress, "br, aws-chunked"),
        (bare_deflate, "deflate"),
        (bare_deflate, "Deflate, none"),
    ],
)
def test_what_no_first_bytes_tell_is_decoded_as_it_is_said(
    web: Loopback, compress: Callable[[bytes], bytes], said: str
) -> None:
    """Brotli and bare deflate begin with any bytes: there the header is all there is."""
    assert fetched(web, compress(BODY), said) == BODY


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (gzip.compress(gzip.compress(BODY)), "gzip, gzip"),
        (gzip.compress(gzip.compress(BODY)), "gzip"),
        (gzip.compress(gzip.compress(BODY)), None),
        (gzip.compress(brotli.compress(BODY)), "br, gzip"),
        (brotli.compress(gzip.compress(BODY)), "gzip, br"),
        (gzip.compress(UTF16[2:]), "gzip"),
    ],
)
def test_two_layers_are_taken_off(web: Loopback, body: bytes, said: str | None) -> None:
    """A server and a proxy that each compress are both undone; what is inside is as it was sent."""
    assert fetched(web, body, said) in (BODY, UTF16[2:])


def test_a_third_layer_is_refused(web: Loopback) -> None:
    """Nobody compresses three times in good faith."""
    body = gzip.compress(gzip.compress(gzip.compress(BODY)))
    with pytest.raises(FetchError, match="encoded more than 2 times"):
        fetched(web, body, "gzip, gzip, gzip")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("compress", "encoded as compress, which was not asked for"),
        ("bogus", "encoded as bogus, which was not asked for"),
        ("gzip", "encoded as gzip, which it is not"),
        ("zstd", "encoded as zstd, which it is not"),
    ],
)
def test_what_can_be_no_text_and_no_encoding_is_refused(web: Loopback, said: str, why: str) -> None:
    """Bytes that are neither text nor what the header says are not taken for a feed."""
    with pytest.raises(FetchError, match=why):
        fetched(web, b"\x1f\x9d\x90" + bytes(range(200, 240)), said)


@pytest.mark.parametrize("said", [None, "UTF-8", "gzip"])
def test_a_bomb_without_a_header_is_refused_at_the_cap(web: Loopback, said: str | None) -> None:
    """What is told by its bytes is read under the same cap."""
    with pytest.raises(FetchError, match="larger than 100,000 bytes"):
        fetched(web, gzip.compress(b"<rss>" + b" " * 30_000_000), said, max_bytes=100_000)


def test_a_layer_in_between_is_bounded_too(web: Loopback) -> None:
    """A layer that grows large and decodes to nothing is refused: each layer has the cap."""
    nothing = gzip.compress(b"", mtime=0) * 200_000  # 4 MB of empty members
    with pytest.raises(FetchError, match="larger than 100,000 bytes"):
        fetched(web, gzip.compress(nothing), "gzip, gzip", max_bytes=100_000)


def test_a_body_that_breaks_off_is_a_failure(web: Loopback) -> None:
    """Half a zstd frame, and gzip with a fault inside, bring nothing."""
    half = zstd_of(BODY)
    with pytest.raises(FetchError, match="broke off"):
        fetched(web, half[: len(half) // 2], None)
    broken = bytearray(gzip.compress(BODY))
    broken[40:60] = b"\xff" * 20
    with pytest.raises(FetchError, match="broke off"):
        fetched(web, bytes(broken), None)


def ended_after(web: Loopback, body: bytes, said: str) -> bytes:
    """Serve bytes without a Content-Length, end the connection, and return what is fetched."""

    def send(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Encoding", said)
        request.end_headers()
        request.wfile.write(body)

    web.pages["/cut"] = Page(handle=send)
    return fetched_page(web, "/cut")


@pytest.mark.parametrize("name", [*COMPRESS, "zlib"])
def test_a_compressed_body_that_ends_early_is_a_failure(web: Loopback, name: str) -> None:
    """Nothing says how long it is but its own end mark."""
    with_zlib = {"zlib": ("deflate", zlib.compress)}
    said, compress = with_zlib.get(name, (name, COMPRESS.get(name, zlib.compress)))
    whole = compress(BODY)
    assert ended_after(web, whole, said) == BODY
    for length in {40, len(whole) // 2, len(whole) - 9, len(whole) - 1}:
        with pytest.raises(FetchError, match=r"cut off|broke off"):
            ended_after(web, whole[:length], said)


@pytest.mark.attack
@pytest.mark.parametrize("name", COMPRESS)
def test_a_compressed_body_that_ends_anywhere_is_a_failure(web: Loopback, name: str) -> None:
    """The same for every fifth length that tells the encoding."""
    whole = COMPRESS[name](BODY)
    for length in range(32, len(whole), 5):
        with pytest.raises(FetchError, match=r"cut off|broke off"):
            ended_after(web, whole[:length], name)


@pytest.mark.parametrize("rest", [b"\n", b"\0" * 512, b"<!-- cached -->"])
def test_what_follows_a_compressed_body_is_left(web: Loopback, rest: bytes) -> None:
    """Padding and a line behind the end take nothing from the body, and add nothing."""
    for name in ("gzip", "deflate"):
        assert ended_after(web, COMPRESS[name](BODY) + rest, name) == BODY
    assert ended_after(web, gzip.compress(BODY[:99]) + gzip.compress(BODY[99:]), "gzip") == BODY


@pytest.mark.parametrize("cut", [0, 1, 5, 200])
def test_a_chunked_body_without_its_last_chunk_is_a_failure(web: Loopback, cut: int) -> None:
    """A connection that ends between two chunks, or within one, ends no body."""
    chunk = b"%x\r\n%s\r\n" % (len(BODY), BODY)

    def send(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        request.wfile.write(chunk[: len(chunk) - cut])

    web.pages["/cut"] = Page(handle=send)
    with pytest.raises(FetchError, match="broke off"):
        fetched_page(web, "/cut")


def test_fewer_bytes_than_were_announced_are_a_failure(web: Loopback) -> None:
    """Content-Length counts the bytes as they are sent, encoded."""

    def handle(request: object) -> None:
        sent = gzip.compress(BODY)
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(sent)}\r\n\r\n".encode()
        request.wfile.write(head + sent[:-40])  # type: ignore[attr-defined]  # the server's handler

    web.pages["/a"] = Page(handle=handle)
    limits = Access(allow_private=True, timeout_seconds=HUNG_SECONDS)
    with pytest.raises(FetchError, match="broke off"):
        http.Client("test", lambda: NOW).fetch("a", f"{web.url}/a", FetchState(), limits)


def read_in_pieces(body: bytes, size: int) -> Callable[[int], bytes]:
    """Return a reading that brings a body a few bytes at a time."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return lambda _amount: pieces.pop(0) if pieces else b""


@given(
    text=st.text("কখগঘ<>/ \n&;ab", min_size=32, max_size=300),
    encodings=st.lists(st.sampled_from(["gzip", "zstd", "br", "deflate"]), max_size=2),
    size=st.integers(1, 70),
)
def test_what_was_encoded_comes_back(text: str, encodings: list[str], size: int) -> None:
    """Whatever pieces the network makes, an honest header brings back what was written."""
    body = text.encode()
    for encoding in encodings:
        body = COMPRESS[encoding](body)
    read = decoded(read_in_pieces(body, size), ", ".join(encodings), lambda reading: reading)
    assert b"".join(iter(lambda: read(64), b"")) == text.encode()


@given(st.binary(max_size=64), st.sampled_from(["", "UTF-8", "none"]))
def test_no_bytes_are_taken_for_an_encoding_that_leaves_no_sign(start: bytes, said: str) -> None:
    """Without a header that names it, nothing is read as brotli or bare deflate."""
    try:
        encoding = encoding_of(start, names_in(said))
    except FetchError:
        return
    assert encoding in ("", "gzip", "zstd") or start[:1] == b"\x78"
