"""Arrivals: what hubs do at our callbacks, on its way from a web server to who stores it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ArrivalKind(StrEnum):
    """What a hub did: sent a document, confirmed one of two requests, or denied one."""

    DELIVERY = "delivery"
    SUBSCRIBED = "subscribe"
    UNSUBSCRIBED = "unsubscribe"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One thing that a hub did at a callback, which ``token`` names.

    ``lease_seconds`` is how long a hub that confirmed will send, 0 where it does not say.
    ``reason`` is why it denied. ``tries`` is how often somebody began to store it, once it had
    waited for a while, and did not come to an end.
    """

    token: str = field(repr=False)
    kind: ArrivalKind
    arrived: datetime
    lease_seconds: int = 0
    reason: str = ""
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)
    tries: int = 0
