"""One polite HTTP request: its headers, the redirects it follows, and the reasons it fails.

Knows conditional requests, redirects and the deadline; ``response`` knows what an answer means, and
``connections`` which addresses may be asked. Refuses to take credentials or proxies from the
environment, or to try again: a failed fetch is a FetchError, and ``polling.next_poll`` decides when
the source is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from ssl import SSLContext, create_default_context
from threading import Event, Lock
from urllib.parse import urljoin, urlsplit

import requests
from certifi import where
from requests.cookies import RequestsCookieJar
from requests.exceptions import RequestException
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from aggregator.errors import FetchError
from aggregator.fetch.adapter import GuardedAdapter
from aggregator.fetch.connections import DeadlineWatch, GuardedConnections
from aggregator.fetch.encodings import ACCEPT_ENCODING
from aggregator.fetch.forms import posted
from aggregator.fetch.header_dates import http_date
from aggregator.fetch.kept import KeptAdapters
from aggregator.fetch.response import (
    Answer,
    Bounds,
    Fetched,
    NotModified,
    receive,
    refusal,
)
from aggregator.fetch.room import Place, Room
from aggregator.models import Access, FetchState
from aggregator.models.faults import FaultKind
from aggregator.models.fetched import EXCERPT_CHARACTERS
from aggregator.urls import encode, publishable

__all__ = ["Client", "Fetched", "NotModified"]

# Ten seconds to connect and twenty without a byte leave room for slow hosts in Bangladesh and
# let a whole pass over unreachable sources end within a minute.
_CONNECT_TIMEOUT_SECONDS = 10.0
_READ_TIMEOUT_SECONDS = 20.0
_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
)
_NO_CONNECTION = f"no connection within {_CONNECT_TIMEOUT_SECONDS:.0f} seconds"
# A part of the text of an error of urllib3 → the kind of fault and the words for it.
_REASONS = {
    "cannot resolve": (FaultKind.NAME, "the host's name cannot be resolved"),
    "Connection refused": (FaultKind.REFUSED, "the host refused the connection"),
    "unreachable": (FaultKind.UNREACHABLE, "the network is unreachable"),
    "timed out": (FaultKind.SLOW, _NO_CONNECTION),
}


class Client:
    """Makes fetches, which share a name, a clock, the watch over deadlines and the certificates."""

    def __init__(
        self, user_agent: str, clock: Callable[[], datetime], *, ca_file: str | None = None
    ) -> None:
        self.user_agent = user_agent
        self._clock = clock
        self._watch = DeadlineWatch()
        self._kept = KeptAdapters()
        self._ca_file = ca_file or where()
        self._lock = Lock()
        self._tls: SSLContext | None = None

    def keeping_connections(self) -> AbstractContextManager[None]:
        """Keep connections open for further requests to their hosts, while a pass lasts."""
        return self._kept.keeping()

    def fetch(
        self,
        source: str,
        url: str,
        state: FetchState,
        access: Access,
        own_url: str = "",
        place: Place | None = None,
    ) -> Fetched | NotModified:
        """Fetch ``url`` unless it is unchanged since ``state``; FetchError where that fails.

        ``own_url`` is the address that the source's credentials are for, where that is another.
        ``place`` is where the body waits once it is had, where it shares a room with others.
        """
        place = place or Room(access.max_bytes, Event()).place(0)
        state = _without_future(state, self._clock())
        with self._asking(url, access) as (connections, adapter):
            bounds = Bounds(max_bytes=access.max_bytes, connections=connections, place=place)
            answer = _follow(adapter, url, self._headers(state), access, own_url or url)
            with answer.response:
                return receive(answer, source, state, bounds=bounds, clock=self._clock)

    def post(self, url: str, form: Mapping[str, str], access: Access) -> None:
        """Post a form to a hub; FetchError where the hub does not take it (2xx)."""
        with self._asking(url, access) as (_, adapter):
            answer = posted(adapter, url, form, user_agent=self.user_agent)
            with answer.response:
                if not 200 <= answer.response.status_code < 300:
                    raise refusal(answer, self._clock())

    @contextmanager
    def _asking(
        self, url: str, access: Access
    ) -> Iterator[tuple[GuardedConnections, GuardedAdapter]]:
        """Lend the connections and the adapter of one request, and wrap what fails of it."""
        connections = GuardedConnections(
            self._watch,
            allow_private=access.allow_private or access.proxy is not None,
            deadline_seconds=access.timeout_seconds,
        )
        late = f"not finished after {access.timeout_seconds:.0f} seconds"
        try:
            with (
                connections,
                self._kept.lent(url, access, self._context(), connections) as adapter,
            ):
                yield connections, adapter
                if connections.is_over:
                    raise FetchError(late, kind=FaultKind.SLOW)
        except (RequestException, HTTPError, OSError, ValueError) as error:
            kind, reason = (FaultKind.SLOW, late) if connections.is_over else _reason(error)
            raise FetchError(reason, kind=kind) from error

    def _headers(self, state: FetchState) -> dict[str, str]:
        """Return a request's headers, conditional where validators are known (RFC 9110 §13)."""
        headers = {
            "User-Agent": self.user_agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": ACCEPT_ENCODING,
        }
        if state.etag:
            headers["If-None-Match"] = state.etag
        if state.last_modified:
            headers["If-Modified-Since"] = state.last_modified
        return headers

    def _context(self) -> SSLContext:
        """Return the one TLS context: making it takes 20 ms."""
        with self._lock:
            if self._tls is None:
                self._tls = create_default_context(cafile=self._ca_file)
            return self._tls


