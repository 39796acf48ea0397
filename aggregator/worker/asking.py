"""Hosts: claimed by one worker where sources of them are due, and asked by whichever has time.

All due sources of a host are asked under one claim, so that its two connections are one worker's.
What is due is decided when it is claimed and again when it is asked.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock

from aggregator import logs
from aggregator.errors import ClaimLostError, StoreError
from aggregator.fetch.politeness import host_of
from aggregator.models import Config, FetchState, Source
from aggregator.pipeline.due import due_among, due_now
from aggregator.pipeline.ingest import ingest
from aggregator.pipeline.run import Run
from aggregator.store.claims import ClaimState
from aggregator.store.host_turns import HostTurns
from aggregator.worker.jobs import Jobs
from aggregator.worker.queue import Queue

log = logging.getLogger(__name__)

# The claims that wait or are worked on: enough for the workers of some machines, and so few that
# they come to their turn long before they are lost. What else is due waits in the store.
_MOST_CLAIMS = 500
_TOKEN_BYTES = 8
# As a service waits after a bug: a source whose state is not stored is due again at once.
_AFTER_BUG_SECONDS = 300
_AFTER_FAULT_SECONDS = 15
# Whoever leads may have another clock or an older configuration than who asks; else they would hand
# a host to and fro each second.
_NOTHING_DUE_SECONDS = 5
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


def claim_due(run: Run, queue: Queue) -> bool:
    """Claim the hosts of which sources are due, the longest first, and wake workers.

    Tell whether any source was due, claimed by now or not.
    """
    feeds = [source for source in run.config.sources if source.address]
    with run.store.read() as unit:
        # Before it is looked at what is due: a host that is asked in between is not claimed again.
        claimed = unit.claims.live()
    due = due_now(run, feeds)
    if not due.sources:
        return False
    since: dict[str, datetime] = {}
    for source in due.sources:
        host = host_of(source.address)
        was_due = due.states.get(source.name, FetchState()).next_due or _LONG_AGO
        since[host] = min(since.get(host, was_due), was_due)
    free = sorted((was_due, host) for host, was_due in since.items() if host not in claimed)
    # Those that are left alone do not count: as the longest due they would keep all others out.
    under_way = sum(state is not ClaimState.SPARED for state in claimed.values())
    hosts = [host for _, host in free[: max(0, _MOST_CLAIMS - under_way)]]
    waiting = sum(state is ClaimState.WAITING for state in claimed.values())
    if hosts or waiting:
        with run.store.write() as unit:
            unit.claims.keep_waiting()
            queue.wake(unit, waiting + unit.claims.take(hosts))
    return True


class Asking:
    """Asks hosts that are claimed, in any thread."""

    def __init__(self, run_now: Callable[[], Run], turns: HostTurns, jobs: Jobs) -> None:
        self._run_now, self._turns, self._jobs = run_now, turns, jobs
        self._lock = Lock()
        self._held: set[str] = set()  # tokens of the claims that are worked on
        self._by_host: tuple[Config | None, dict[str, list[Source]]] = None, {}

    def ask(self) -> None:
        """Ask one host after the other, until none is claimed that nobody asks yet."""
        while not self._run_now().stop.is_set():
            own = secrets.token_hex(_TOKEN_BYTES)
            try:
                host = self._turns.begin(own)
            except StoreError as error:
                log.warning("no host can be asked: %s", error)
                return
            if not host:
                return
            with logs.naming_pass(), self._holding(host, own), self._jobs.under_way(host):
                self._ask(host, own)

    def _ask(self, host: str, own: str) -> None:
        """Ask the due sources of a host; what came is stored only while the claim is this job's."""
        run = self._run_now()
        fenced = run.store.fenced(lambda unit: unit.claims.check(host, own))
        due = due_among(run, self._sources_on(host, run.config))
        if not due.sources:
            self._turns.keep(own, _NOTHING_DUE_SECONDS)
            return
        ingest(replace(run, store=fenced), due)
        self._turns.release(own)

    @property
    def hosts(self) -> int:
        """Return how many hosts are being asked."""
        with self._lock:
            return len(self._held)

    def renew(self) -> None:
        """Renew the claims that are worked on; to be called several times in a lease."""
        with self._lock:
            held = sorted(self._held)
        if held:
            self._turns.renew(held)

    @contextmanager
    def _holding(self, host: str, own: str) -> Iterator[None]:
        """Hold a claim within the block; a fault ends it, and leaves the host alone for a while."""
        with self._lock:
            self._held.add(own)
        try:
            yield
        except ClaimLostError as error:
            log.warning("%s", error)
        except StoreError as error:
            log.error("%s is asked again as the store failed meanwhile: %s", host, error)
            self._keep(own, _AFTER_FAULT_SECONDS)
        except Exception:
            self._keep(own, _AFTER_BUG_SECONDS)
            raise
        finally:
            with self._lock:
                self._held.discard(own)

    def _sources_on(self, host: str, config: Config) -> Sequence[Source]:
        """Return the feeds of a host; found for all hosts at once, as there may be many."""
        known, by_host = self._by_host
        if known is not config:
            by_host = {}
            for source in config.sources:
                if source.address:
                    by_host.setdefault(host_of(source.address), []).append(source)
            self._by_host = config, by_host
        return by_host.get(host, ())

    def _keep(self, own: str, seconds: float) -> None:
        try:
            self._turns.keep(own, seconds)
        except StoreError as error:
            log.debug("a claim stays for its lease: %s", error)
