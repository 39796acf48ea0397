"""Connections that are kept while a pass lasts: every guard holds on them as on new ones."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event, Thread

import pytest

from aggregator.errors import FetchError
from aggregator.fetch import http
from aggregator.models import Access, FetchState
from tests.support.configurations import Make, source
from tests.support.deadlines import HUNG_SECONDS, ends_at_deadline
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.texts import item, rss

BODY = rss([item(1)])
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n<rss></rss>"


@pytest.fixture
def town() -> Iterator[Loopback]:
    """Serve on loopback and leave connections open."""
    server = Loopback(keeps_open=True)
    server.pages |= {"/a": Page(BODY), "/b": Page(BODY)}
    yield server
    server.close()


@pytest.fixture
def client() -> Iterator[http.Client]:
    """Return a client in the midst of a pass."""
    of_pass = http.Client("test", lambda: NOW)
    with of_pass.keeping_connections():
        yield of_pass


def fetch(
    client: http.Client, url: str, state: FetchState | None = None, **access: object
) -> http.Fetched | http.NotModified:
    """Fetch from loopback."""
    settings = {"allow_private": True, "timeout_seconds": HUNG_SECONDS, **access}
    limits = Access(**settings)  # type: ignore[arg-type]  # a test names what it changes
    return client.fetch("a", url, state or FetchState(), limits)


def is_open(client_port: int, server_port: int) -> bool:
    """Tell whether a connection that a client made on this machine is open, as the system says."""
    table = Path("/proc/net/tcp").read_text(encoding="ascii")
    rows = [row.split() for row in table.splitlines()[1:]]
    ports = {(row[1].split(":")[1], row[2].split(":")[1]) for row in rows if row[3] == "01"}
    return (f"{client_port:04X}", f"{server_port:04X}") in ports


def test_sources_of_one_host_share_a_connection(client: http.Client, town: Loopback) -> None:
    """Whatever the answers are, as long as each is read to its end."""
    whole = fetch(client, f"{town.url}/a")
    assert isinstance(whole, http.Fetched)
    state = FetchState(etag=whole.etag)
    assert isinstance(fetch(client, f"{town.url}/a", state), http.NotModified)
    town.pages["/z"] = Page(gzip.compress(BODY), headers={"Content-Encoding": "gzip"})
    for path in ("/z", "/b"):
        assert isinstance(fetch(client, f"{town.url}{path}"), http.Fetched)
    assert len(town.connections) == 4
    assert len(set(town.connections)) == 1


def test_nothing_stays_open_after_the_pass(town: Loopback) -> None:
    """Neither after the last of passes that overlap, nor outside of any."""
    client = http.Client("test", lambda: NOW)
    server_port = int(town.url.rpartition(":")[2])
    with client.keeping_connections():
        with client.keeping_connections():
            fetch(client, f"{town.url}/a")
        fetch(client, f"{town.url}/a")
        first, second = town.connections
        assert first == second
        assert is_open(first, server_port)
    assert not is_open(first, server_port)
    fetch(client, f"{town.url}/a")
    assert not is_open(town.connections[-1], server_port)


def test_a_pass_keeps_connections(make_config: Make, town: Loopback) -> None:
    """Of three sources on one host two connections are made at most: two are asked at once."""
    paths = ("/a", "/b", "/c")
    for number, path in enumerate(paths):
        town.pages[path] = Page(rss([item(number)]))
    config = make_config("".join(source(path[1:], town.url + path) for path in paths))
    report = one_pass(config)
    assert not report.failed
    assert len(town.connections) == 3
    assert len(set(town.connections)) <= 2


@contextmanager
def scripted(*connections: list[bytes]) -> Iterator[tuple[str, list[int]]]:
    """Serve connections one after the other, each with these answers, and close it after them.

    An empty answer closes the connection at once where the request has come. Yield the address, and
    the number of requests that each connection had.
    """
    had: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for answers in connections:
                had.append(0)
                with listener.accept()[0] as connection:
                    for answer in answers:
                        if not connection.recv(65_536):
                            break
                        had[-1] += 1
                        connection.sendall(answer)
            listener.close()

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", had
        thread.join(HUNG_SECONDS)
        assert not thread.is_alive()


def test_a_connection_that_the_server_closed_meanwhile_is_no_failure(client: http.Client) -> None:
    """Servers close what is idle for seconds; the next request makes a connection of its own."""
    with scripted([ANSWER], [ANSWER]) as (url, had):
        for _ in range(2):
            assert isinstance(fetch(client, url), http.Fetched)
    assert had == [1, 1]


def test_a_request_is_sent_once_more_where_the_server_closed_as_it_came(
    client: http.Client,
) -> None:
    """Nobody can tell that a server is about to close a connection (RFC 9112 §9.3.1)."""
    with scripted([ANSWER, b""], [ANSWER]) as (url, had):
        for _ in range(2):
            assert isinstance(fetch(client, url), http.Fetched)
    assert had == [2, 1]


def test_a_request_is_sent_twice_at_most(client: http.Client) -> None:
    """What fails on a new connection has failed."""
    with scripted([ANSWER, b""], [b""]) as (url, had):
        fetch(client, url)
        with pytest.raises(FetchError, match="broke off"):
            fetch(client, url)
    assert had == [2, 1]


def test_a_farewell_to_an_idle_connection_is_not_taken_for_an_answer(client: http.Client) -> None:
    """Some servers say 408 as they close what is idle; said to a new connection it is a failure."""
    farewell = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    with scripted([ANSWER, farewell], [ANSWER]) as (url, had):
        for _ in range(2):
            assert isinstance(fetch(client, url), http.Fetched)
    assert had == [2, 1]
    with scripted([farewell]) as (url, had), pytest.raises(FetchError, match="408"):
        fetch(client, url)
    assert had == [1]


def test_a_request_on_a_new_connection_is_sent_once(client: http.Client) -> None:
    """A failed fetch is a failed fetch; when to ask again is decided elsewhere."""
    with scripted([b""]) as (url, had), pytest.raises(FetchError, match="broke off"):
        fetch(client, url)
    assert had == [1]


def test_what_a_server_sends_unasked_is_not_taken_for_the_next_answer(client: http.Client) -> None:
    """A second answer behind the first one is thrown away with its connection."""
    unasked = ANSWER.replace(b"<rss></rss>", b"<rss>x</rss")
    with scripted([ANSWER + unasked], [ANSWER]) as (url, _):
        for _ in range(2):
            result = fetch(client, url)
            assert isinstance(result, http.Fetched)
            assert result.document.body == b"<rss></rss>"


def resolving_to(monkeypatch: pytest.MonkeyPatch, addresses: list[str], web: Loopback) -> list[str]:
    """Let names resolve to one address after the other, and 8.8.8.8 lead to a server on loopback.

    Return the list of the names that were asked for.
    """
    asked: list[str] = []
    port = int(web.url.rpartition(":")[2])
    connect = socket.socket.connect

    def resolve(host: str, *_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        address = (addresses[min(len(asked), len(addresses)) - 1], port)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address)]

    def lead(opened: socket.socket, address: tuple[str, int]) -> None:
        connect(opened, ("127.0.0.1", port) if address[0] == "8.8.8.8" else address)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", lead)
    return asked


def test_a_kept_connection_stays_with_the_address_that_was_checked(
    client: http.Client, town: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host whose name becomes a private address within a pass gains nothing by it."""
    asked = resolving_to(monkeypatch, ["8.8.8.8", "127.0.0.1"], town)
    for _ in range(2):
        fetch(client, "http://rebinding.example/a", allow_private=False)
    assert asked == ["rebinding.example"]
    assert len(set(town.connections)) == 1


