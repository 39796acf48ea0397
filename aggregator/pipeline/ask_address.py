"""One address asked now, apart from passes: what it is, and what was read of it.

As politely as a pass asks (a host's turns and rests, robots.txt for pages, the guard of addresses,
the deadline), and without a store: nothing is remembered of it. Of a page that announces feeds the
first is read that can be.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Event

from aggregator import polling
from aggregator.bengali.text import display
from aggregator.errors import FetchError, ParseError, SourceError
from aggregator.fetch.http import Client, Fetched
from aggregator.fetch.politeness import Politeness
from aggregator.models import (
    NOTHING_KNOWN,
    Document,
    FaultKind,
    FetchState,
    FoundKind,
    FoundSource,
    Source,
)
from aggregator.parse import feed as parse_feed
from aggregator.pipeline.document import DocumentEntries
from aggregator.pipeline.known_items import read_entries
from aggregator.pipeline.run import user_agent
from aggregator.urls import publishable

# As many of the feeds that a page announces as a pass tries.
_MOST_TRIED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was had of one address: the entries of a feed, or a fault.

    ``read`` is the address of the feed, or of what could not be read, after redirects.
    ``moved_to`` is where the address that was asked last has moved for good. A page leads to what
    it was ``found`` to announce, and ``page`` is its address; both are empty for a feed. ``title``
    is what the feed calls itself. ``unread`` says of announced feeds why they could not be read.
    """

    source: Source
    read: str
    entries: DocumentEntries | None = None
    fault: SourceError | None = None
    moved_to: str = ""
    status: int | None = None
    title: str = ""
    page: str = ""
    found: tuple[FoundSource, ...] = ()
    unread: Mapping[str, SourceError] = field(default_factory=dict)
    duration_seconds: float = 0.0


class Asker:
    """Asks one address after the other; hosts have their turns, and rest where they ask for it."""

    def __init__(self, site_url: str, clock: Callable[[], datetime], stop: Event) -> None:
        self._client = Client(user_agent(site_url), clock)
        self._politeness = Politeness(stop)
        self._clock = clock

    def let_rest(self, states: Mapping[str, FetchState]) -> None:
        """Leave the hosts alone that asked a pass for it, by the states of all sources."""
        now = self._clock()
        for state in states.values():
            rest_seconds = polling.rest_seconds(state.rests_until, state.checked, now)
            if rest_seconds:
                self._politeness.rest(state.resting_host, rest_seconds)

    def ask(self, source: Source, *, is_feed: bool) -> Asked:
        """Ask the address of a source.

        One that ``is_feed`` is fetched whatever robots.txt says, as feeds are made to be polled,
        and a page that comes in its place is not followed. Of any other address robots.txt is asked
        first. A fault is part of what is returned.
        """
        started = time.monotonic()
        asked = self._asked(source, is_feed=is_feed)
        return replace(asked, duration_seconds=time.monotonic() - started)

    def _asked(self, source: Source, *, is_feed: bool) -> Asked:
        address = source.feed or ""
        try:
            if not is_feed:
                self._check_robots(source, address)
            fetched = self._fetch(source, address)
        except SourceError as fault:
            status = fault.status if isinstance(fault, FetchError) else None
            return Asked(source=source, read=publishable(address), fault=fault, status=status)
        try:
            return _read(source, fetched)
        except ParseError as fault:
            asked = _failed(source, fetched, fault)
            if is_feed:
                return asked
            found = found_on(fetched.document)
            return self._follow(replace(asked, page=fetched.document.url, found=found))

    def _follow(self, asked: Asked) -> Asked:
        """Read the first of the feeds that a page announces that can be, if there is any."""
        unread: dict[str, SourceError] = {}
        feeds = [feed.address for feed in asked.found if feed.kind is FoundKind.FEED]
        for address in feeds[:_MOST_TRIED]:
            try:
                fetched = self._fetch(asked.source, address)
                read = _read(replace(asked.source, feed=address), fetched)
            except SourceError as fault:
                unread[address] = fault
                continue
            return replace(read, page=asked.page, found=asked.found, unread=unread)
        return replace(asked, unread=unread)

    def _fetch(self, source: Source, address: str) -> Fetched:
        """Fetch an address for a source, whose credentials are for the host of its own."""
        with self._politeness.turn(address, source.access.spacing_seconds):
            own = source.feed or ""
            fetched = self._client.fetch(source.name, address, FetchState(), source.access, own)
        if not isinstance(fetched, Fetched):
            raise FetchError("the server sent no document", kind=FaultKind.ANSWER)
        return fetched

    def _check_robots(self, source: Source, address: str) -> None:
        """Raise FetchError where the rules of a host forbid a page, or nothing comes of the host.

        Rules that cannot be had forbid everything (RFC 9309 §2.3.1.4), and why they could not be
        had is what is said.
        """
        faults: list[FetchError] = []

        def fetch_rules(rules: str) -> bytes:
            try:
                return self._fetch(source, rules).document.body
            except FetchError as fault:
                faults.append(fault)
                raise

        try:
            self._politeness.robots.check(address, self._client.user_agent, fetch_rules)
        except FetchError as fault:
            if not faults:
                raise
            if faults[0].status is None:
                raise faults[0] from fault
            message = f"its robots.txt cannot be read, so no page is asked: {faults[0]}"
            raise FetchError(message, kind=FaultKind.ROBOTS) from fault


def found_on(page: Document) -> tuple[FoundSource, ...]:
    """Return everything that a page leads to and that could be a source, what is meant first.

    The feeds that it announces. Each further way to a source is a ``FoundKind`` and is found here.
    """
    announced = parse_feed.announced_feeds(page.body, page.url)
    return tuple(replace(one, title=" ".join(display(one.title).split())) for one in announced)


def _read(source: Source, fetched: Fetched) -> Asked:
    """Read a feed; ParseError where the document is none."""
    document = fetched.document
    return Asked(
        source=source,
        read=document.url,
        entries=read_entries(document, source, NOTHING_KNOWN),
        moved_to=fetched.moved_to,
        status=fetched.status,
        title=parse_feed.title_of(document.body, document.content_type),
    )


def _failed(source: Source, fetched: Fetched, fault: SourceError) -> Asked:
    return Asked(
        source=source,
        read=fetched.document.url,
        fault=fault,
        moved_to=fetched.moved_to,
        status=fetched.status,
    )
