"""One polite, bounded HTTP GET of a feed.

Knows conditional requests, redirects, the deadline and the size cap. Refuses to know what the
bytes mean, and never takes credentials or proxies from the environment. A body that was cut off
is a failed fetch: the last good state stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from ssl import SSLContext, create_default_context
from threading import Lock
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from certifi import where
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from aggregator.errors import FetchError
from aggregator.fetch.connections import Guard, Watch
from aggregator.models import Access, Document, FetchState
from aggregator.urls import encode, publishable

# Ten seconds to connect and twenty without a byte leave room for slow hosts in Bangladesh and
# let a whole pass over unreachable sources end within a minute.
_CONNECT_TIMEOUT_SECONDS = 10.0
_READ_TIMEOUT_SECONDS = 20.0
_MAX_REDIRECTS = 5
_CHUNK_BYTES = 65_536
# No server is believed that asks to be left alone for longer.
_MAX_RETRY_AFTER_SECONDS = 86_400.0
_MAX_DIGITS = 12
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_ROOT = re.compile(rb"<((?:[A-Za-z]+:)?(?:rss|feed|RDF))[\s>]")
_SAID = (
    ("cannot resolve", "the host's name cannot be resolved"),
    ("Connection refused", "the host refused the connection"),
    ("unreachable", "the network is unreachable"),
    ("timed out", f"no connection within {_CONNECT_TIMEOUT_SECONDS:.0f} seconds"),
)
# gzip and deflate, and br and zstd where their libraries are installed.
_ACCEPT_ENCODING = urllib3.util.request.ACCEPT_ENCODING.replace(",", ", ")
_ENCODINGS = frozenset({"", "identity", "x-gzip", *_ACCEPT_ENCODING.split(", ")})
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A document that was had, with the validators that ask for it only if it changes."""

    document: Document
    etag: str | None
    last_modified: str | None
    body_sha256: str
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The server said, or the same bytes say, that nothing changed since the last fetch."""

    etag: str | None
    last_modified: str | None
    moved_to: str = ""


class _Adapter(HTTPAdapter):
    """Connects through a guard, and checks certificates by a context that was made before."""

    def __init__(self, guard: Guard, tls: SSLContext) -> None:
        self._guard, self._tls = guard, tls
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make requests' pools with the context."""
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Make requests' pools behind a proxy with the context."""
        return super().proxy_manager_for(
            *args, ssl_context=self._tls, proxy_ssl_context=self._tls, **kwargs
        )

    def cert_verify(self, *_args: object) -> None:
        """Leave the context as it is: requests reads the certificates for each pool (20 ms)."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Give requests' pool, whose connections are the guard's."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = self._guard.connections(tls=pool.scheme == "https")
        return pool


class Client:
    """Fetches by what all fetches share: a name, a clock, a watch and the trusted certificates."""

    def __init__(
        self, user_agent: str, clock: Callable[[], datetime], *, ca_file: str | None = None
    ) -> None:
        self.user_agent = user_agent
        self._clock = clock
        self._watch = Watch()
        self._ca_file = ca_file or where()
        self._lock = Lock()
        self._tls: SSLContext | None = None

    def fetch(
        self, source: str, url: str, state: FetchState, access: Access, own_url: str = ""
    ) -> Fetched | NotModified:
        """Fetch ``url`` unless it is unchanged since ``state``; FetchError where it cannot be had.

        ``own_url`` is the address that the source's credentials are for, where that is another.
        """
        headers = {
            "User-Agent": self.user_agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": _ACCEPT_ENCODING,
        }
        if state.etag:
            headers["If-None-Match"] = state.etag
        if state.last_modified:
            headers["If-Modified-Since"] = state.last_modified
        allow_private = access.allow_private or access.proxy is not None
        seconds = access.timeout_seconds
        guard = Guard(self._watch, allow_private=allow_private, deadline_seconds=seconds)
        try:
            with guard, closing(_Adapter(guard, self._context())) as adapter:
                response, final_url, moved_to = _follow(
                    adapter, url, headers, access, own_url or url
                )
                with response:
                    found = _receive(source, response, final_url, state, access, self._clock, guard)
                    if guard.is_over:
                        raise FetchError(_late(access))
                    return replace(found, moved_to=moved_to)
        except (RequestException, HTTPError, OSError, ValueError) as error:
            if guard.is_over:
                raise FetchError(_late(access)) from error
            raise FetchError(_explain(error)) from error

    def _context(self) -> SSLContext:
        """Give the one TLS context: making it takes 20 ms."""
        with self._lock:
            if self._tls is None:
                self._tls = create_default_context(cafile=self._ca_file)
            return self._tls


def _late(access: Access) -> str:
    return f"not finished after {access.timeout_seconds:.0f} seconds"


def _follow(
    adapter: HTTPAdapter, url: str, headers: dict[str, str], access: Access, own_url: str
) -> tuple[requests.Response, str, str]:
    """Ask for ``url``, following redirects ourselves: requests reads their bodies whole.

    Gives the answer, where it came from, and where the first address has moved to for good. On the
    way to another host no credential and no header of the source's own goes along.
    """
    origin, moved_to, is_permanent = _origin(own_url), "", True
    for _ in range(_MAX_REDIRECTS + 1):
        if urlsplit(url).scheme not in ("http", "https"):
            raise FetchError(f"redirected to what is not http or https: {publishable(url)[:200]}")
        is_own = _origin(url) == origin
        request = requests.Request(
            "GET",
            url,
            headers={**headers, **dict(access.headers if is_own else ())},
            auth=access.auth if is_own else None,
        )
        response = adapter.send(
            request.prepare(),
            timeout=(_CONNECT_TIMEOUT_SECONDS, _READ_TIMEOUT_SECONDS),
            proxies={"http": access.proxy, "https": access.proxy} if access.proxy else None,
            stream=True,
        )
        if response.status_code not in _REDIRECTS:
            return response, url, moved_to
        location = response.headers.get("Location", "")
        response.close()
        if not location:
            raise FetchError("redirected to nowhere", status=response.status_code)
        is_permanent = is_permanent and response.status_code in _PERMANENT
        url = urljoin(url, _from_header(location))
        moved_to = url if is_permanent else moved_to
    raise FetchError(f"redirected more than {_MAX_REDIRECTS} times")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _from_header(location: str) -> str:
    """Read an address from a header: http.client reads bytes as Latin-1, servers send UTF-8."""
    return encode(location.encode("latin-1", "replace").decode("utf-8", "replace"))


def _receive(
    source: str,
    response: requests.Response,
    url: str,
    state: FetchState,
    access: Access,
    clock: Callable[[], datetime],
    guard: Guard,
) -> Fetched | NotModified:
    status = response.status_code
    etag = _header(response, "ETag")
    last_modified = _header(response, "Last-Modified")
    if status == 304:
        return NotModified(
            etag=etag or state.etag, last_modified=last_modified or state.last_modified
        )
    if status != 200:
        raise FetchError(
            f"the server answered {status} {response.reason or ''}".rstrip(),
            status=status,
            retry_after_seconds=_retry_after(response, clock()),
        )
    body = _read(response, access.max_bytes, guard)
    digest = sha256(body).hexdigest()
    if digest == state.body_sha256:
        return NotModified(etag=etag, last_modified=last_modified)
    if not _is_whole(body):
        etag = last_modified = None  # so that the rest is asked for next time
        digest = ""
    document = Document(
        source=source,
        url=publishable(url),
        body=body,
        content_type=response.headers.get("Content-Type", ""),
        acquired=clock(),
    )
    return Fetched(document=document, etag=etag, last_modified=last_modified, body_sha256=digest)


def _read(response: requests.Response, max_bytes: int, guard: Guard) -> bytes:
    """Read the decoded body under the cap; each read returns what is there."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in _ENCODINGS:
        raise FetchError(f"the body is encoded as {encoding[:40]}, which was not asked for")
    parts: list[bytes] = []
    size = 0
    while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
        size += len(chunk)
        if guard.is_over:
            break
        if size > max_bytes:
            raise FetchError(f"the body is larger than {max_bytes:,} bytes")
        parts.append(chunk)
    length = response.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and response.raw.tell() < int(length):
        raise FetchError("the body was cut off")
    return b"".join(parts)


