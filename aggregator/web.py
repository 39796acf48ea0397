"""The ASGI app that serves the published folder.

Opens a file once and serves what that one descriptor holds: a server that looks and then opens
again cuts answers short while files are replaced (measured: half of them). Knows which suffixes
are published and as what; refuses to know how the files came to be, so any web server can serve
the same folder instead.
"""

from __future__ import annotations

import os
import re
import stat
from email.utils import formatdate, parsedate_to_datetime
from hashlib import sha256
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from aggregator.publish import folder as published

# Only names that the publisher makes; no dot at the start, so nothing half-written is seen.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*\.(?P<suffix>[a-z]+)")
_MAX_AGE_SECONDS = 60


def app(folder: Path) -> Starlette:
    """Return the app that serves the published files in ``folder``, and its ``index.html`` at /."""
    media_type_of = published.media_types()

    async def serve(request: Request) -> Response:
        name = request.path_params.get("name") or "index.html"
        match = _NAME.fullmatch(name)
        if match is None or match["suffix"] not in media_type_of:
            return PlainTextResponse("There is nothing here.\n", status_code=404)
        file = await run_in_threadpool(_read, folder / name)
        if file is None:
            return PlainTextResponse("There is nothing here yet.\n", status_code=404)
        body, modified_unix = file
        content_type = f"{media_type_of[match['suffix']]}; charset=utf-8"
        return _response(request, body, modified_unix, content_type)

    return Starlette(routes=[Route("/", serve), Route("/{name}", serve)])


def _read(path: Path) -> tuple[bytes, int] | None:
    """Read a regular file and its time in whole seconds; ``None`` where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(), int(status.st_mtime)


def _response(request: Request, body: bytes, modified_unix: int, content_type: str) -> Response:
    """Return the file with its validators, or 304 where the reader has it already."""
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Last-Modified": formatdate(modified_unix, usegmt=True),
        "Cache-Control": f"public, max-age={_MAX_AGE_SECONDS}",
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Allow-Origin": "*",
    }
    if _is_unchanged(request, etag, modified_unix):
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = content_type
    return Response(body, headers=headers)


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
        return parsedate_to_datetime(if_modified_since).timestamp() >= modified_unix
    except (ValueError, OverflowError):
        return False
