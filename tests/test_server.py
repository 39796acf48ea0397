"""Clients: however many hold a connection, and whatever they send, a reader is answered at once."""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from threading import get_native_id

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.server.process import Places, WebProcess
from aggregator.server.repeats import Repeats
from aggregator.server.slots import Bounds, Slots, Stage, network_of
from tests.support.deadlines import HUNG_SECONDS, ends_at_deadline, wait_until
from tests.support.serving import Served, read_to_end, serving, wait_until_refused

HALF = b"GET /bangla.rss HTTP/1.1\r\nHost: x\r\n"
WHOLE = HALF + b"\r\n"
SECONDS = 2.0  # within which a client of these tests has to send its request or read its answer
FEW = replace(Bounds.of(16), request_seconds=SECONDS, answer_seconds=SECONDS)
# More than the kernel takes over for a client that does not read (4 MB and 6 MB on Linux).
LARGE = 16_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a small feed and a file that no kernel buffers."""
    (tmp_path / "bangla.rss").write_bytes(b"<rss/>")
    (tmp_path / "large.rss").write_bytes(bytes(LARGE))
    return tmp_path


@pytest.fixture
def served(folder: Path) -> Iterator[Served]:
    """Serve the folder to few clients, with short time-outs."""
    with serving(folder, FEW) as server:
        yield server


def is_open(client: socket.socket) -> bool:
    """Tell whether the server has not ended a connection; what it sent stays to be read."""
    end_or_fault = select.POLLRDHUP | select.POLLHUP | select.POLLERR
    poll = select.poll()
    poll.register(client, end_or_fault)
    return not poll.poll(0)


@pytest.mark.parametrize("first_bytes", [b"", HALF, b"GET /large.rss HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_clients_that_hold_connections_keep_no_reader_out(folder: Path, first_bytes: bytes) -> None:
    """Six times as many as there are slots send nothing, half a request, or do not read."""
    with serving(folder, Bounds.of(16)) as served, ExitStack() as stack:
        clients = [stack.enter_context(served.connect(first_bytes)) for _ in range(100)]
        for _ in range(5):
            assert served.get("/bangla.rss").content == b"<rss/>"
        assert sum(map(is_open, clients)) <= Bounds.of(16).most


def test_a_request_that_does_not_come_to_an_end_is_not_waited_for(served: Served) -> None:
    """Some bytes now and then are no sign of life."""
    end = time.monotonic() + HUNG_SECONDS
    with ends_at_deadline(SECONDS), served.connect(HALF) as client:
        client.settimeout(0.1)
        while time.monotonic() < end:
            try:
                client.sendall(b"X: y\r\n")
                assert client.recv(1000) == b""
                break
            except TimeoutError:
                continue
            except ConnectionError:
                break


def test_a_body_that_drips_behind_an_answer_ends_its_connection(served: Served) -> None:
    """Nobody reads that body, so it would hold the connection for as long as it drips."""
    request = HALF + b"Content-Length: 1000000\r\n\r\n"
    end = time.monotonic() + HUNG_SECONDS
    with ends_at_deadline(SECONDS), served.connect(request) as client:
        client.settimeout(0.1)
        while time.monotonic() < end:
            try:
                client.sendall(b"x")
                if not client.recv(1000):
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break


def test_an_answer_that_is_not_read_is_not_kept(served: Served) -> None:
    """Who reads none of it within its time finds its beginning and the end of the connection."""
    with served.connect(b"GET /large.rss HTTP/1.1\r\nHost: x\r\n\r\n") as client:

        def is_ended() -> bool:
            assert served.get("/bangla.rss").status_code == 200
            return not is_open(client)

        wait_until(is_ended)
        assert 0 < len(read_to_end(client)) < LARGE


def test_a_reader_that_comes_again_keeps_its_connection(served: Served) -> None:
    """Its time begins anew with each answer."""
    with served.connect() as client:
        started = time.monotonic()
        while time.monotonic() - started < 1.5 * SECONDS:
            client.sendall(WHOLE)
            received = b""
            while not received.endswith(b"<rss/>"):
                piece = client.recv(1000)
                assert piece, "the connection ended"
                received += piece
            time.sleep(SECONDS / 8)


def children() -> set[int]:
    """Return the processes that this thread started and that are not waited for."""
    path = Path(f"/proc/self/task/{get_native_id()}/children")
    return {int(pid) for pid in path.read_text(encoding="ascii").split()}


def test_the_web_server_s_process_is_started_anew(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever ends it, it comes back within seconds; told to stop, it is gone."""
    others = children()
    places = Places(
        folder=folder,
        push=folder / "push",
        config=folder / "config.toml",
        store_url=f"sqlite:///{folder / 'aggregator.db'}",
    )
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        served = Served(folder=folder, address=listener.getsockname())
        process = WebProcess(places, listener)
        process.keep_alive()
        try:
            assert served.get("/bangla.rss").content == b"<rss/>"
            (first,) = children() - others
            os.kill(first, signal.SIGKILL)
            while not caplog.records:
                process.keep_alive()
                time.sleep(0.1)
            assert caplog.messages == ["the web server ended with -9 and is started anew"]
            assert served.get("/bangla.rss").content == b"<rss/>"
        finally:
            process.stop()
    assert children() == others
    wait_until_refused(served.address)


