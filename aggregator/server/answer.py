"""What is answered to a search, before HTTP's headers."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from aggregator.web.negotiation import IDENTITY

TEXT = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer; after ``retry_seconds``, if any, it may be another.

    ``body`` is encoded as ``coding`` says.
    """

    status: HTTPStatus
    body: bytes
    media_type: str = TEXT
    retry_seconds: int = 0
    coding: str = IDENTITY
