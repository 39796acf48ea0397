"""Fetching: polite, within limits, and safe from hostile servers."""

from __future__ import annotations

import gzip
import socket
import time
import zlib
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import IPv4Address, IPv6Address

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config.secret_values import from_environment
from aggregator.errors import FetchError
from aggregator.fetch import http
from aggregator.models import Access, Config, FetchState, Outcome
from aggregator.public_addresses import is_public
from aggregator.store.store import Store
from tests.support.compression import zstd_of
from tests.support.configurations import Make, source
from tests.support.deadlines import HUNG_SECONDS, ends_at_deadline
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.published import read
from tests.support.texts import item, rss


def fetch(url: str, **access: object) -> http.Fetched | http.NotModified:
    """Fetch from loopback."""
    settings = {"allow_private": True, "timeout_seconds": HUNG_SECONDS, **access}
    client = http.Client("test", lambda: NOW)
    limits = Access(**settings)  # type: ignore[arg-type]  # a test names what it changes
    return client.fetch("a", url, FetchState(), limits)


def body_of(result: http.Fetched | http.NotModified) -> bytes:
    """Return the bytes of a document that was fetched."""
    assert isinstance(result, http.Fetched)
    return result.document.body


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("127.0.0.1", False),
        ("127.1.2.3", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse, not to listen on
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("168.63.129.16", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("239.255.255.250", False),
        ("255.255.255.255", False),
        ("192.88.99.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::1", False),
        ("2002:7f00:1::", False),
        ("2001:0:53aa:64c::", False),
        ("fec0::1", False),
        # --- what one version of Python calls global, and another does not
        ("192.0.0.9", False),
        ("192.0.0.10", False),
        ("192.0.0.192", False),
        ("192.31.196.1", False),
        ("192.52.193.1", False),
        ("192.175.48.1", False),
        ("2001:1::1", False),
        ("2001:3::1", False),
        ("2001:4:112::1", False),
        ("2001:20::1", False),
        ("2001:30::1", False),
        ("2620:4f:8000::1", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("100::1", False),
        ("100:0:0:1::1", False),
        ("64:ff9b::808:808", False),
        ("::8.8.8.8", False),
        ("::ffff:0:8.8.8.8", False),
        ("2002:808:808::1", False),
        ("ff0e::1", False),
        ("4000::1", False),
        # --- the last before, and the first behind
        ("9.255.255.255", True),
        ("11.0.0.0", True),
        ("172.15.255.255", True),
        ("172.32.0.0", True),
        ("191.255.255.255", True),
        ("192.0.1.0", True),
        ("192.0.3.0", True),
        ("192.31.195.255", True),
        ("192.31.197.0", True),
        ("198.17.255.255", True),
        ("198.20.0.0", True),
        ("223.255.255.255", True),
        ("2001:200::1", True),
        ("2001:db7:ffff::1", True),
        ("2001:db9::1", True),
        ("2620:4f:8001::1", True),
        ("not an address", False),
    ],
)
def test_only_public_addresses_are_connected_to(address: str, expected: bool) -> None:
    """Private, local, metadata, multicast, and every form that carries another inside."""
    assert is_public(address) is expected


@given(st.ip_addresses())
def test_no_address_is_public_that_python_knows_not_to_be(
    address: IPv4Address | IPv6Address,
) -> None:
    """The table refuses all that this Python's own refuses, and multicast."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert not is_public(str(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0", "0x7f.1"])
def test_a_private_host_is_refused_before_anything_is_sent(web: Loopback, host: str) -> None:
    """However it is written, loopback is not asked unless the source permits it."""
    web.pages["/a"] = Page(rss([item(1)]))
    url = web.url.replace("127.0.0.1", host) + "/a"
    with pytest.raises(FetchError, match=r"no public address|cannot be resolved"):
        fetch(url, allow_private=False)
    assert web.asked == []


def test_a_name_is_resolved_once_and_the_address_that_was_checked_is_connected_to(
    web: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers differently the second time gains nothing."""
    answers = [("8.8.8.8", 80), ("127.0.0.1", 80)]
    resolved = []

    def resolve(host: str, *_: object) -> list[tuple[object, ...]]:
        resolved.append(host)
        address = answers[min(len(resolved) - 1, 1)]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(FetchError):
        fetch("http://rebinding.example/", allow_private=False)
    assert resolved == ["rebinding.example"]


def refuse(_socket: socket.socket, address: tuple[str, int]) -> None:
    """Stand in for the network: only the address that was checked may be tried."""
    assert address[0] == "8.8.8.8"
    raise ConnectionRefusedError(111, "Connection refused")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("file:///etc/passwd", "redirected to what is not http or https"),
        ("ftp://example.org/", "redirected to what is not http or https"),
        ("data:text/plain,x", "redirected to what is not http or https"),
        ("/loop", "redirected more than 5 times"),
        ("", "redirected to nowhere"),
    ],
)
def test_a_redirect_leads_only_where_it_may(web: Loopback, location: str, expected: str) -> None:
    """Five hops at most, http and https only."""
    web.pages["/loop"] = Page(status=302, headers={"Location": location} if location else {})
    with pytest.raises(FetchError, match=expected):
        fetch(f"{web.url}/loop")


