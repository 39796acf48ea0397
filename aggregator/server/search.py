"""Searches over HTTP: how many are made at once, how often one client may ask, how one is answered.

Searches are made by threads, so that who asks for a file waits for none. Knows HTTP and bounds;
what is found, and how it is shown, ``search_desk`` knows, which is loaded when it is first asked.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from aggregator import lazy_import
from aggregator.publish.compressed import ENCODINGS
from aggregator.publish.formats import FORMATS
from aggregator.server.allowance import Allowance
from aggregator.server.answer import Answer
from aggregator.server.slots import network_of
from aggregator.web import faults, headers
from aggregator.web.conditions import evaluate
from aggregator.web.negotiation import IDENTITY, accepted, is_feed, sent_as
from aggregator.web.sending import Receive, Scope, Send, asked_of, send_body

if TYPE_CHECKING:
    from aggregator.server.search_desk import SearchDesk

# The addresses that are searches, ``/search`` itself being that of the page.
PATH = re.compile(f"/search(?:\\.(?P<suffix>html|{'|'.join(each.suffix for each in FORMATS)}))?")
_PAGE = "html"
_FULL_SECONDS = 2  # by then all that wait now are answered
# As long as a published file that has just changed is fresh.
_CACHE_CONTROL = b"public, max-age=60"
_ENCODED = {encoding.name: encoding.encode for encoding in ENCODINGS}
_ASKED = frozenset({b"accept", b"accept-encoding", b"if-match", b"if-none-match"})
_OF_A_BODY = (b"Content-Type", b"Content-Encoding")
_TOO_OFTEN = "অল্প সময়ে অনেকবার খোঁজা হয়েছে। একটু পরে আবার চেষ্টা করুন।\n"
_FULL = "এই মুহূর্তে অনেকে খুঁজছেন। একটু পরে আবার চেষ্টা করুন।\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchBounds:
    """What searches may take: threads, searches that wait for one, bytes that clients still read.

    A client has ``at_once`` searches, of which one comes back every ``every_seconds``.
    """

    # Two, so that a long search does not keep a short one waiting. More would only take turns at
    # the interpreter, with whoever asks for a file.
    threads: int = 2
    # A page takes 20 ms of processor time, so that the last of these waits half a second.
    most_waiting: int = 24
    # As many as files take that are kept (``web.stored``).
    most_held_bytes: int = 8_000_000
    # A person who looks for better words asks a few times at once, and reads meanwhile. Behind one
    # address many may be, as in a school.
    at_once: int = 20
    every_seconds: float = 1.0


BOUNDS = SearchBounds()


class Search:
    """Answers searches; an ASGI app, for one event loop."""

    def __init__(
        self,
        config_path: Path,
        store_url: str,
        clock: Callable[[], datetime],
        bounds: SearchBounds = BOUNDS,
    ) -> None:
        self._config_path, self._store_url, self._clock = config_path, store_url, clock
        self._bounds = bounds
        self._allowance = Allowance(bounds.at_once, bounds.every_seconds)
        self._threads = ThreadPoolExecutor(bounds.threads, thread_name_prefix="search")
        self._opening = Lock()
        self._desk: SearchDesk | None = None
        self._waiting = 0  # that are being made, or wait for it
        self._held_bytes = 0

    def close(self) -> None:
        """End the searches that are being made, and let go of the store."""
        self._threads.shutdown(cancel_futures=True)
        if self._desk is not None:
            self._desk.close()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer a request for an address of ``PATH``."""
        found = PATH.fullmatch(scope["path"])
        suffix = (found and found["suffix"]) or _PAGE
        asked = asked_of(scope["headers"], _ASKED)
        codings = accepted(asked.get("accept-encoding"), list(_ENCODED))
        if scope["method"] not in ("GET", "HEAD"):
            answer = _fault(HTTPStatus.METHOD_NOT_ALLOWED)
        elif not codings:
            answer = _fault(HTTPStatus.NOT_ACCEPTABLE)
        else:
            answer = self._refusal(scope) or await self._made(
                suffix, scope["query_string"], codings[0]
            )
        if faults.is_for_a_person(answer.status, scope["path"], asked.get("accept")):
            body = faults.page(answer.body, scope["path"])
            answer = replace(answer, body=body, media_type=faults.MEDIA_TYPE)
        await self._send(scope, send, answer, asked)

    def _refusal(self, scope: Scope) -> Answer | None:
        """Return why a search is not made, where one of the bounds is reached."""
        bounds = self._bounds
        is_full = self._waiting >= bounds.threads + bounds.most_waiting
        if is_full or self._held_bytes > bounds.most_held_bytes:
            return Answer(
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                body=_FULL.encode(),
                retry_seconds=_FULL_SECONDS,
            )
        # Behind a proxy on this machine, the address that it names (``web_server``).
        address = scope["client"][0] if scope.get("client") else ""
        wait = self._allowance.seconds_to_wait(network_of(address), time.monotonic())
        if not wait:
            return None
        return Answer(
            status=HTTPStatus.TOO_MANY_REQUESTS,
            body=_TOO_OFTEN.encode(),
            retry_seconds=math.ceil(wait),
        )

    async def _made(self, suffix: str, query: bytes, coding: str) -> Answer:
        """Have a thread make an answer."""
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._make, suffix, query, coding)
        finally:
            self._waiting -= 1

    def _make(self, suffix: str, query: bytes, coding: str) -> Answer:
        with self._opening:
            if self._desk is None:
                module = lazy_import.load("aggregator.server.search_desk")
                self._desk = module.SearchDesk(self._config_path, self._store_url, self._clock)
        answer = self._desk.answer(suffix, query)
        if answer.status is not HTTPStatus.OK or coding == IDENTITY:
            return answer
        return replace(answer, body=_ENCODED[coding](answer.body), coding=coding)

    async def _send(self, scope: Scope, send: Send, answer: Answer, asked: dict[str, str]) -> None:
        """Send an answer, or that the client has it."""
        body, status = answer.body, answer.status
        described = _described(answer, scope["path"], asked.get("accept"))
        if status is HTTPStatus.OK:
            etag = f'"{sha256(body).hexdigest()[:32]}"'
            described.append((b"ETag", etag.encode()))
            status = HTTPStatus(evaluate(asked, etag, 0))
        if status is HTTPStatus.NOT_MODIFIED:  # RFC 9110 §15.4.5
            described = [header for header in described if header[0] not in _OF_A_BODY]
        elif status is HTTPStatus.PRECONDITION_FAILED:
            described, body = _described(Answer(status=status, body=b""), "", None), b""
        if status is not HTTPStatus.NOT_MODIFIED:
            described.append((b"Content-Length", b"%d" % len(body)))
        is_without_body = scope["method"] == "HEAD" or status is HTTPStatus.NOT_MODIFIED
        self._held_bytes += len(body)
        try:
            await send({"type": "http.response.start", "status": status, "headers": described})
            await send_body(send, b"" if is_without_body else body)
        finally:
            self._held_bytes -= len(body)


