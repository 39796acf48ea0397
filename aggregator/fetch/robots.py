"""What a host's robots.txt says about its pages (RFC 9309).

Feeds are made to be polled and are fetched whatever it says; a page that is fetched for the feed it
announces is not. Nor is a page sooner after another request than ``Crawl-delay`` says, which RFC
9309 does not have and many hosts state. Rules are kept for a day. A host without rules allows
everything; one whose rules cannot be fetched at the moment allows nothing (§2.3.1.4).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from urllib.parse import urljoin

from protego import Protego

from aggregator.errors import FetchError, NotAskedError
from aggregator.models.faults import FaultKind

_KEPT_SECONDS = 86_400.0  # RFC 9309 §2.4: not longer than a day
_KEPT_AFTER_FAILURE_SECONDS = 600.0
# Of a longer Crawl-delay this is held: half of the minute that the pages of a source have in one
# pass, so that at least one comes of each and a pass does not stand still for hours.
_LONGEST_DELAY_SECONDS = 30.0
_MAX_BYTES = 512_000  # §2.5 asks for at least 500 KiB
# Of the rules of all hosts, as a feed's entries may link to a new host each. Read, they take some
# thirty times as much, and those of a host 1 kB at least; a paper's have one or two.
_MOST_KEPT_BYTES, _LEAST_BYTES = 2_000_000, 1_000


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of one host, and until when they are kept, by the monotonic clock.

    ``fault`` is why they could not be fetched.
    """

    rules: Protego
    until: float
    size_bytes: int
    fault: FetchError | None = None


class Robots:
    """The rules of the hosts whose pages were asked for, shared by all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_address: dict[str, _Rules] = {}

    def check(self, url: str, user_agent: str, fetch: Callable[[str], bytes]) -> float:
        """Return how many seconds after another request the rules let a page be asked.

        FetchError where they forbid it; ``fetch`` gets their bytes. Where they could not be had, it
        says why: nothing else would come of the host, either.
        """
        address = urljoin(url, "/robots.txt")
        with self._lock:
            kept = self._by_address.get(address)
        if kept is None or kept.until < time.monotonic():
            kept = _fetched(address, fetch)
            self._keep(address, kept)
        if kept.fault is not None:
            message = f"{address} cannot be fetched, so that no page is: {kept.fault}"
            raise FetchError(message, kind=kept.fault.kind, status=kept.fault.status)
        if not kept.rules.can_fetch(url, user_agent):
            message = f"{address} asks that this page is not fetched by programs"
            raise FetchError(message, kind=FaultKind.ROBOTS)
        return min(kept.rules.crawl_delay(user_agent) or 0.0, _LONGEST_DELAY_SECONDS)

    def _keep(self, address: str, rules: _Rules) -> None:
        """Keep the rules of a host; those that were fetched first go where there is no room."""
        with self._lock:
            self._by_address.pop(address, None)
            self._by_address[address] = rules
            kept_bytes = sum(each.size_bytes for each in self._by_address.values())
            while kept_bytes > _MOST_KEPT_BYTES:
                first = next(iter(self._by_address))
                kept_bytes -= self._by_address.pop(first).size_bytes


def _fetched(address: str, fetch: Callable[[str], bytes]) -> _Rules:
    fault, kept_seconds = None, _KEPT_SECONDS
    try:
        rules = fetch(address)[:_MAX_BYTES].decode("utf-8", "replace")
    except NotAskedError:
        raise  # which says nothing about the rules
    except FetchError as error:
        rules = ""
        if error.status is None or not 400 <= error.status < 500:
            fault, kept_seconds = error, _KEPT_AFTER_FAILURE_SECONDS
    size_bytes = max(len(rules), _LEAST_BYTES)
    return _Rules(Protego.parse(rules), time.monotonic() + kept_seconds, size_bytes, fault)
