"""Push by WebSub: what a source announces, what hubs are told, what they were asked to send."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """The hub that a source announces, and the topic to subscribe to: the source's own address.

    Both are empty where it announces none.
    """

    hub: str
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """What a hub is told of one published file, its topic.

    ``digest`` is of the file as it stands, ``pinged`` of the file that the hub was told of last:
    it is to be told where they differ, not before ``next_try``. ``attempts`` failed in a row, the
    last one with ``error``.
    """

    hub: str
    topic: str
    digest: str = ""
    pinged: str = ""
    attempts: int = 0
    next_try: datetime | None = None
    error: str = ""


class SubscriptionMode(StrEnum):
    """What a hub is asked for; the values are those of ``hub.mode``."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A topic that a hub is asked to send, or asked to send no longer.

    ``callback`` is our address that it sends to, which nobody else knows, ``secret`` what it signs
    with. The hub is asked at ``next_try``; ``attempts`` is how often it was and did not confirm.
    ``lease_ends`` is when it stops sending by itself, ``None`` before it confirmed. ``delivered``
    is when something came last.
    """

    callback: str = field(repr=False)
    source: str
    hub: str
    topic: str
    secret: str = field(repr=False)
    next_try: datetime
    mode: SubscriptionMode = SubscriptionMode.SUBSCRIBE
    attempts: int = 0
    lease_ends: datetime | None = None
    delivered: datetime | None = None
    error: str = ""
