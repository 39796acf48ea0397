"""Our side of WebSub that hubs call: they verify what we asked for (§5.3), and deliver (§7).

Has no store: what happened goes into the spool, from which the service takes it. Refuses whatever
was not asked for, before its body is read. A delivery that its hub did not sign is answered like
any other, so that nobody can try secrets, and dropped (§7.1).
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from aggregator.models import SubscriptionMode
from aggregator.push.signature import is_signed
from aggregator.push.spool import Arrival, ArrivalKind, Spool
from aggregator.push.told import CALLBACK_PATH, Callback, Listener

log = logging.getLogger(__name__)

# As long as a client may take for its request (``slots``), which ends with its headers there.
_BODY_SECONDS = 10.0
# Bodies that are being read, of 4 MB each: 64 MB with the copies of them that are joined. A hub
# that sends more feeds at once is told to come again, as hubs do.
_MOST_BODIES = 8
# All that a challenge may be made of (§5.3): nothing that any browser would run.
_CHALLENGE = re.compile(r"[-+./0-9=A-Z_a-z]{1,2000}")
_MOST_REASON_CHARACTERS = 200
_MOST_LEASE_DIGITS = 9
_RETRY_SECONDS = 60


def routes(listener: Listener, folder: Path, clock: Callable[[], datetime]) -> list[Route]:
    """Return the route of all callbacks; what arrives there is spooled in ``folder``."""
    spool = Spool(folder)
    spool.remove_unfinished()
    callbacks = _Callbacks(listener, spool, clock)
    path = f"/{CALLBACK_PATH}{{token}}"
    return [Route(path, callbacks.answer, methods=["GET", "POST"])]


class _Callbacks:
    """Answers hubs; for one thread, the event loop's."""

    def __init__(self, listener: Listener, spool: Spool, clock: Callable[[], datetime]) -> None:
        self._listener = listener
        self._spool = spool
        self._clock = clock
        self._bodies = 0  # that are being read

    async def answer(self, request: Request) -> Response:
        """Answer a hub."""
        token = request.path_params["token"]
        callback = self._listener.now().callbacks.get(token)
        if callback is None:
            return _text(404, "There is nothing here.")
        try:
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
        except OSError as error:
            log.warning("what a hub sent cannot be stored: %s", error.strerror)
            return _come_again()

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
        await run_in_threadpool(self._spool.put, arrival)

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
        if not await run_in_threadpool(is_signed, signature, callback.secret, body):
            log.warning("a delivery for %s is not signed by its hub, dropped", callback.source)
            return accepted
        arrival = Arrival(
            token=token,
            kind=ArrivalKind.DELIVERY,
            arrived=self._clock(),
            content_type=request.headers.get("Content-Type", ""),
            body=body,
        )
        return accepted if await run_in_threadpool(self._spool.put, arrival) else _come_again()


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
