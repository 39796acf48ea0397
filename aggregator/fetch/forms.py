"""A form posted to a hub, as WebSub's requests are (§5.1), and redirects that keep the method."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

import requests

from aggregator.errors import FetchError
from aggregator.fetch.adapter import GuardedAdapter
from aggregator.fetch.response import Answer
from aggregator.models.faults import FaultKind

_CONNECT_TIMEOUT_SECONDS, _READ_TIMEOUT_SECONDS = 10.0, 20.0
_MAX_REDIRECTS = 5
# WebSub §5.1 lets a hub answer with these; after others a client sends GET.
_REDIRECTS = frozenset({307, 308})


def posted(
    adapter: GuardedAdapter, url: str, form: Mapping[str, str], *, user_agent: str
) -> Answer:
    """Post a form, following redirects; FetchError where they do not end or leave http."""
    for _ in range(_MAX_REDIRECTS + 1):
        if urlsplit(url).scheme not in ("http", "https"):
            raise FetchError("its address is not http or https", kind=FaultKind.REDIRECTS)
        request = requests.Request("POST", url, headers={"User-Agent": user_agent}, data=form)
        response = adapter.send(
            request.prepare(),
            timeout=(_CONNECT_TIMEOUT_SECONDS, _READ_TIMEOUT_SECONDS),
            stream=True,
        )
        location = response.headers.get("Location", "")
        if response.status_code not in _REDIRECTS or not location:
            return Answer(response=response, url=url, moved_to="")
        response.close()
        if url.startswith("https:") and not urljoin(url, location).startswith("https:"):
            message = "redirected from https to http, where anybody reads the form's secret"
            raise FetchError(message, kind=FaultKind.REDIRECTS)
        url = urljoin(url, location)
    raise FetchError(f"redirected more than {_MAX_REDIRECTS} times", kind=FaultKind.REDIRECTS)
