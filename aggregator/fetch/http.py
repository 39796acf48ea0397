"""One polite HTTP request: what it is asked with, and the reasons for which it fails.

Knows conditional requests and the deadline; ``redirects`` knows the way to an answer, ``response``
what it means, and ``connections`` which addresses may be asked. Refuses to take credentials or
proxies from the environment, or to try again: a failed fetch is a FetchError, and
``polling.next_poll`` decides when the source is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from ssl import SSLContext, create_default_context
from threading import Event, Lock

import requests
from certifi import where
from requests.cookies import RequestsCookieJar
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from aggregator.errors import FetchError
from aggregator.fetch.adapter import GuardedAdapter
from aggregator.fetch.connections import DeadlineWatch, GuardedConnections
from aggregator.fetch.encodings import ACCEPT_ENCODING
from aggregator.fetch.forms import posted
from aggregator.fetch.header_dates import http_date
from aggregator.fetch.kept import KeptAdapters
from aggregator.fetch.redirects import (
    CONNECT_TIMEOUT_SECONDS,
    READ_TIMEOUT_SECONDS,
    REDIRECTS,
    follow,
    hop,
    redirected,
)
from aggregator.fetch.response import Answer, Bounds, Fetched, NotModified, receive, refusal
from aggregator.fetch.room import Place, Room
from aggregator.models import Access, FetchState
from aggregator.models.faults import FaultKind

__all__ = ["Client", "Fetched", "NotModified", "Redirected"]

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
)
_ACCEPT_PAGE = "text/html, application/xhtml+xml, */*;q=0.5"
_NO_CONNECTION = f"no connection within {CONNECT_TIMEOUT_SECONDS:.0f} seconds"
# A part of the text of an error of urllib3 → the kind of fault and the words for it.
_REASONS = {
    "cannot resolve": (FaultKind.NAME, "the host's name cannot be resolved"),
    "Connection refused": (FaultKind.REFUSED, "the host refused the connection"),
    "unreachable": (FaultKind.UNREACHABLE, "the network is unreachable"),
    "timed out": (FaultKind.SLOW, _NO_CONNECTION),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirected:
    """A page is elsewhere, at an address that may be another host's."""

    url: str


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
            answer = follow(adapter, url, self._headers(state), access, own_url or url)
            with answer.response:
                return receive(answer, source, state, bounds=bounds, clock=self._clock)

    def fetch_hop(
        self, source: str, url: str, access: Access, own_url: str, cookies: RequestsCookieJar
    ) -> Fetched | NotModified | Redirected:
        """Fetch a page, or return where it redirects to: whether that may be asked is asked first.

        ``cookies`` are those that were set on the way; what this answer sets joins them.
        """
        place = Room(access.max_bytes, Event()).place(0)
        headers = self._headers(FetchState()) | {"Accept": _ACCEPT_PAGE}
        with self._asking(url, access) as (connections, adapter):
            response = hop(adapter, url, headers, access, own_url=own_url, cookies=cookies)
            with response:
                if response.status_code in REDIRECTS:
                    return Redirected(url=redirected(url, response, cookies))
                bounds = Bounds(max_bytes=access.max_bytes, connections=connections, place=place)
                answer = Answer(response=response, url=url, moved_to="")
                return receive(answer, source, FetchState(), bounds=bounds, clock=self._clock)

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


def _reason(error: Exception) -> tuple[FaultKind, str]:
    """Return what failed, and say it in a few words.

    urllib3's texts name objects in memory, and addresses.
    """
    if isinstance(error, requests.exceptions.SSLError):
        return FaultKind.CERTIFICATE, "the certificate is not valid"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return FaultKind.SLOW, _NO_CONNECTION
    if isinstance(error, requests.exceptions.Timeout):
        return FaultKind.SLOW, f"no answer within {READ_TIMEOUT_SECONDS:.0f} seconds"
    for sign, reason in _REASONS.items():
        if sign in str(error):
            return reason
    if isinstance(error, HTTPError):
        return FaultKind.BROKEN_OFF, f"the answer broke off ({type(error).__name__})"
    if isinstance(error, requests.exceptions.ConnectionError):
        return FaultKind.BROKEN_OFF, "the connection failed or broke off"
    return FaultKind.OTHER, f"cannot be fetched ({type(error).__name__})"
