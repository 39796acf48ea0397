"""The ASGI app that serves the published folder.

Knows which suffixes are published and as what; refuses to know how the files came to be, so any web
server can serve the same folder instead (``contrib/``).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from email.utils import formatdate
from functools import partial
from http import HTTPStatus
from pathlib import Path

from aggregator.publish import folder as published
from aggregator.publish import gone
from aggregator.publish.archive_names import file_of_feed
from aggregator.publish.compressed import ENCODINGS
from aggregator.publish.entry_names import is_page_name
from aggregator.web import faults, headers
from aggregator.web.conditions import Outcome, evaluate
from aggregator.web.negotiation import IDENTITY, accepted, is_feed, sent_as
from aggregator.web.sending import App, Receive, Scope, Send, asked_of, send_body
from aggregator.web.stored import StoredFile, StoredFiles

_Headers = list[tuple[bytes, bytes]]

# Only names that the publisher makes, beside those of entries' pages; no dot at the start, so
# nothing half-written is seen, and none behind the suffix, so that no neighbour has an address of
# its own.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*\.(?P<suffix>[a-z]+)")
_PAGE = "text/html"
_OF_PAGES = ("text/css", "image/svg+xml")
_OFFERED = tuple(encoding.name for encoding in ENCODINGS)
_SUFFIX_OF = {IDENTITY: ""} | {encoding.name: encoding.suffix for encoding in ENCODINGS}
_CODING_OF = {suffix: coding for coding, suffix in _SUFFIX_OF.items()}
_VARY = (b"Vary", b"Accept-Encoding")
_ALSO_BY_ACCEPT = (b"Vary", b"Accept, Accept-Encoding")
_FOR_EVERY_ORIGIN = (b"Access-Control-Allow-Origin", b"*")  # for readers that are web pages
_OF_A_BODY = (b"Content-Type", b"Content-Encoding")
# What decides what is answered; several lines of one name are one list (RFC 9110 §5.3).
_ASKED = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"if-match",
        b"if-none-match",
        b"if-modified-since",
        b"if-unmodified-since",
    }
)


def app(folder: Path, *, links_of: Callable[[str], str] = lambda _name: "") -> App:
    """Return the app that serves the published files in ``folder``, and its ``index.html`` at /.

    ``links_of`` returns the ``Link`` header of a file by its name, empty where it has none.
    """
    media_type_of = published.media_types()
    stored = StoredFiles(folder)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            await _send_fault(send, HTTPStatus.METHOD_NOT_ALLOWED, (b"Allow", b"GET, HEAD"))
            return
        path, asked = scope["path"], asked_of(scope["headers"], _ASKED)
        send_fault = partial(_send_fault, send, path=path, accept=asked.get("accept"))
        name = path.removeprefix("/") or "index.html"
        media_type = media_type_of.get(_suffix_of(name))
        if media_type is None:
            await send_fault(HTTPStatus.NOT_FOUND)
            return
        suffixes = _suffixes(asked.get("accept-encoding"))
        try:
            kept = stored.kept(name, suffixes)
            found = kept or await asyncio.to_thread(stored.read, name, suffixes)
            body = gone.body_of(folder, name) if found is None else None
        except OSError:
            await send_fault(HTTPStatus.SERVICE_UNAVAILABLE, (b"Retry-After", b"5"))
            return
        coding_suffix, file = found or ("", None)
        if found is None:
            await send_fault(HTTPStatus.GONE if body else HTTPStatus.NOT_FOUND, body=body)
        elif file is None:
            await send_fault(HTTPStatus.NOT_ACCEPTABLE)
        else:
            coding, accept = _CODING_OF[coding_suffix], asked.get("accept")
            described = _described(file, name, media_type, coding, accept)
            described += _link(links_of(name))
            outcome = evaluate(asked, file.etag, file.modified_unix)
            await _send(send, outcome, described, file, is_head=scope["method"] == "HEAD")

    return serve


def _link(links: str) -> _Headers:
    return [(b"Link", links.encode("ascii"))] if links else []


def _suffixes(accept_encoding: str | None) -> list[str]:
    """Return what the names of the files end in that a client takes, the preferred one first."""
    return [_SUFFIX_OF[coding] for coding in accepted(accept_encoding, _OFFERED)]


def _suffix_of(name: str) -> str:
    """Return the suffix of a name that a published file can have; empty for any other."""
    if is_page_name(name):
        return "html"
    match = _NAME.fullmatch(name)
    return match["suffix"] if match else ""


def _described(
    file: StoredFile, name: str, media_type: str, coding: str, accept: str | None
) -> _Headers:
    """Return the headers of a file's answer: what a reader keeps of it, and what may be done."""
    is_page = media_type == _PAGE
    fresh_seconds = None
    if media_type in _OF_PAGES:
        fresh_seconds = headers.STYLE_SECONDS
    elif not is_page and file_of_feed(name) is not None:
        fresh_seconds = headers.ARCHIVE_SECONDS
    fresh = headers.cache_control(file.modified_unix, time.time(), fresh_seconds=fresh_seconds)
    content_type = f"{sent_as(media_type, accept)}; charset=utf-8"
    described = [
        (b"ETag", file.etag.encode()),
        (b"Last-Modified", formatdate(file.modified_unix, usegmt=True).encode()),
        (b"Cache-Control", fresh.encode()),
        (b"Content-Type", content_type.encode()),
        (b"Content-Security-Policy", headers.PAGE_POLICY if is_page else headers.TEXT_POLICY),
        _ALSO_BY_ACCEPT if is_feed(media_type) else _VARY,
    ]
    if coding != IDENTITY:
        described.append((b"Content-Encoding", coding.encode()))
    if not is_page:
        described.append(_FOR_EVERY_ORIGIN)
    return described


async def _send(
    send: Send, outcome: Outcome, described: _Headers, file: StoredFile, *, is_head: bool
) -> None:
    """Send a file, or that it is known, or that it is another; what it is kept as says so, too."""
    if outcome is Outcome.FAILED:
        await _send_fault(send, HTTPStatus.PRECONDITION_FAILED)
    elif outcome is Outcome.NOT_MODIFIED:
        kept = [header for header in described if header[0] not in _OF_A_BODY]  # RFC 9110 §15.4.5
        await send({"type": "http.response.start", "status": 304, "headers": kept})
        await send({"type": "http.response.body"})
    else:
        length = (b"Content-Length", str(len(file.body)).encode())
        start = {"type": "http.response.start", "status": 200, "headers": [*described, length]}
        await send(start)
        await send_body(send, b"" if is_head else file.body)


async def _send_fault(
    send: Send,
    status: HTTPStatus,
    *more: tuple[bytes, bytes],
    path: str = "",
    accept: str | None = None,
    body: bytes | None = None,
) -> None:
    """Send an answer that is no file: ``body``, or the text of its status.

    It is a plain text, or a page to who asked for a page.
    """
    body, media_type = body or faults.TEXTS[status], "text/plain"
    described = [(b"Content-Security-Policy", headers.TEXT_POLICY), _FOR_EVERY_ORIGIN]
    if faults.is_for_a_person(status, path, accept):
        body, media_type = faults.page(body, path), _PAGE
        described = [(b"Content-Security-Policy", headers.PAGE_POLICY)]
    answer_headers = [
        (b"Content-Type", f"{media_type}; charset=utf-8".encode()),
        (b"Content-Length", str(len(body)).encode()),
        _ALSO_BY_ACCEPT if faults.is_by_accept(status, path) else _VARY,
        *described,
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": answer_headers})
    await send({"type": "http.response.body", "body": body})
