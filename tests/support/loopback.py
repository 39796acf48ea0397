"""A real web server on loopback that serves what a test puts there and records every request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Page:
    """One answer: a body with an ETag, unless ``handle`` writes the whole answer itself."""

    body: bytes = b""
    content_type: str = "application/rss+xml; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    handle: Callable[[BaseHTTPRequestHandler], None] | None = None


class Loopback:
    """The server: ``pages`` maps paths to answers.

    ``asked`` lists the path and status of each request in order, ``headers`` its headers with
    their names in lower case, ``connections`` the client's port of the connection it came by.
    Servers at different addresses (127.0.0.2, …) are different hosts. One that ``keeps_open``
    leaves a connection open for further requests.
    """

    def __init__(self, address: str = "127.0.0.1", *, keeps_open: bool = False) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, int]] = []
        self.headers: list[dict[str, str]] = []
        self.connections: list[int] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1" if keeps_open else "HTTP/1.0"

            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *args: object) -> None:
                """Log nothing: a test reads ``asked``."""

        self._http = ThreadingHTTPServer((address, 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://{address}:{self._http.server_port}"
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request, with 304 where its ``If-None-Match`` names the page's ETag."""
        page = self.pages.get(request.path, Page(status=404))
        self.connections.append(request.client_address[1])
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        if page.handle is not None:
            self.asked.append((request.path, page.status))
            page.handle(request)
            return
        etag = f'"{sha256(page.body).hexdigest()[:16]}"'
        unchanged = page.status == 200 and request.headers.get("If-None-Match") == etag
        status = 304 if unchanged else page.status
        self.asked.append((request.path, status))
        request.send_response(status)
        request.send_header("ETag", etag)
        for name, value in page.headers.items():
            request.send_header(name, value)
        if not unchanged:
            request.send_header("Content-Type", page.content_type)
            request.send_header("Content-Length", str(len(page.body)))
        request.end_headers()
        if not unchanged:
            request.wfile.write(page.body)

    def close(self) -> None:
        """Stop serving, and wait until that is done."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