def test_a_host_that_became_private_is_refused_once_its_connection_is_gone(
    client: http.Client, web: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each connection that is made is to an address that was checked for it."""
    web.pages["/a"] = Page(BODY)  # a server that closes each connection
    resolving_to(monkeypatch, ["8.8.8.8", "127.0.0.1"], web)
    fetch(client, "http://rebinding.example/a", allow_private=False)
    with pytest.raises(FetchError, match="no public address"):
        fetch(client, "http://rebinding.example/a", allow_private=False)
    assert len(web.asked) == 1


def test_a_source_that_may_ask_no_private_address_gets_no_connection_to_one(
    client: http.Client, town: Loopback
) -> None:
    """A connection that another source was permitted is not used by one that is not."""
    fetch(client, f"{town.url}/a")
    with pytest.raises(FetchError, match="no public address"):
        fetch(client, f"{town.url}/a", allow_private=False)
    assert len(town.asked) == 1


def test_no_credential_stays_with_a_connection(client: http.Client, town: Loopback) -> None:
    """What one source sends of its own, another on the same connection does not."""
    cookie = {"Set-Cookie": "visitor=1"}
    town.pages["/a"] = Page(BODY, headers=cookie)
    own = (("X-Api-Key", "geheim"), ("Cookie", "paid=1"))
    fetch(client, f"{town.url}/a", headers=own, auth=("me", "s3cret"))
    fetch(client, f"{town.url}/b")
    assert len(set(town.connections)) == 1
    first, second = town.headers
    assert first["x-api-key"] == "geheim" and first["authorization"].startswith("Basic ")
    assert not {"x-api-key", "authorization", "cookie"} & set(second)


def test_a_connection_through_a_proxy_is_not_used_without_it(client: http.Client) -> None:
    """Two sources of one host may be asked in two ways."""
    with scripted([ANSWER]) as (proxy, had):
        fetch(client, "http://paper.invalid/a", proxy=proxy.rstrip("/"))
        with pytest.raises(FetchError, match="cannot be resolved"):
            fetch(client, "http://paper.invalid/a")
    assert had == [1]


def test_a_host_has_no_more_connections_than_fetches(client: http.Client, town: Loopback) -> None:
    """One that is kept for another use is closed before a new one is made."""
    server_port = int(town.url.rpartition(":")[2])
    town.pages[f"{town.url}/a"] = Page(BODY)  # as a proxy is asked for it
    fetch(client, f"{town.url}/a")
    fetch(client, f"{town.url}/a", proxy=town.url)
    first, second = town.connections
    assert first != second
    assert not is_open(first, server_port)


def test_a_connection_that_led_to_a_redirect_is_not_kept(
    client: http.Client, town: Loopback
) -> None:
    """Politeness counts the connections of the host that was to be asked, and no other's."""
    town.pages["/moved"] = Page(status=302, headers={"Location": f"{town.url}/a"})
    fetch(client, f"{town.url}/moved")
    server_port = int(town.url.rpartition(":")[2])
    assert not any(is_open(port, server_port) for port in town.connections)


def test_a_deadline_holds_on_a_kept_connection(client: http.Client, town: Loopback) -> None:
    """A server that answers the first request at once may drip at the second."""
    over = Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        while not over.wait(0.05):
            request.wfile.write(b"x")

    town.pages["/slow"] = Page(handle=drip)
    fetch(client, f"{town.url}/a")
    try:
        with ends_at_deadline(1.0), pytest.raises(FetchError, match="not finished after 1 second"):
            fetch(client, f"{town.url}/slow", timeout_seconds=1.0)
        fetch(client, f"{town.url}/a")
    finally:
        over.set()
    first, second, third = town.connections
    assert first == second != third


def test_a_body_above_the_cap_ends_its_connection(client: http.Client, town: Loopback) -> None:
    """What is left of it is read by nobody, and is no part of the next answer."""
    town.pages["/large"] = Page(b"x" * 500_000)
    fetch(client, f"{town.url}/a")
    with pytest.raises(FetchError, match="larger than"):
        fetch(client, f"{town.url}/large", max_bytes=1000)
    assert isinstance(fetch(client, f"{town.url}/b"), http.Fetched)
    first, second, third = town.connections
    assert first == second != third
