"""The town's papers on loopback: each at an address and a port of its own.

Each paper has its own address (127.0.0.10 and so on), as who asks them goes by host: a paper that
asks to be left alone speaks for itself. Linux answers on all of 127.0.0.0/8.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from threading import Event, Thread
from urllib.parse import urlsplit

from town.answers import FEED_PATH, Answer, Pace, answer
from town.papers import Form, Paper
from town.town import Town

# Times of the town, in seconds since it was founded.
TownClock = Callable[[], float]

_FIRST_HOST = 10
_HOSTS = 240
_DRIP_SECONDS = 0.2
# The bytes sent at a time of a body without end: enough to reach any bound within a moment.
_ENDLESS_BYTES = 65_536
_CLOSING_SECONDS = 5.0


class TownServer:
    """Serves every paper of a town but its archive until it is closed; OSError where it cannot.

    ``base`` is where a paper says that its articles are: ``None`` for where it is served. With a
    base that knows no port, documents are the same in every run. ``on_feed`` is told, in the
    server's thread, before a paper's whole document of a moment is sent.
    """

    def __init__(
        self,
        town: Town,
        clock: TownClock,
        *,
        base: Callable[[Paper], str] | None = None,
        on_feed: Callable[[Paper, float], None] | None = None,
    ) -> None:
        self.town = town
        self._clock = clock
        self._base = base
        self._on_feed = on_feed
        self._addresses: dict[Paper, str] = {}
        self._listening = Event()
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._thread = Thread(target=self._run, name="town", daemon=True)
        self._fault: OSError | None = None
        self._thread.start()
        self._listening.wait()
        if self._fault is not None:
            raise self._fault

    def __enter__(self) -> TownServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def address(self, paper: Paper) -> str:
        """Return where a paper is served, without a slash at the end."""
        return self._addresses[paper]

    def feed(self, paper: Paper) -> str:
        """Return the address of a paper's feed."""
        return self.address(paper) + FEED_PATH

    def close(self) -> None:
        """Stop serving, whoever is still waiting for an answer."""
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(_CLOSING_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:  # an address cannot be had; who builds the town is told
            self._fault = error
        finally:
            self._listening.set()
            self._loop.close()

    async def _serve(self) -> None:
        servers = []
        for paper in self.town.papers:
            if paper.form is not Form.DUMP:
                server = await asyncio.start_server(
                    self._handler(paper), f"127.0.0.{_FIRST_HOST + paper.number % _HOSTS}", 0
                )
                host, port = server.sockets[0].getsockname()
                self._addresses[paper] = f"http://{host}:{port}"
                servers.append(server)
        self._listening.set()
        await self._closing.wait()
        for server in servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _handler(
        self, paper: Paper
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                await self._send(writer, self._answer(paper, head))
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass  # who asked has gone away, or the town closes
            finally:
                writer.close()

        return handle

    def _answer(self, paper: Paper, head: str) -> Answer:
        request, *lines = head.split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        path = urlsplit(request.split(" ")[1]).path
        base = self._base(paper) if self._base else self.address(paper)
        etag = headers.get("if-none-match", "")
        at_seconds = self._clock()
        sent = answer(self.town, paper, path, at_seconds, base, etag)
        if sent.is_feed and self._on_feed:
            self._on_feed(paper, at_seconds)
        return sent

    async def _send(self, writer: asyncio.StreamWriter, sent: Answer) -> None:
        if sent.pace is Pace.SILENT:
            await self._closing.wait()
            return
        has_length = sent.pace in (Pace.WHOLE, Pace.HALF)
        headers = [*sent.headers, ("Connection", "close")]
        if has_length and sent.status != HTTPStatus.NOT_MODIFIED:
            headers.append(("Content-Length", str(len(sent.body))))
        lines = [f"HTTP/1.1 {sent.status} {HTTPStatus(sent.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        half = len(sent.body) // 2
        writer.write(sent.body[:half] if sent.pace is Pace.HALF else sent.body)
        await writer.drain()
        while sent.pace is Pace.DRIP:
            await asyncio.sleep(_DRIP_SECONDS)
            writer.write(b" ")
            await writer.drain()
        while sent.pace is Pace.ENDLESS:
            writer.write(b" " * _ENDLESS_BYTES)
            await writer.drain()
