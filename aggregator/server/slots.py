"""Which connections are kept open: a bound for all, a bound for one address, and time-outs.

Every client can hold a connection without asking anything, and each costs a descriptor. So there
is a fixed number of slots, and where they are full, the connection that has kept us waiting longest
gives way to the new one: a reader that asks at once is always let in, however many do not ask.
"""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv6Address, ip_address
from typing import Generic, Protocol, TypeVar

# Feed readers send their request in one packet; 10 s let the slowest mobile network do so.
_REQUEST_SECONDS = 10.0
# 1 MB, more than any published file has, at 4 KB/s, which is a second-generation mobile network.
_ANSWER_SECONDS = 300.0
# 500 connections cost 3 MB, and 21 MB where each has an answer that is not read.
_MOST_SLOTS = 512
# Half of the descriptors are kept for the rest: those taken in one turn above the bound, up to 40
# files that are being read, and what every process has open.
_SHARE_OF_DESCRIPTORS = 2
# An address may be a proxy with all readers behind it, so it gets much; never all.
_SHARE_OF_ADDRESS = 2
# A connection's request is read three turns of the event loop after it was taken. Were many taken
# in a turn, a burst would drive out readers whose request is there and was not looked at yet: with
# an eighth, 31 of 1,500 readers were, under 1,200 clients that ask nothing and come again.
_TURNS = 32
# The share of the slots for clients whose request was not read yet, before those that read their
# answers give way: eight of those turns. Without it, clients that read nothing hold every slot, and
# each new connection drives out the last one, before its request is read.
_SHARE_OF_ASKING = 4


class Stage(IntEnum):
    """What a connection waits for; the first to give way are the least, unless these are few."""

    REQUEST = 0  # the client has not sent its request, or not all of it
    READING = 1  # the client has not read its answer
    ANSWER = 2  # we have not answered: the client does nothing wrong, and never gives way


class Client(Protocol):
    """A connection with what the decision must know of it; times are the event loop's, seconds."""

    @property
    def network(self) -> str:
        """What is bounded as one address, as ``network_of`` makes it."""

    @property
    def since(self) -> float:
        """Since when it waits."""

    @property
    def stage(self) -> Stage:
        """What it waits for."""

    def abort(self) -> None:
        """End the connection at once, whatever was not sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How many connections are kept, how many are taken in one turn, and how long each may wait.

    Fewer than ``least_asking`` that have not asked give way to nobody while another can.
    A whole request must be there ``request_seconds`` after the connection or the answer before it,
    and an answer be read ``answer_seconds`` after it was asked for.
    """

    most: int
    most_of_address: int
    most_at_once: int
    least_asking: int
    request_seconds: float = _REQUEST_SECONDS
    answer_seconds: float = _ANSWER_SECONDS

    @classmethod
    def of_process(cls) -> Bounds:
        """Return the bounds for as many descriptors as this process may have open."""
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if descriptors == resource.RLIM_INFINITY:
            return cls.of(_MOST_SLOTS)
        return cls.of(max(min(descriptors // _SHARE_OF_DESCRIPTORS, _MOST_SLOTS), 1))

    @classmethod
    def of(cls, most: int) -> Bounds:
        """Return the bounds where ``most`` connections are kept in all."""
        return cls(
            most=most,
            most_of_address=max(most // _SHARE_OF_ADDRESS, 1),
            most_at_once=max(most // _TURNS, 1),
            least_asking=max(most // _SHARE_OF_ASKING, 1),
        )


C = TypeVar("C", bound=Client)


class Slots(Generic[C]):
    """The connections that are kept, and how many were not; for one thread, the event loop's."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._clients: set[C] = set()
        self._of_network: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()  # why → how many; whoever reports them clears it

    def __len__(self) -> int:
        """Return how many connections are kept."""
        return len(self._clients)

    def admit(self, client: C) -> None:
        """Keep a new connection; where its slots are full, another gives way, or it is refused."""
        if self._of_network[client.network] >= self._bounds.most_of_address:
            self._make_room([c for c in self._clients if c.network == client.network], client)
        elif len(self._clients) >= self._bounds.most:
            self._make_room(self._clients, client)
        else:
            self._add(client)

    def release(self, client: C) -> None:
        """Forget a connection that ended; one that is not kept changes nothing."""
        if client in self._clients:
            self._clients.remove(client)
            self._of_network[client.network] -= 1
            if not self._of_network[client.network]:
                del self._of_network[client.network]

    def end_overdue(self, now: float) -> None:
        """End every connection that keeps us waiting for too long."""
        for client in list(self._clients):
            stage, waited_seconds = client.stage, now - client.since
            if stage is Stage.REQUEST and waited_seconds > self._bounds.request_seconds:
                self._end(client, "sent no whole request in time")
            elif stage is Stage.READING and waited_seconds > self._bounds.answer_seconds:
                self._end(client, "did not read their answer in time")

    def _add(self, client: C) -> None:
        self._clients.add(client)
        self._of_network[client.network] += 1

    def _make_room(self, rivals: Iterable[C], client: C) -> None:
        waiting = [rival for rival in rivals if rival.stage is not Stage.ANSWER]
        if not waiting:
            self._end(client, "were refused")
            return
        reading = [rival for rival in waiting if rival.stage is Stage.READING]
        if reading and len(waiting) - len(reading) < self._bounds.least_asking:
            waiting = reading
        self._end(min(waiting, key=lambda rival: (rival.stage, rival.since)), "gave way to others")
        self._add(client)

    def _end(self, client: C, reason: str) -> None:
        self.ended[reason] += 1
        self.release(client)
        client.abort()


def network_of(address: str) -> str:
    """Return what is bounded as one address: of IPv6 the /64, which is one household's.

    >>> network_of("2001:db8:1:2:3:4:5:6")
    '2001:db8:1:2::'
    >>> network_of("192.0.2.1")
    '192.0.2.1'
    """
    if ":" not in address:
        return address
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> 64 << 64))
