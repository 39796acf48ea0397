"""What a host's robots.txt says about its pages (RFC 9309).

Feeds are made to be polled and are fetched whatever it says; a page that is fetched for the feed it
announces is not. Rules are kept for a day. A host without rules allows everything; one whose rules
cannot be fetched at the moment allows nothing (§2.3.1.4).
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
_MAX_BYTES = 512_000  # §2.5 asks for at least 500 KiB


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of one host, and until when they are kept, by the monotonic clock."""

    rules: Protego
    until: float
    fault: FetchError | None = None  # why they could not be had


class Robots:
    """The rules of the hosts whose pages were asked for, shared by all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_address: dict[str, _Rules] = {}

    def check(self, url: str, user_agent: str, fetch: Callable[[str], bytes]) -> None:
        """Raise FetchError where the rules forbid a page; ``fetch`` gets the rules' bytes.

        Where they could not be had, it says why: nothing else would come of the host, either.
        """
        address = urljoin(url, "/robots.txt")
        with self._lock:
            kept = self._by_address.get(address)
        if kept is None or kept.until < time.monotonic():
            kept = _fetched(address, fetch)
            with self._lock:
                self._by_address[address] = kept
        if kept.fault is not None:
            raise _unknown_rules(kept.fault)
        if not kept.rules.can_fetch(url, user_agent):
            message = f"{address} asks that this page is not fetched by programs"
            raise FetchError(message, kind=FaultKind.ROBOTS)


def _fetched(address: str, fetch: Callable[[str], bytes]) -> _Rules:
    rules = ""
    try:
        rules = fetch(address)[:_MAX_BYTES].decode("utf-8", "replace")
    except NotAskedError:
        raise  # which says nothing about the rules
    except FetchError as error:
        has_none = error.status is not None and 400 <= error.status < 500
        if not has_none:
            until = time.monotonic() + _KEPT_AFTER_FAILURE_SECONDS
            return _Rules(Protego.parse(""), until, error)
    return _Rules(Protego.parse(rules), time.monotonic() + _KEPT_SECONDS)


def _unknown_rules(fault: FetchError) -> FetchError:
    """Return what is said of a page whose rules cannot be had: what a server answered, or did not.

    A new one each time, as several threads may raise it.
    """
    if fault.status is None:
        return FetchError(str(fault), kind=fault.kind)
    message = f"its robots.txt cannot be read, so no page is asked: {fault}"
    return FetchError(message, kind=FaultKind.ROBOTS)
