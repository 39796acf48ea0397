"""One page of a site, as its robots.txt permits: asked hop by hop, each in its host's turn.

A feed is made to be polled; a page is asked only where the rules of its host permit it
(``robots``), and so is each address that it redirects to.
"""

from __future__ import annotations

from dataclasses import dataclass

from requests.cookies import RequestsCookieJar

from aggregator.errors import FetchError
from aggregator.fetch.http import Client, Fetched, Redirected
from aggregator.fetch.politeness import Politeness
from aggregator.fetch.redirects import MAX_REDIRECTS, TOO_MANY
from aggregator.models import Access, Document, FetchState, Source
from aggregator.models.faults import FaultKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFetcher:
    """Fetches pages for one source, with the access that is configured for it or less."""

    client: Client
    politeness: Politeness
    source: Source
    access: Access

    def fetch(self, url: str) -> Document:
        """Return the page at an address; FetchError where it is forbidden or does not come."""
        cookies = RequestsCookieJar()
        for _ in range(MAX_REDIRECTS + 1):
            delay_seconds = self.politeness.robots.check(url, self.client.user_agent, self._rules)
            spacing_seconds = max(self.access.spacing_seconds, delay_seconds)
            with self.politeness.turn(url, spacing_seconds, is_patient=True):
                result = self.client.fetch_hop(
                    self.source.name, url, self.access, self.source.address, cookies
                )
            if isinstance(result, Fetched):
                return result.document
            if isinstance(result, Redirected):
                url = result.url
        raise FetchError(TOO_MANY, kind=FaultKind.REDIRECTS)

    def _rules(self, url: str) -> bytes:
        """Fetch the rules of a host."""
        with self.politeness.turn(url, self.access.spacing_seconds, is_patient=True):
            result = self.client.fetch(
                self.source.name, url, FetchState(), self.access, self.source.address
            )
        return result.document.body if isinstance(result, Fetched) else b""
