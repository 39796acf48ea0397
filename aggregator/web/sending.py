"""What every app of the web server shares: the shape of ASGI, headers as asked, and bodies sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Set
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_PIECE_BYTES = 65_536  # as much as uvicorn writes ahead of a client before it waits


def asked_of(lines: Iterable[tuple[bytes, bytes]], wanted: Set[bytes]) -> dict[str, str]:
    """Return the wanted headers of a request by their lower-case names.

    Several lines of one name are one list (RFC 9110 §5.3).
    """
    asked: dict[str, str] = {}
    for raw_name, raw_value in lines:
        if raw_name in wanted:
            name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
            asked[name] = f"{asked[name]}, {value}" if name in asked else value
    return asked


async def send_body(send: Send, body: bytes) -> None:
    """Send a body piece by piece, each when the client has read those before it.

    All that is written ahead of the client is a copy of two pieces.
    """
    for offset in range(0, len(body), _PIECE_BYTES):
        piece = body[offset : offset + _PIECE_BYTES]
        is_last = offset + _PIECE_BYTES >= len(body)
        await send({"type": "http.response.body", "body": piece, "more_body": not is_last})
    if not body:
        await send({"type": "http.response.body"})
