"""One poll of one source while it is under way: every request of it is made here, politely."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Lock

from aggregator.fetch import http
from aggregator.fetch.room import Place
from aggregator.models import FetchState, KnownItems, Source
from aggregator.pipeline.run import Run

KnownOf = Callable[[Source], KnownItems]
# Three quarters of the samples are smaller.
_LARGE_BYTES = 400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One poll of one source, while it is under way.

    What is sent waits in ``place``. ``known`` returns which items of a source need not be read.
    """

    run: Run
    source: Source
    place: Place
    parsing: Lock
    known: KnownOf
    seconds: list[float] = field(default_factory=list)  # of each request

    def fetch(
        self, url: str, state: FetchState, *, delay_seconds: float = 0.0
    ) -> http.Fetched | http.NotModified:
        """Fetch an address when its host's turn has come, and a delay that its rules state."""
        run, source = self.run, self.source
        with run.politeness.turn(url, max(source.access.spacing_seconds, delay_seconds)):
            started = time.monotonic()
            try:
                return run.client.fetch(
                    source.name, url, state, source.access, source.address, self.place
                )
            finally:
                self.seconds.append(time.monotonic() - started)
                run.slowness.add(source.name, self.seconds[-1])

    def check_robots(self, url: str) -> float:
        """Return after how many seconds the rules of a page's host let it be asked; FetchError.

        That is where they forbid it to programs.
        """

        def fetch_rules(rules_url: str) -> bytes:
            result = self.fetch(rules_url, FetchState())
            return result.document.body if isinstance(result, http.Fetched) else b""

        run = self.run
        return run.politeness.robots.check(url, run.client.user_agent, fetch_rules)

    def turn_to_parse(self, body: bytes) -> AbstractContextManager[object]:
        """Return what holds while a body is parsed: large ones are parsed one at a time."""
        return self.parsing if len(body) > _LARGE_BYTES else nullcontext()
