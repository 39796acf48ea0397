"""Our side of WebSub that hubs call: they verify what we asked for (§5.3), and deliver (§7).

What happened goes to where it waits until it is taken (``inbox``). Refuses whatever was not asked
for, before its body is read. A delivery that its hub did not sign is answered like
any other, so that nobody can try secrets, and dropped (§7.1).
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from aggregator.errors import StoreError
from aggregator.models import Arrival, ArrivalKind, SubscriptionMode
from aggregator.push.signature import is_signed
from aggregator.push.told import CALLBACK_PATH, Callback
from aggregator.server.inbox import Desk

log = logging.getLogger(__name__)

# As long as a client may take for its request (``slots``), which ends with its headers there.
_BODY_SECONDS = 10.0
# Bodies that are being read, of 4 MB each: 64 MB with the copies of them that are joined. A hub
# that sends more feeds at once is told to come again, as hubs do.
_MOST_BODIES = 8
# Requests that are worked on or wait: where a database is asked that does not answer, no more wait.
_MOST_AT_ONCE = 32
# As many ask the store at once as it has connections for (``store.inbox``). They are threads of
# their own, so that who asks for a file waits for none.
_THREADS = 4
# All that a challenge may be made of (§5.3): nothing that any browser would run.
_CHALLENGE = re.compile(r"[-+./0-9=A-Z_a-z]{1,2000}")
_MOST_REASON_CHARACTERS = 200
_MOST_LEASE_DIGITS = 9
_RETRY_SECONDS = 60

T = TypeVar("T")


def routes(desk: Desk, clock: Callable[[], datetime]) -> list[Route]:
    """Return the route of all callbacks; ``desk`` knows them, and takes what arrives there."""
    callbacks = _Callbacks(desk, clock)
    path = f"/{CALLBACK_PATH}{{token}}"
    return [Route(path, callbacks.answer, methods=["GET", "POST"])]


class _Callbacks:
    """Answers hubs; for one thread, the event loop's."""

    def __init__(self, desk: Desk, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._clock = clock
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="callback")
        self._requests = 0  # that are being answered
        self._bodies = 0  # that are being read

    async def answer(self, request: Request) -> Response:
        """Answer a hub; where what it says cannot be kept for now, it is told to come again."""
        if self._requests >= _MOST_AT_ONCE:
            return _come_again()
        self._requests += 1
        try:
            return await self._answer(request)
        except (OSError, StoreError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or error
            log.warning("what a hub sent cannot be stored: %s", reason)
            return _come_again()
        finally:
            self._requests -= 1

    async def _answer(self, request: Request) -> Response:
        token = request.path_params["token"]
        callback = await self._in_thread(self._desk.callback, token)
        if callback is None:
            return _text(404, "There is nothing here.")
        if request.method != "POST":
            return await self._verify(token, callback, request.query_params)
        if callback.mode is not SubscriptionMode.SUBSCRIBE:
            return _text(410, "Nothing is wanted here any more.")
        if self._bodies >= _MOST_BODIES:
            return _come_again()
        self._bodies += 1
        try:
            return await self._take(token, callback, request)
        finally:
            self._bodies -= 1

    async def _in_thread(self, call: Callable[..., T], *arguments: object) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, call, *arguments)

    async def _verify(self, token: str, callback: Callback, asked: Mapping[str, str]) -> Response:
        """Confirm what we asked for, and nothing else (§5.3); note what a hub denies (§5.2)."""
        mode, challenge = asked.get("hub.mode", ""), asked.get("hub.challenge", "")
        # A hub decodes what needs no encoding (§5.1.1).
        if unquote(asked.get("hub.topic", "")) != unquote(callback.topic):
            return _text(404, "That was not asked for.")
        if mode == ArrivalKind.DENIED:
            reason = _in_a_line(asked.get("hub.reason", "")[:_MOST_REASON_CHARACTERS])
            await self._note(
                Arrival(token=token, kind=ArrivalKind.DENIED, arrived=self._clock(), reason=reason)
            )
            return _text(200, "It is noted.")
        if mode != callback.mode or not _CHALLENGE.fullmatch(challenge):
            return _text(404, "That was not asked for.")
        lease = asked.get("hub.lease_seconds", "")[:_MOST_LEASE_DIGITS]
        lease_seconds = int(lease) if lease.isascii() and lease.isdigit() else 0
        await self._note(
            Arrival(
                token=token,
                kind=ArrivalKind(mode),
                arrived=self._clock(),
                lease_seconds=lease_seconds,
            )
        )
        return PlainTextResponse(challenge)

    async def _note(self, arrival: Arrival) -> None:
        await self._in_thread(self._desk.put, arrival)

    async def _take(self, token: str, callback: Callback, request: Request) -> Response:
        """Take a delivery, if its hub signed it.

        Of which topic it is, the callback says and never its ``Link`` (§7): what is signed is the
        body, and anybody on the way can change a header.
        """
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _body(request, callback.max_bytes)
        except (TimeoutError, ClientDisconnect):
            return _text(408, "The body did not come in time.")
        if body is None:
            log.warning("a delivery for %s is too large and was refused", callback.source)
            return _text(413, "The body is too large.")
        accepted = _text(202, "It is taken.")
        signature = request.headers.get("X-Hub-Signature", "")
        if not await self._in_thread(is_signed, signature, callback.secret, body):
            log.warning("a delivery for %s is not signed by its hub, dropped", callback.source)
            return accepted
        arrival = Arrival(
            token=token,
            kind=ArrivalKind.DELIVERY,
            arrived=self._clock(),
            content_type=request.headers.get("Content-Type", ""),
            body=body,
        )
        return accepted if await self._in_thread(self._desk.put, arrival) else _come_again()


async def _body(request: Request, max_bytes: int) -> bytes | None:
    """Return the body of a request, ``None`` where it is larger than it may be."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > max_bytes:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def _in_a_line(text: str) -> str:
    """Return a text that cannot look like another line of the log."""
    return "".join(character if character.isprintable() else " " for character in text)


def _text(status: int, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status_code=status)


def _come_again() -> Response:
    answer = _text(503, "There is no room now.")
    answer.headers["Retry-After"] = str(_RETRY_SECONDS)
    return answer