def _without_future(state: FetchState, now: datetime) -> FetchState:
    """Return the validators to send: a Last-Modified in the future would be current for ever.

    It counts again once its time has come: some servers are only fast, or call their own time GMT.
    """
    modified = http_date(state.last_modified) if state.last_modified else None
    return replace(state, last_modified=None) if modified and modified > now else state


def _follow(
    adapter: GuardedAdapter, url: str, headers: dict[str, str], access: Access, own_url: str
) -> Answer:
    """Request ``url`` and follow redirects here, as requests would read their bodies whole.

    A request to another host than ``own_url``'s carries no credential and no header of the
    source's own. Cookies that are set on the way live as long as this chain of redirects, each for
    its host: some sites send everybody round by a page that sets one.
    """
    origin, moved_to, is_permanent = _origin(own_url), "", True
    cookies: RequestsCookieJar | None = None
    for _ in range(_MAX_REDIRECTS + 1):
        if urlsplit(url).scheme not in ("http", "https"):
            shown = publishable(url)[:EXCERPT_CHARACTERS]
            message = f"redirected to what is not http or https: {shown}"
            raise FetchError(message, kind=FaultKind.REDIRECTS)
        is_own = _origin(url) == origin
        request = _request(url, headers, access if is_own else Access(), cookies)
        response = adapter.send(
            request,
            timeout=(_CONNECT_TIMEOUT_SECONDS, _READ_TIMEOUT_SECONDS),
            proxies={"http": access.proxy, "https": access.proxy} if access.proxy else None,
            stream=True,
        )
        if response.status_code not in _REDIRECTS:
            return Answer(response=response, url=url, moved_to=moved_to)
        location = response.headers.get("Location", "")
        cookies = cookies or RequestsCookieJar()
        cookies.update(response.cookies)
        response.close()
        if not location:
            message, status = "redirected to nowhere", response.status_code
            raise FetchError(message, kind=FaultKind.REDIRECTS, status=status)
        is_permanent = is_permanent and response.status_code in _PERMANENT
        url = urljoin(url, _from_header(location))
        moved_to = url if is_permanent else moved_to
    raise FetchError(f"redirected more than {_MAX_REDIRECTS} times", kind=FaultKind.REDIRECTS)


def _request(
    url: str, headers: dict[str, str], own: Access, cookies: RequestsCookieJar | None
) -> requests.PreparedRequest:
    """Build one request: ours, with the headers and the credentials of ``own``, and cookies."""
    own_headers = CaseInsensitiveDict(own.headers)
    own_cookie = own_headers.pop("Cookie", "")
    request = requests.PreparedRequest()
    request.prepare_method("GET")
    request.prepare_url(url, None)
    request.prepare_headers({**headers, **own_headers})
    if cookies:
        request.prepare_cookies(cookies)
    request.prepare_auth(own.auth)
    if own_cookie:
        of_the_way = request.headers.get("Cookie")
        request.headers["Cookie"] = f"{own_cookie}; {of_the_way}" if of_the_way else own_cookie
    return request


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _from_header(location: str) -> str:
    """Read an address from a header: http.client reads bytes as Latin-1, servers send UTF-8."""
    return encode(location.encode("latin-1", "replace").decode("utf-8", "replace"))


def _reason(error: Exception) -> tuple[FaultKind, str]:
    """Return what failed, and say it in a few words.

    urllib3's texts name objects in memory, and addresses.
    """
    if isinstance(error, requests.exceptions.SSLError):
        return FaultKind.CERTIFICATE, "the certificate is not valid"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return FaultKind.SLOW, _NO_CONNECTION
    if isinstance(error, requests.exceptions.Timeout):
        return FaultKind.SLOW, f"no answer within {_READ_TIMEOUT_SECONDS:.0f} seconds"
    for sign, reason in _REASONS.items():
        if sign in str(error):
            return reason
    if isinstance(error, HTTPError):
        return FaultKind.BROKEN_OFF, f"the answer broke off ({type(error).__name__})"
    if isinstance(error, requests.exceptions.ConnectionError):
        return FaultKind.BROKEN_OFF, "the connection failed or broke off"
    return FaultKind.OTHER, f"cannot be fetched ({type(error).__name__})"
