"""One request and the redirects behind it: which headers, credentials and cookies each carries.

Knows where an answer redirects to; refuses to know what an answer means (``response``), and which
hosts may be asked (``connections``).
"""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import requests
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict

from aggregator.errors import FetchError
from aggregator.fetch.adapter import GuardedAdapter
from aggregator.fetch.response import Answer
from aggregator.models import Access
from aggregator.models.faults import FaultKind
from aggregator.models.fetched import EXCERPT_CHARACTERS
from aggregator.urls import encode, publishable

# Ten seconds to connect and twenty without a byte leave room for slow hosts in Bangladesh and
# let a whole pass over unreachable sources end within a minute.
CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = 20.0
MAX_REDIRECTS = 5
TOO_MANY = f"redirected more than {MAX_REDIRECTS} times"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


def follow(
    adapter: GuardedAdapter, url: str, headers: dict[str, str], access: Access, own_url: str
) -> Answer:
    """Request ``url`` and follow redirects here, as requests would read their bodies whole.

    A request to another host than ``own_url``'s carries no credential and no header of the
    source's own. Cookies that are set on the way live as long as this chain of redirects, each for
    its host: some sites send everybody round by a page that sets one.
    """
    moved_to, is_permanent = "", True
    cookies = RequestsCookieJar()
    for _ in range(MAX_REDIRECTS + 1):
        response = hop(adapter, url, headers, access, own_url=own_url, cookies=cookies)
        if response.status_code not in REDIRECTS:
            return Answer(response=response, url=url, moved_to=moved_to)
        is_permanent = is_permanent and response.status_code in _PERMANENT
        url = redirected(url, response, cookies)
        moved_to = url if is_permanent else moved_to
    raise FetchError(TOO_MANY, kind=FaultKind.REDIRECTS)


def hop(
    adapter: GuardedAdapter,
    url: str,
    headers: dict[str, str],
    access: Access,
    *,
    own_url: str,
    cookies: RequestsCookieJar,
) -> requests.Response:
    """Request one address, without following where it redirects to."""
    if urlsplit(url).scheme not in ("http", "https"):
        shown = publishable(url)[:EXCERPT_CHARACTERS]
        message = f"redirected to what is not http or https: {shown}"
        raise FetchError(message, kind=FaultKind.REDIRECTS)
    is_own = _origin(url) == _origin(own_url)
    request = _request(url, headers, access if is_own else Access(), cookies)
    return adapter.send(  # type: ignore[no-any-return]  # requests' own response
        request,
        timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),
        proxies={"http": access.proxy, "https": access.proxy} if access.proxy else None,
        stream=True,
    )


def redirected(url: str, response: requests.Response, cookies: RequestsCookieJar) -> str:
    """Return where an answer redirects to; its cookies join those of the way."""
    location = response.headers.get("Location", "")
    cookies.update(response.cookies)
    response.close()
    if not location:
        message, status = "redirected to nowhere", response.status_code
        raise FetchError(message, kind=FaultKind.REDIRECTS, status=status)
    return urljoin(url, _from_header(location))


def _request(
    url: str, headers: dict[str, str], own: Access, cookies: RequestsCookieJar
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