def test_no_credential_goes_along_to_another_host(web: Loopback) -> None:
    """A source's own headers and password stay with the host they are for."""
    other = web.url.replace("127.0.0.1", "localhost")
    web.pages["/a"] = Page(status=302, headers={"Location": f"{other}/b"})
    web.pages["/b"] = Page(rss([item(1)]))
    result = fetch(f"{web.url}/a", headers=(("X-Api-Key", "geheim"),), auth=("me", "s3cret"))
    assert body_of(result)
    first, second = web.headers
    assert first["x-api-key"] == "geheim" and first["authorization"].startswith("Basic ")
    assert "x-api-key" not in second and "authorization" not in second


def test_nothing_is_taken_from_the_environment(
    web: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy in the environment is not used unless a source says so."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    web.pages["/a"] = Page(rss([item(1)]))
    assert body_of(fetch(f"{web.url}/a"))
    with pytest.raises(FetchError):
        fetch(f"{web.url}/a", proxy="http://127.0.0.1:9")


def drip(
    first: bytes, drops: bytes, every_seconds: float
) -> Callable[[BaseHTTPRequestHandler], None]:
    """Send something at once and then a byte at a time."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        try:
            request.wfile.write(first)
            for drop in drops:
                request.wfile.write(bytes([drop]))
                request.wfile.flush()
                time.sleep(every_seconds)
        except OSError:
            return

    return handle


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<rss>",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\0",
    ],
    ids=["body", "headers", "chunk size", "gzip name"],
)
def test_no_drip_outlasts_the_deadline(web: Loopback, first: bytes) -> None:
    """Two seconds are two seconds, whatever arrives a byte at a time."""
    web.pages["/a"] = Page(handle=drip(first, b"1" * 600, 0.1))  # for a minute
    with ends_at_deadline(2), pytest.raises(FetchError, match="not finished after 2 seconds"):
        fetch(f"{web.url}/a", timeout_seconds=2.0)


def test_a_bomb_is_refused_at_the_cap(web: Loopback) -> None:
    """300 MB in 300 KB are never held: reading ends at the cap of decoded bytes."""
    compressed = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(compressed.compress(b"\0" * 1_000_000) for _ in range(60)) + compressed.flush()
    web.pages["/a"] = Page(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchError, match="larger than 15,000,000 bytes"):
        fetch(f"{web.url}/a")


@pytest.mark.parametrize(("encoding", "compress"), [("br", brotli.compress), ("zstd", zstd_of)])
def test_newer_encodings_are_read_under_the_same_cap(
    web: Loopback, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    """Where their libraries are installed br and zstd are asked for, and their bombs refused."""
    body = rss([item(1)])
    web.pages["/a"] = Page(compress(body), headers={"Content-Encoding": encoding})
    assert body_of(fetch(f"{web.url}/a")) == body
    assert encoding in web.headers[0]["accept-encoding"]
    bomb = compress(b"\0" * 60_000_000)
    web.pages["/a"] = Page(bomb, headers={"Content-Encoding": encoding})
    with pytest.raises(FetchError, match="larger than 15,000,000 bytes"):
        fetch(f"{web.url}/a")


@pytest.mark.parametrize("encoding", ["compress", "bogus"])
def test_an_encoding_nobody_asked_for_is_refused(web: Loopback, encoding: str) -> None:
    """A body in an encoding that was not asked for is not decoded."""
    web.pages["/a"] = Page(b"\x1f\x9d\x90\xd8\xff", headers={"Content-Encoding": encoding})
    with pytest.raises(FetchError, match="not asked for"):
        fetch(f"{web.url}/a")


def test_a_truncated_gzip_body_is_a_failed_fetch(web: Loopback, make_config: Make) -> None:
    """Nothing of it is published, and it leaves no ETag behind: the whole is asked for again."""
    body = rss([item(number) for number in range(1, 30)])
    whole = gzip.compress(body)
    web.pages["/a"] = Page(whole[: len(whole) // 2], headers={"Content-Encoding": "gzip"})
    config = make_config(source("a", f"{web.url}/a"))
    (report,) = one_pass(config).sources
    assert report.error == "the body was cut off within its compression"
    web.pages["/a"] = Page(whole, headers={"Content-Encoding": "gzip"})
    one_pass(config, now=NOW + timedelta(hours=1))
    assert len(read(config, "bangla.rss")) == 29


def test_a_permanent_redirect_is_followed_from_the_start_once_it_has_held(
    web: Loopback, make_config: Make
) -> None:
    """After three polls the old address is not asked any more; a temporary one always is."""
    web.pages["/old"] = Page(status=301, headers={"Location": "/new"})
    web.pages["/for-now"] = Page(status=302, headers={"Location": "/new"})
    web.pages["/new"] = Page(rss([item(1)]))
    config = make_config(source("a", f"{web.url}/old") + source("b", f"{web.url}/for-now"))
    for number in range(5):
        one_pass(config, now=NOW + timedelta(hours=number))
    paths = [path for path, _ in web.asked]
    assert (paths.count("/old"), paths.count("/for-now")) == (3, 5)


def test_a_source_that_is_gone_is_said_to_be(web: Loopback, make_config: Make) -> None:
    """410 is reported and leaves the source alone for a month."""
    web.pages["/a"] = Page(status=410)
    config = make_config(source("a", f"{web.url}/a"))
    (report,) = one_pass(config).sources
    assert "gone for good" in report.note
    assert state(config).next_due == NOW + timedelta(days=30)


def state(config: Config) -> FetchState:
    """Return the state of source a."""
    with Store.open(config.store_url) as store, store.read() as unit:
        return unit.sources.states()["a"]


def test_a_host_that_asks_to_be_left_alone_is(web: Loopback, make_config: Make) -> None:
    """Retry-After to one source holds for every source on that host, in this pass and after."""
    web.pages["/a"] = Page(status=429, headers={"Retry-After": "600"})
    web.pages["/b"] = Page(rss([item(1)]))
    first = f'[[source]]\nname = "a"\nfeed = "{web.url}/a"\nallow_private = true\n'
    second = f'[[source]]\nname = "b"\nfeed = "{web.url}/b"\nallow_private = true\nspacing = "1s"\n'
    limited, other = one_pass(make_config(first + second)).sources
    assert limited.error.startswith("the server answered 429")
    assert other.outcome is Outcome.FAILED or web.asked[0] == ("/b", 200)


def test_requests_to_one_host_keep_their_distance(web: Loopback, make_config: Make) -> None:
    """Three sources of one host with a spacing of a second take two seconds at least."""
    text = ""
    for name in "abc":
        web.pages[f"/{name}"] = Page(rss([item(1)]))
        text += f'[[source]]\nname = "{name}"\nfeed = "{web.url}/{name}"\nallow_private = true\n'
    started = time.monotonic()
    assert not one_pass(make_config(text)).failed
    assert time.monotonic() - started >= 2


def test_secrets_come_from_the_environment_and_never_show(
    web: Loopback, make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A header and a password are sent, and stand in no text that anybody sees."""
    monkeypatch.setenv("PAPER_TOKEN", "geheim")
    web.pages["/a"] = Page(rss([item(1)]))
    config = make_config(
        source("a", f"{web.url}/a")
        + 'headers = { X-Api-Key = "${PAPER_TOKEN}" }\nauth = "me:${PAPER_TOKEN}"\n'
    )
    one_pass(config)
    assert web.headers[0]["x-api-key"] == "geheim"
    assert "geheim" not in repr(config)
    with pytest.raises(ValueError, match="NOT_SET is not set"):
        from_environment("x ${NOT_SET}")


def test_a_page_s_announced_feed_is_followed_where_that_is_wanted(
    web: Loopback, make_config: Make
) -> None:
    """With discover = true the page's address is enough."""
    web.pages["/"] = Page(
        b'<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head></html>',
        content_type="text/html",
    )
    web.pages["/rss"] = Page(rss([item(1)]))
    plain = one_pass(make_config(source("a", f"{web.url}/"))).sources[0]
    assert f"announces {web.url}/rss" in plain.error
    config = make_config(source("b", f"{web.url}/") + "discover = true\n")
    assert one_pass(config).sources[0].new == 1


def test_many_sources_wait_for_no_slow_one_longer_than_its_deadline(
    web: Loopback, make_config: Make
) -> None:
    """The slow source fails in its time and the others are published."""
    first = b"HTTP/1.1 200 OK\r\n\r\n"
    web.pages["/slow"] = Page(handle=drip(first, b"1" * 600, 0.1))  # for a minute
    web.pages["/good"] = Page(rss([item(1)]))
    config = make_config(
        source("slow", f"{web.url}/slow") + 'timeout = "2s"\n' + source("good", f"{web.url}/good")
    )
    with ends_at_deadline(2):
        slow, good = one_pass(config).sources
    assert (slow.outcome, good.new) == (Outcome.FAILED, 1)


def test_a_server_that_says_nothing_is_given_up(web: Loopback) -> None:
    """A connection that is accepted and never answered ends at the deadline."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(FetchError, match="not finished after 2 seconds"):
            fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout_seconds=2.0)


def test_a_name_that_resolves_late_leaves_no_time(
    web: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that is resolved after the deadline is not connected to: nothing watches any more."""
    really = socket.getaddrinfo

    def late(*given: object, **named: object) -> object:
        time.sleep(1.2)
        return really(*given, **named)  # type: ignore[arg-type]  # as they came

    web.pages["/a"] = Page(handle=drip(b"HTTP/1.1 200 OK\r\nX: ", b"1" * 600, 0.1))
    monkeypatch.setattr(socket, "getaddrinfo", late)
    with ends_at_deadline(1), pytest.raises(FetchError, match="not finished after 1 seconds"):
        fetch(f"{web.url}/a", timeout_seconds=1.0)
    assert web.asked == []


def test_a_moved_source_comes_back_and_takes_no_credential_along(
    web: Loopback, make_config: Make
) -> None:
    """When the new address dies the configured one is asked again; secrets never left it."""
    other = web.url.replace("127.0.0.1", "localhost")
    web.pages["/old"] = Page(status=301, headers={"Location": f"{other}/new"})
    web.pages["/new"] = Page(rss([item(1)]))
    config = make_config(source("a", f"{web.url}/old") + 'auth = "me:pw"\n')
    for number in range(5):
        one_pass(config, now=NOW + timedelta(hours=number))
    del web.pages["/new"]
    web.pages["/old"] = Page(rss([item(1), item(2)]))
    one_pass(config, now=NOW + timedelta(hours=6))
    one_pass(config, now=NOW + timedelta(hours=7))
    assert len(read(config, "bangla.rss")) == 2
    for (path, _), headers in zip(web.asked, web.headers, strict=True):
        assert ("authorization" in headers) == (path == "/old")


def test_a_discovered_feed_stays_fresh(web: Loopback, make_config: Make) -> None:
    """The page never changes; the feed it announces does, and is asked with its own validators."""
    link = (
        b'<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head></html>'
    )
    web.pages["/"] = Page(link, content_type="text/html")
    web.pages["/rss"] = Page(rss([item(1)]))
    config = make_config(source("a", f"{web.url}/") + "discover = true\n")
    one_pass(config)
    one_pass(config, now=NOW + timedelta(hours=1))
    assert web.asked[-1] == ("/rss", 304)
    web.pages["/rss"] = Page(rss([item(1), item(2)]))
    one_pass(config, now=NOW + timedelta(hours=2))
    assert len(read(config, "bangla.rss")) == 2


def test_half_a_character_in_json_harms_no_other_source(web: Loopback, make_config: Make) -> None:
    """A truncated emoji in a JSON feed is a mark in its text, not the end of the pass."""
    text = (
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "\\ud83d"}, {"id": "3", '
    )
    text += '"title": "খবর \\ud83d", "content_html": "<p>বৃষ্টি \\ud83d</p>"}, "\\ud83d"]}'
    web.pages["/a"] = Page(text.encode(), content_type="application/feed+json")
    web.pages["/b"] = Page(rss([item(1)]))
    config = make_config(source("a", f"{web.url}/a") + source("b", f"{web.url}/b"))
    assert not one_pass(config).failed
    assert len(read(config, "bangla.rss")) == 2
