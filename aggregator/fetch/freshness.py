"""For how long an answer is current by its own headers (RFC 9111); to ask sooner is useless."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aggregator.fetch.header_dates import http_date

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,9})\"?")
_NOT_KEPT = re.compile(r"(?:^|[\s,])no-(?:cache|store)(?:$|[\s,=])")


def fresh_seconds(headers: Mapping[str, str]) -> int:
    """Return the freshness lifetime of an answer less its age, in seconds; 0 where none is stated.

    ``max-age`` counts before ``Expires`` (§5.3); ``s-maxage`` is for caches that others share. By
    the server's clock alone: ours may be wrong.
    """
    control = headers.get("Cache-Control", "").lower()
    if _NOT_KEPT.search(control):
        return 0
    stated = _MAX_AGE.search(control)
    seconds = int(stated.group(1)) if stated else _until_expired(headers)
    age = headers.get("Age", "").strip()
    is_age = age.isascii() and age.isdigit() and len(age) < 10
    return max(seconds - (int(age) if is_age else 0), 0)


def _until_expired(headers: Mapping[str, str]) -> int:
    expires, date = (http_date(headers.get(name, "")) for name in ("Expires", "Date"))
    return int((expires - date).total_seconds()) if expires and date else 0
