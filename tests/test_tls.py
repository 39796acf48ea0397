"""TLS on loopback: certificates are checked, and no drip outlasts the deadline behind them."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
import trustme

from aggregator.errors import FetchError
from aggregator.fetch import http
from aggregator.models import Access, FetchState
from tests.support.deadlines import HUNG_SECONDS, ends_at_deadline
from tests.support.passes import NOW

BODY = b"<rss></rss>"
Answer = Callable[[ssl.SSLSocket], None]


@contextmanager
def served(authority: trustme.CA, host: str, answer: Answer) -> Iterator[str]:
    """Serve one TLS connection on loopback as ``host``, and yield its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    with context.wrap_socket(connection, server_side=True) as wrapped:
                        wrapped.recv(65_536)
                        answer(wrapped)
                except (OSError, ssl.SSLError):
                    return

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}/"
        thread.join(HUNG_SECONDS)


def at_once(connection: ssl.SSLSocket) -> None:
    """Answer as a server should."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + BODY)


def twice(connection: ssl.SSLSocket) -> None:
    """Answer, and answer the next request on the same connection."""
    at_once(connection)
    connection.recv(65_536)
    at_once(connection)


def in_drops(connection: ssl.SSLSocket) -> None:
    """Answer a byte at a time, for a minute."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(1200):
        connection.sendall(b"x")
        time.sleep(0.05)


def fetch(
    url: str, ca_file: Path | None, *, timeout_seconds: float = HUNG_SECONDS
) -> http.Fetched | http.NotModified:
    """Fetch, trusting one authority."""
    client = http.Client("test", lambda: NOW, ca_file=str(ca_file) if ca_file else None)
    limits = Access(allow_private=True, timeout_seconds=timeout_seconds)
    return client.fetch("a", url, FetchState(), limits)


@pytest.fixture
def authority() -> trustme.CA:
    """Make a certificate authority that nobody else trusts."""
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    """Write its certificate to a file."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def test_a_certificate_that_is_trusted_is_enough(authority: trustme.CA, ca_file: Path) -> None:
    """A page over TLS comes as it was sent."""
    with served(authority, "localhost", at_once) as url:
        result = fetch(url, ca_file)
    assert isinstance(result, http.Fetched)
    assert result.document.body == BODY


def test_a_connection_over_tls_is_kept_within_a_pass(authority: trustme.CA, ca_file: Path) -> None:
    """The second request of a pass needs no handshake."""
    client = http.Client("test", lambda: NOW, ca_file=str(ca_file))
    limits = Access(allow_private=True, timeout_seconds=HUNG_SECONDS)
    with served(authority, "localhost", twice) as url, client.keeping_connections():
        for _ in range(2):
            result = client.fetch("a", url, FetchState(), limits)
            assert isinstance(result, http.Fetched)
            assert result.document.body == BODY


def test_a_certificate_that_nobody_vouches_for_is_refused(authority: trustme.CA) -> None:
    """Nothing is taken from a server that could be anybody."""
    with (
        served(authority, "localhost", at_once) as url,
        pytest.raises(FetchError, match="not valid"),
    ):
        fetch(url, None)


def test_a_certificate_for_another_host_is_refused(authority: trustme.CA, ca_file: Path) -> None:
    """A trusted authority vouches for the host that it names, and no other."""
    with (
        served(authority, "other.example.org", at_once) as url,
        pytest.raises(FetchError, match="not valid"),
    ):
        fetch(url, ca_file)


def test_no_drip_behind_tls_outlasts_the_deadline(authority: trustme.CA, ca_file: Path) -> None:
    """The watch ends the socket beneath."""
    with (
        served(authority, "localhost", in_drops) as url,
        ends_at_deadline(1),
        pytest.raises(FetchError, match="not finished after 1 seconds"),
    ):
        fetch(url, ca_file, timeout_seconds=1.0)