INVALID = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",  # TLS
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /bangla.rss\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",  # no Host
    b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    HALF + b"X: " + b"x" * 100_000,
    HALF + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
    HALF + b"Transfer-Encoding: chunked\r\n\r\nno chunk\r\n",
    b"GET /nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n",
    HALF + b"Transfer-Encoding: gzip\r\n\r\n",
    WHOLE + b"no request\r\n\r\n",
    b"GET /large.rss HTTP/1.1\r\nHost: x\r\n\r\nno request\r\n\r\n",
    b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\nmore",
    b"GET /\xe0\xa6\x95 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%E0%A6 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    HALF + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    HALF + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\nmore",
    HALF + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n",
]


def test_no_request_ends_in_a_traceback(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is sent gets an answer or an end, and the next reader its feed."""

    def send(sent: bytes) -> None:
        with served.connect(sent) as client:
            client.settimeout(HUNG_SECONDS)
            read_to_end(client)

    halves = [request[: len(request) // 2] for request in INVALID]
    with ThreadPoolExecutor(len(INVALID)) as clients:
        list(clients.map(send, [*INVALID, *halves]))
    assert served.get("/bangla.rss").content == b"<rss/>"
    assert [record for record in caplog.records if record.exc_info] == []
    assert not any(record.levelno >= logging.ERROR for record in caplog.records)


def test_what_comes_behind_an_answer_ends_in_no_traceback(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """A body that turns out to be none, after its request was answered, ends the connection."""
    with served.connect(HALF + b"Transfer-Encoding: chunked\r\n\r\n") as client:
        client.settimeout(HUNG_SECONDS)
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
        client.sendall(b"no chunk\r\n")
        read_to_end(client)
    assert served.get("/bangla.rss").status_code == 200
    assert [record for record in caplog.records if record.exc_info] == []


def test_what_is_no_request_is_answered_with_400(served: Served) -> None:
    """A person who speaks TLS to the port learns that something answers which does not."""
    answer = served.send(INVALID[0])
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.endswith(b"\r\n\r\nThis is no HTTP request, or a longer one than is read here.\n")


def test_what_clients_repeat_is_logged_once_a_minute() -> None:
    """The next line says how many were left out; other messages and loggers are not held back."""
    now = 0.0
    repeats = Repeats(["uvicorn"], monotonic=lambda: now)

    def log(name: str, message: str, *arguments: object) -> str | None:
        record = logging.LogRecord(name, logging.WARNING, "", 0, message, arguments, None)
        return record.getMessage() if repeats.filter(record) else None

    assert log("uvicorn.error", "invalid %s", "a") == "invalid a"
    assert [log("uvicorn.error", "invalid %s", letter) for letter in "bcd"] == [None] * 3
    assert log("uvicorn.error", "other") == "other"
    assert [log("aggregator.service", "invalid") for _ in range(2)] == ["invalid"] * 2
    now = 59.9
    assert log("uvicorn.error", "invalid %s", "e") is None
    now = 60.0
    assert log("uvicorn.error", "invalid %s", "f") == (
        "invalid f (and 4 more since it was last logged)"
    )
    for number in range(5000):
        log("uvicorn.error", f"other {number}")
    now = 200.0
    assert log("uvicorn.error", "invalid %s", "g") == "invalid g"


@dataclass(eq=False)
class FakeClient:
    """A connection as the decision sees it."""

    network: str
    since: float
    stage: Stage
    is_ended: bool = False

    def abort(self) -> None:
        """Remember the end."""
        self.is_ended = True


clients = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(list(Stage)), st.booleans())
)


@given(st.integers(1, 8), clients)
def test_slots_hold_their_bounds(most: int, arrivals: list[tuple[str, Stage, bool]]) -> None:
    """Never more than the bounds; nobody ends who is being answered, or while there is room."""
    bounds = Bounds.of(most)
    slots: Slots[FakeClient] = Slots(bounds)
    kept: list[FakeClient] = []
    for moment, (network, stage, leaves) in enumerate(arrivals):
        of_network = [client for client in kept if client.network == network]
        is_full = len(of_network) >= bounds.most_of_address or len(kept) >= bounds.most
        client = FakeClient(network, moment, Stage.REQUEST)
        slots.admit(client)
        ended = [other for other in [*kept, client] if other.is_ended]
        assert len(ended) == is_full
        assert all(other.stage is not Stage.ANSWER for other in ended)
        client.stage = stage
        kept = [other for other in [*kept, client] if not other.is_ended]
        if leaves and kept:
            slots.release(kept.pop(0))
        assert len(slots) == len(kept) <= bounds.most
        assert sum(other.network == network for other in kept) <= bounds.most_of_address


def test_the_client_that_keeps_us_waiting_longest_gives_way() -> None:
    """Who has not asked before who has not read; of these the first to come; of its own address."""
    slots: Slots[FakeClient] = Slots(Bounds.of(4))
    reading = FakeClient("a", 0, Stage.READING)
    silent = [FakeClient("b", 2, Stage.REQUEST), FakeClient("c", 1, Stage.REQUEST)]
    asked = FakeClient("a", 3, Stage.REQUEST)
    for client in (reading, *silent, asked, FakeClient("d", 4, Stage.REQUEST)):
        slots.admit(client)
    assert [client.is_ended for client in (reading, *silent, asked)] == [False, False, True, False]
    slots.admit(FakeClient("a", 5, Stage.REQUEST))  # the third of its address
    assert [client.is_ended for client in (reading, silent[0], asked)] == [False, False, True]


def test_clients_that_read_nothing_drive_out_none_that_asks() -> None:
    """Though they hold every slot and come again, a request has eight turns to be read."""
    bounds = Bounds.of(512)
    slots: Slots[FakeClient] = Slots(bounds)
    for number in range(bounds.most):
        slots.admit(FakeClient(f"reads nothing {number % 4}", number, Stage.READING))
    reader = FakeClient("reader", 1000, Stage.REQUEST)
    slots.admit(reader)
    for turn in range(7):
        for _ in range(bounds.most_at_once):
            slots.admit(FakeClient("comes again", 1001 + turn, Stage.REQUEST))
    assert not reader.is_ended


def test_a_household_is_one_address() -> None:
    """Who has an IPv6 address has 2^64 of them; an IPv4 address may be written as IPv6."""
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:2")
    assert network_of("2001:db8::1") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1")
    assert network_of("fe80::1%eth0") == "fe80::"
