"""A server's answer → a document, nothing new, or a FetchError that says what the server answered.

Knows the status, the validators, the size cap, and when a body is whole: a body that was cut off is
a failed fetch, and the last good state stays. What a body is encoded as is told by ``encodings``.
Refuses to know what the bytes mean.

A server that asks to be left alone (429 or 503 with Retry-After) is a FetchError with
``retry_after_seconds``: ``politeness`` then lets its whole host rest, and ``polling.next_poll``
decides when the source is due again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from urllib.parse import urlsplit

import requests

from aggregator.errors import FetchError
from aggregator.fetch.connections import GuardedConnections
from aggregator.fetch.encodings import Read, decoded
from aggregator.fetch.freshness import fresh_seconds
from aggregator.fetch.header_dates import http_date
from aggregator.fetch.room import Place
from aggregator.models import Document, FetchState
from aggregator.models.faults import FaultKind, kind_of_status
from aggregator.urls import publishable

_CHUNK_BYTES = 65_536
# No server is believed that asks to be left alone for longer. ``polling`` has the same bound for
# any failure: who raises this one raises that one.
_MAX_RETRY_AFTER_SECONDS = 86_400.0
_MAX_DIGITS = 12
_MAX_VALIDATOR_CHARACTERS = 500
# WordPress sends three links of some hundred characters.
_MAX_LINKS_CHARACTERS = 8_000
_UNASKED = "the server answered 304 (not modified) though it was not asked whether that is so"
_ROOT = re.compile(rb"<((?:[A-Za-z]+:)?(?:rss|feed|RDF))[\s>]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A document, with the validators by which a server tells later whether it changed.

    ``moved_to`` is where the first address has moved for good; empty where it has not. ``links``
    are the answer's ``Link`` headers (RFC 8288), joined by commas. For ``fresh_seconds`` the server
    says that it is current. ``received_bytes`` came over the wire, as they were encoded.
    """

    document: Document
    etag: str | None
    last_modified: str | None
    body_sha256: str
    moved_to: str = ""
    links: str = ""
    fresh_seconds: int = 0
    status: int = 200
    received_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """Nothing changed since the last fetch, as the server said or the same bytes show.

    For ``fresh_seconds`` the server says that this stays so. ``received_bytes`` came all the same.
    """

    etag: str | None
    last_modified: str | None
    moved_to: str = ""
    fresh_seconds: int = 0
    status: int = 304
    received_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered after redirects: headers, and a body that is not read yet.

    ``url`` is where the answer came from, ``moved_to`` where the first address has moved for good.
    """

    response: requests.Response
    url: str
    moved_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of a body may be had, until when, and the place where it waits to be parsed."""

    max_bytes: int
    connections: GuardedConnections
    place: Place


def receive(
    answer: Answer,
    source: str,
    state: FetchState,
    *,
    bounds: Bounds,
    clock: Callable[[], datetime],
) -> Fetched | NotModified:
    """Read an answer to its end; FetchError where it is no document, too large, or cut off.

    ``state`` has the validators that the request had, and no others.
    """
    response, moved_to = answer.response, answer.moved_to
    if response.status_code == 304:
        return _not_modified(answer, state)
    if response.status_code != 200:
        raise refusal(answer, clock())
    etag, last_modified = (_validator(response, name) for name in ("ETag", "Last-Modified"))
    body = _body(response, bounds)
    digest = sha256(body).hexdigest()
    if digest == state.body_sha256:
        return NotModified(
            etag=etag,
            last_modified=last_modified,
            moved_to=moved_to,
            fresh_seconds=fresh_seconds(response.headers),
            status=200,
            received_bytes=response.raw.tell(),
        )
    if not _is_whole(body):
        etag = last_modified = None  # so that the rest is asked for next time
        digest = ""
    return Fetched(
        document=Document(
            source=source,
            url=publishable(answer.url),
            body=body,
            content_type=response.headers.get("Content-Type", ""),
            acquired=clock(),
        ),
        etag=etag,
        last_modified=last_modified,
        body_sha256=digest,
        moved_to=moved_to,
        links=response.headers.get("Link", "")[:_MAX_LINKS_CHARACTERS],
        fresh_seconds=fresh_seconds(response.headers),
        received_bytes=response.raw.tell(),
    )


def _not_modified(answer: Answer, state: FetchState) -> NotModified:
    """Return that nothing changed; FetchError where the request had no validator to tell by."""
    if not (state.etag or state.last_modified):
        raise FetchError(_UNASKED, kind=FaultKind.ANSWER, status=304)
    if not answer.response.raw.chunked:  # it has no body, which ends it: the connection is free
        answer.response.raw.drain_conn()
    return NotModified(
        etag=_validator(answer.response, "ETag") or state.etag,
        last_modified=_validator(answer.response, "Last-Modified") or state.last_modified,
        moved_to=answer.moved_to,
        fresh_seconds=fresh_seconds(answer.response.headers),
    )


def refusal(answer: Answer, now: datetime) -> FetchError:
    """Return the fault of a server that sends no document, with when it may be asked again."""
    response = answer.response
    return FetchError(
        f"the server answered {response.status_code} {response.reason or ''}".rstrip(),
        kind=kind_of_status(response.status_code),
        status=response.status_code,
        retry_after_seconds=_retry_after_seconds(response, now),
        host=(urlsplit(answer.url).hostname or "").lower(),
    )


def _retry_after_seconds(response: requests.Response, now: datetime) -> float | None:
    """Read Retry-After (RFC 9110 §10.2.3), which is seconds or a date; a day at most."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:_MAX_DIGITS]), _MAX_RETRY_AFTER_SECONDS))
    until = http_date(value)
    if until is None:
        return None
    return min(max((until - now).total_seconds(), 0.0), _MAX_RETRY_AFTER_SECONDS)


def _validator(response: requests.Response, name: str) -> str | None:
    """Return a validator that can be sent back as it is; others are not kept."""
    value = response.headers.get(name, "")
    is_short = 0 < len(value) < _MAX_VALIDATOR_CHARACTERS
    return value if is_short and value.isascii() and value.isprintable() else None


def _body(response: requests.Response, bounds: Bounds) -> bytes:
    """Read the decoded body under the cap, and where there is room for it.

    Each read returns what has arrived. Of what comes encoded, only what is decoded is kept.
    """

    def limited(read: Read) -> Read:
        size = 0

        def read_within(amount: int) -> bytes:
            nonlocal size
            chunk = read(amount)
            size += len(chunk)
            if bounds.connections.is_over:
                raise TimeoutError("the deadline is over")
            if size > bounds.max_bytes:
                message = f"the body is larger than {bounds.max_bytes:,} bytes"
                raise FetchError(message, kind=FaultKind.TOO_LARGE)
            return chunk

        return read_within

    raw = partial(response.raw.read1, decode_content=False)
    read = decoded(raw, response.headers.get("Content-Encoding", ""), limited)
    chunks = []
    for chunk in iter(partial(read, _CHUNK_BYTES), b""):
        if not bounds.place.try_to_take(len(chunk)):
            with bounds.connections.paused():
                bounds.place.take(len(chunk))
        chunks.append(chunk)
    length = response.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and response.raw.tell() < int(length):
        raise FetchError("the body was cut off", kind=FaultKind.BROKEN_OFF)
    return b"".join(chunks)


def _is_whole(body: bytes) -> bool:
    """Tell whether a feed's root element is closed; a connection that ends early says nothing."""
    root = _ROOT.search(body[:_CHUNK_BYTES])
    return root is None or b"</" + root.group(1) in body[-_CHUNK_BYTES:]