def _fault(status: HTTPStatus) -> Answer:
    return Answer(status=status, body=faults.TEXTS[status])


def _described(answer: Answer, path: str, accept: str | None) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer: no search engine is to list what others look for."""
    is_page = answer.media_type == faults.MEDIA_TYPE
    is_by_accept = is_feed(answer.media_type) or faults.is_by_accept(answer.status, path)
    varies = b"Accept, Accept-Encoding" if is_by_accept else b"Accept-Encoding"
    described = [
        (b"Content-Type", f"{sent_as(answer.media_type, accept)}; charset=utf-8".encode()),
        (b"Content-Security-Policy", headers.PAGE_POLICY if is_page else headers.TEXT_POLICY),
        (b"Vary", varies),
        (b"X-Robots-Tag", b"noindex"),
    ]
    if answer.status is HTTPStatus.OK:
        described.append((b"Cache-Control", _CACHE_CONTROL))
    if answer.status is HTTPStatus.METHOD_NOT_ALLOWED:
        described.append((b"Allow", b"GET, HEAD"))
    if answer.coding != IDENTITY:
        described.append((b"Content-Encoding", answer.coding.encode()))
    if answer.retry_seconds:
        described.append((b"Retry-After", b"%d" % answer.retry_seconds))
    if not is_page:
        described.append((b"Access-Control-Allow-Origin", b"*"))
    return described
