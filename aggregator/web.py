"""The ASGI app that serves the published folder.

Opens a file once and serves what that one descriptor holds: a server that looks and then opens
again cuts answers short while files are replaced (measured: half of them). Knows which suffixes
are published and as what; refuses to know how the files came to be, so any web server can serve
the same folder instead.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from aggregator.publish import folder as published
from aggregator.publish.formats import FORMATS

# Only names that the publisher makes; no dot at the start, so nothing half-written is seen.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*\.(?P<suffix>[a-z]+)")
_MAX_AGE_SECONDS = 60
# No file, or a link, a socket, a device, a folder in its place, or a name that no file can have.
_NOTHING_THERE = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ELOOP,
    errno.EISDIR,
    errno.ENXIO,
    errno.ENODEV,
    errno.ENAMETOOLONG,
}

_PIECE_BYTES = 65_536  # as much as uvicorn writes ahead of a client before it waits

# What differs once a file was replaced: device, number, size, and two times.
_Stamp = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class _File:
    """A file's bytes, one copy for all clients that they are being sent to, and its validators."""

    body: bytes
    etag: str
    modified_unix: int


class _BeingSent:
    """The files that are being sent; the lock keeps two threads from reading one at once.

    500 clients that do not read 16 MB cost 37 MB with it, and 227 MB without.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.files: WeakValueDictionary[_Stamp, _File] = WeakValueDictionary()


def app(
    folder: Path,
    *,
    more_routes: Sequence[Route] = (),
    links_of: Callable[[str], str] = lambda _name: "",
) -> Starlette:
    """Return the app that serves the published files in ``folder``, and its ``index.html`` at /.

    ``more_routes`` are served as well. ``links_of`` returns the ``Link`` header of the file of a
    name that readers subscribe to, empty where it has none.
    """
    media_type_of = published.media_types()
    subscribed = {output.suffix for output in FORMATS}

    being_sent = _BeingSent()

    async def serve(request: Request) -> Response:
        name = request.path_params.get("name") or "index.html"
        match = _NAME.fullmatch(name)
        if match is None or match["suffix"] not in media_type_of:
            return PlainTextResponse("There is nothing here.\n", status_code=404)
        try:
            file = await run_in_threadpool(_read, folder / name, being_sent)
        except OSError:
            # A reader that is told that a feed is gone may drop it; this is over soon.
            return PlainTextResponse("It cannot be read now.\n", status_code=503)
        if file is None:
            return PlainTextResponse("There is nothing here yet.\n", status_code=404)
        response = _response(request, file, f"{media_type_of[match['suffix']]}; charset=utf-8")
        if match["suffix"] in subscribed and (links := links_of(name)):
            response.headers["Link"] = links
        return response

    served = Starlette(routes=[Route("/", serve), Route("/{name}", serve), *more_routes])
    # The address that a redirect leads to would be made of the Host header, which is the client's.
    served.router.redirect_slashes = False
    return served


class _InPieces(Response):
    """An answer that is sent piece by piece, each when the client has read those before it."""

    file: _File

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer; all that is written ahead of the client is a copy of two pieces."""
        start = {"type": "http.response.start", "status": self.status_code}
        await send(start | {"headers": self.raw_headers})
        for offset in range(0, len(self.body), _PIECE_BYTES):
            piece = self.body[offset : offset + _PIECE_BYTES]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _read(path: Path, being_sent: _BeingSent) -> _File | None:
    """Read a regular file, or take it from ``being_sent``; ``None`` where there is none.

    OSError where it is there and cannot be read, as where descriptors or the disk fail.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in _NOTHING_THERE:
            return None
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return None
    stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    with os.fdopen(descriptor, "rb") as stream, being_sent.lock:
        file = being_sent.files.get(stamp)
        if file is None:
            body = stream.read()
            etag = f'"{sha256(body).hexdigest()[:32]}"'
            file = _File(body=body, etag=etag, modified_unix=int(status.st_mtime))
            being_sent.files[stamp] = file
    return file


def _response(request: Request, file: _File, content_type: str) -> Response:
    """Return the file with its validators, or 304 where the reader has it already."""
    headers = {
        "ETag": file.etag,
        "Last-Modified": formatdate(file.modified_unix, usegmt=True),
        "Cache-Control": f"public, max-age={_MAX_AGE_SECONDS}",
        "Access-Control-Allow-Origin": "*",
    }
    if _is_unchanged(request, file.etag, file.modified_unix):
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = content_type
    answer = _InPieces(file.body, headers=headers)
    answer.file = file  # so that others share its bytes for as long as they are sent
    return answer


def _is_unchanged(request: Request, etag: str, modified_unix: int) -> bool:
    """Decide as RFC 9110 §13.2.2: If-None-Match, if there, outweighs If-Modified-Since."""
    if_none_match = request.headers.get("If-None-Match")
    if if_none_match is not None:
        etags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
        return etag in etags or "*" in etags
    if_modified_since = request.headers.get("If-Modified-Since")
    if if_modified_since is None:
        return False
    try:
        asked = parsedate_to_datetime(if_modified_since)
        in_gmt = asked if asked.tzinfo else asked.replace(tzinfo=UTC)  # asctime's form has no zone
        return in_gmt.timestamp() >= modified_unix
    except (ValueError, OverflowError):
        return False
