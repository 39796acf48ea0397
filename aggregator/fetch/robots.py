"""What a host's robots.txt says of its pages (RFC 9309).

Feeds are made to be polled and are asked for as they are; a page that is looked at for the feed it
announces is not. Rules are kept for a day. A host without rules allows everything; one whose rules
cannot be had at the moment allows nothing (§2.3.1.4).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from urllib.parse import urljoin

from protego import Protego

from aggregator.errors import FetchError, NotAskedError

_KEPT_SECONDS = 86_400.0  # RFC 9309 §2.4: not longer than a day
_KEPT_AFTER_FAILURE_SECONDS = 600.0
_MAX_BYTES = 512_000  # §2.5 asks for at least 500 KiB


@dataclass(frozen=True, slots=True)
class _Rules:
    rules: Protego
    until: float


class Robots:
    """The rules of the hosts whose pages were asked for."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[str, _Rules] = {}

    def check(self, url: str, user_agent: str, ask: Callable[[str], bytes]) -> None:
        """Raise FetchError where the rules forbid a page; ``ask`` fetches the rules."""
        place = urljoin(url, "/robots.txt")
        with self._lock:
            known = self._known.get(place)
        if known is None or known.until < time.monotonic():
            known = _asked(place, ask)
            with self._lock:
                self._known[place] = known
        if not known.rules.can_fetch(url, user_agent):
            raise FetchError(f"{place} asks that this page is not fetched by programs")


def _asked(place: str, ask: Callable[[str], bytes]) -> _Rules:
    seconds = _KEPT_SECONDS
    try:
        text = ask(place)[:_MAX_BYTES].decode("utf-8", "replace")
    except NotAskedError:
        raise  # which says nothing of the rules
    except FetchError as error:
        is_without = error.status is not None and 400 <= error.status < 500
        text = "" if is_without else "User-agent: *\nDisallow: /\n"
        seconds = _KEPT_SECONDS if is_without else _KEPT_AFTER_FAILURE_SECONDS
    return _Rules(Protego.parse(text), time.monotonic() + seconds)