def _is_whole(body: bytes) -> bool:
    """Tell whether a feed's root element is closed; a connection that ends early says nothing."""
    start = body[:_CHUNK_BYTES]
    root = _ROOT.search(start)
    return root is None or b"</" + root.group(1) in body[-_CHUNK_BYTES:]


def _header(response: requests.Response, name: str) -> str | None:
    """Give a validator that can be sent back as it is; others are not kept."""
    value = response.headers.get(name, "")
    return value if value and value.isascii() and value.isprintable() and len(value) < 500 else None


def _retry_after(response: requests.Response, now: datetime) -> float | None:
    """Read Retry-After (RFC 9110 §10.2.3), which is seconds or a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:_MAX_DIGITS]), _MAX_RETRY_AFTER_SECONDS))
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max((when - now).total_seconds(), 0.0), _MAX_RETRY_AFTER_SECONDS)


def _explain(error: Exception) -> str:
    """Say what failed in a few words: urllib3's texts name objects in memory, and addresses."""
    if isinstance(error, requests.exceptions.SSLError):
        return "the certificate is not valid"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection within {_CONNECT_TIMEOUT_SECONDS:.0f} seconds"
    if isinstance(error, requests.exceptions.Timeout):
        return f"no answer within {_READ_TIMEOUT_SECONDS:.0f} seconds"
    text = str(error)
    for sign, said in _SAID:
        if sign in text:
            return said
    if isinstance(error, HTTPError):
        return f"the answer broke off ({type(error).__name__})"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "the connection failed or broke off"
    return f"cannot be fetched ({type(error).__name__})"
