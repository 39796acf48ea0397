"""What a feed says of when to ask for it again, in RSS 2.0 or by RSS 1.0's Syndication module."""

from __future__ import annotations

from aggregator.models import NO_HINTS, FeedHints
from aggregator.parse.feed.head import HEAD_BYTES, elements_before_entries

_SYNDICATION = "{http://purl.org/rss/1.0/modules/syndication/}"
# RSS 1.0 Syndication: a feed is updated ``updateFrequency`` times a period, once a day if not said.
_PERIOD_SECONDS = {
    "hourly": 3600,
    "daily": 86_400,
    "weekly": 7 * 86_400,
    "monthly": 30 * 86_400,
    "yearly": 365 * 86_400,
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MINUTE_SECONDS = 60
_MOST_DIGITS = 9
_SIGNS = (b"ttl>", b":update", b"<skip")


def hints_of(body: bytes) -> FeedHints:
    """Return what stands before a feed's entries of when to ask again; what is no number is not.

    Hours that are skipped are those of GMT (RSS 2.0), where earlier versions called midnight 24.
    """
    head = body[:HEAD_BYTES]
    if not any(sign in head for sign in _SIGNS):
        return NO_HINTS
    ttl = frequency = period = 0
    hours: set[int] = set()
    days: set[int] = set()
    for element in elements_before_entries(head, "end"):
        text = (element.text or "").strip().lower()
        tag = element.tag
        if tag == "ttl":
            ttl = _number(text) * _MINUTE_SECONDS
        elif tag == "hour" and _number(text, -1) in range(25):
            hours.add(_number(text) % 24)
        elif tag == "day" and text in _DAYS:
            days.add(_DAYS.index(text))
        elif tag == f"{_SYNDICATION}updatePeriod":
            period = _PERIOD_SECONDS.get(text, 0)
        elif tag == f"{_SYNDICATION}updateFrequency":
            frequency = _number(text)
    return FeedHints(
        ttl_seconds=ttl,
        period_seconds=period // max(frequency, 1),
        skip_hours=tuple(sorted(hours)),
        skip_days=tuple(sorted(days)),
    )


def _number(text: str, otherwise: int = 0) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else otherwise
