"""The status over HTTP, on an address of its own: who may ask, and in which language.

What is answered, ``status_desk`` knows, which is loaded when it is first asked.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from aggregator import lazy_import
from aggregator.server.answer import Answer
from aggregator.web.sending import Receive, Scope, Send, asked_of, send_body

if TYPE_CHECKING:
    from aggregator.server.status_desk import StatusDesk

_PATHS = frozenset(
    ("/status", "/status.json", "/status.atom", "/status.css", "/metrics", "/healthz")
)
_LANGUAGES = ("bn", "en")
# A style sheet of its own address, and nothing else: no script, picture, frame or form.
_POLICY = (
    b"default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; "
    b"frame-ancestors 'none'"
)
_ASKED = frozenset({b"host", b"accept-language"})
# Two, so that what asks whether the service lives never waits for a page.
_THREADS = 2


class StatusPages:
    """Answers the operator; an ASGI app, for one event loop."""

    def __init__(self, config_path: Path, store_url: str, clock: Callable[[], datetime]) -> None:
        self._config_path, self._store_url, self._clock = config_path, store_url, clock
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="status")
        self._health = ThreadPoolExecutor(1, thread_name_prefix="health")
        self._opening = Lock()
        self._desk: StatusDesk | None = None

    def close(self) -> None:
        """End what is being made, and let go of the store."""
        self._threads.shutdown(cancel_futures=True)
        self._health.shutdown(cancel_futures=True)
        if self._desk is not None:
            self._desk.close()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer a request."""
        asked = asked_of(scope["headers"], _ASKED)
        if _is_loopback(scope) and not _is_address(asked.get("host", "")):
            text = b"Ask by this machine's address, or as localhost.\n"
            answer = Answer(status=HTTPStatus.MISDIRECTED_REQUEST, body=text)
        elif scope["method"] not in ("GET", "HEAD"):
            text = b"It is only read here.\n"
            answer = Answer(status=HTTPStatus.METHOD_NOT_ALLOWED, body=text)
        elif scope["path"] == "/":
            answer = Answer(status=HTTPStatus.TEMPORARY_REDIRECT, body=b"")
        elif scope["path"] not in _PATHS:
            answer = Answer(status=HTTPStatus.NOT_FOUND, body=b"There is nothing here.\n")
        else:
            language = _language(scope["query_string"], asked.get("accept-language", ""))
            answer = await self._made(scope["path"], language)
        await _send(scope, send, answer)

    async def _made(self, path: str, language: str) -> Answer:
        """Have a thread make an answer."""
        loop = asyncio.get_running_loop()
        if path == "/healthz":
            return await loop.run_in_executor(self._health, lambda: self._opened().health())
        return await loop.run_in_executor(
            self._threads, lambda: self._opened().answer(path, language)
        )

    def _opened(self) -> StatusDesk:
        with self._opening:
            if self._desk is None:
                module = lazy_import.load("aggregator.server.status_desk")
                self._desk = module.StatusDesk(self._config_path, self._store_url, self._clock)
            return self._desk


async def _send(scope: Scope, send: Send, answer: Answer) -> None:
    is_text = answer.media_type.startswith("text/")
    charset = "; charset=utf-8" if is_text and "charset" not in answer.media_type else ""
    described = [
        (b"Content-Type", f"{answer.media_type}{charset}".encode()),
        (b"Content-Length", b"%d" % len(answer.body)),
        (b"Content-Security-Policy", _POLICY),
        (b"Cache-Control", b"no-store"),
        (b"Vary", b"Accept-Language"),
        (b"X-Robots-Tag", b"noindex"),
    ]
    if answer.retry_seconds:
        described.append((b"Retry-After", b"%d" % answer.retry_seconds))
    if answer.status is HTTPStatus.METHOD_NOT_ALLOWED:
        described.append((b"Allow", b"GET, HEAD"))
    if answer.status is HTTPStatus.TEMPORARY_REDIRECT:
        described.append((b"Location", b"/status"))
    await send({"type": "http.response.start", "status": answer.status, "headers": described})
    await send_body(send, b"" if scope["method"] == "HEAD" else answer.body)


def _is_loopback(scope: Scope) -> bool:
    """Tell whether it was asked at an address that only this machine reaches."""
    server = scope.get("server")
    try:
        return server is not None and ipaddress.ip_address(server[0]).is_loopback
    except ValueError:
        return True


def _is_address(host: str) -> bool:
    """Tell whether a request names this server by an address, or as this machine.

    A page of somebody else's could have its own name lead to loopback (DNS rebinding), and read
    what is answered there; a browser says then by which name it asked.

    >>> [_is_address(host) for host in ("127.0.0.1:8001", "[::1]", "localhost:1", "evil.example")]
    [True, True, True, False]
    """
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return name.lower() in ("", "localhost")
    return True


def _language(query: bytes, accepted: str) -> str:
    """Return the language to answer in: as asked, or the first that is accepted, else Bengali.

    >>> _language(b"lang=en", "bn"), _language(b"", "en-GB,en;q=0.9,bn;q=0.8"), _language(b"", "")
    ('en', 'en', 'bn')
    """
    asked = parse_qs(query.decode("latin-1")).get("lang", [""])[0]
    if asked in _LANGUAGES:
        return asked
    ranked = sorted((_quality(part), part.strip()[:2].lower()) for part in accepted.split(","))
    known = [(quality, name) for quality, name in ranked if name in _LANGUAGES and quality]
    if not known:
        return _LANGUAGES[0]
    best = max(quality for quality, _ in known)
    return next(name for name in _LANGUAGES if (best, name) in known)


def _quality(part: str) -> float:
    """Return the weight of a language range (RFC 9110 §12.4.2), 0 where it is none."""
    _, _, weight = part.partition(";")
    _, _, value = weight.strip().partition("=")
    try:
        return float(value) if weight.strip() else 1.0
    except ValueError:
        return 0.0
