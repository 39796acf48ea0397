"""Whether a client has already what it asks for, or wants it only unchanged (RFC 9110 §13).

Dates are whole seconds of Unix time. A header that came in several lines is one value, joined by
commas, as HTTP has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import IntEnum

# RFC 9110 §8.8.3: there may be commas in a tag, so that a list is not split at them.
_TAG = re.compile(r'(?P<weak>W/)?(?P<opaque>"[\x21\x23-\x7e\x80-\xff]*")')


class Outcome(IntEnum):
    """How a request with conditions is answered; the values are HTTP's statuses."""

    SEND = 200
    NOT_MODIFIED = 304
    FAILED = 412


def evaluate(headers: Mapping[str, str], etag: str, modified_unix: int) -> Outcome:
    """Evaluate the conditions of a GET or HEAD, in the order of RFC 9110 §13.2.2.

    ``headers`` are by lower-case names. ``etag`` is the strong tag of the very encoding that would
    be sent. A date that cannot be read is no condition.
    """
    if (if_match := headers.get("if-match")) is not None:
        if not _is_named(etag, if_match, is_strong=True):
            return Outcome.FAILED
    else:
        unmodified_since = _date(headers.get("if-unmodified-since"))
        if unmodified_since is not None and modified_unix > unmodified_since:
            return Outcome.FAILED
    if (if_none_match := headers.get("if-none-match")) is not None:
        is_known = _is_named(etag, if_none_match, is_strong=False)
        return Outcome.NOT_MODIFIED if is_known else Outcome.SEND
    since = _date(headers.get("if-modified-since"))
    if since is not None and modified_unix <= since:
        return Outcome.NOT_MODIFIED
    return Outcome.SEND


def _is_named(etag: str, value: str, *, is_strong: bool) -> bool:
    """Tell whether a tag is in a list; a weak one is the same only by weak comparison."""
    if value.strip() == "*":
        return True
    return any(
        tag["opaque"] == etag and not (is_strong and tag["weak"]) for tag in _TAG.finditer(value)
    )


def _date(value: str | None) -> float | None:
    """Read a date in any of the three forms of RFC 9110 §5.6.7."""
    if value is None:
        return None
    try:
        date = parsedate_to_datetime(value)
        in_gmt = date if date.tzinfo else date.replace(tzinfo=UTC)  # asctime's form has no zone
        return in_gmt.timestamp()
    except (ValueError, OverflowError):
        return None
