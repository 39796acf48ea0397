"""Which encoding of a file a client gets, by its ``Accept-Encoding`` (RFC 9110 §12.5.3).

And as what it gets a feed, by its ``Accept`` (§12.5.1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

IDENTITY = "identity"
_XML = "application/xml"
_ANY = "*"
_ALSO_CALLED = {"x-gzip": "gzip"}  # RFC 9110 §8.4.1.3
# RFC 9110 §12.4.2: a weight has three digits at most.
_ELEMENT = re.compile(
    r"[ \t]*(?P<coding>[!#$%&'*+.^_`|~0-9A-Za-z-]+)"
    r"(?:[ \t]*;[ \t]*[qQ]=(?P<weight>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?[ \t]*"
)


def accepted(value: str | None, offered: Sequence[str]) -> list[str]:
    """Return the codings that a client accepts, the best first; ``identity`` stands for none.

    ``offered`` are codings, the best first, as the client decides it only by weights. ``value`` is
    that of all header lines, joined by commas. A client that sends none gets no coding, though it
    would have to take any: one that decodes says so. What is no coding with a weight counts as not
    sent. The result is empty where even ``identity`` was refused.
    """
    if value is None:
        return [IDENTITY]
    weights: dict[str, float] = {}
    for element in value.split(","):
        if match := _ELEMENT.fullmatch(element):
            coding = match["coding"].lower()
            weights[_ALSO_CALLED.get(coding, coding)] = float(match["weight"] or 1)
    # Whoever names some codings and not identity wants them rather than none.
    unnamed = weights.get(_ANY, 0)
    weight_of = {coding: weights.get(coding, unnamed) for coding in offered}
    ranked = sorted((c for c in offered if weight_of[c]), key=lambda coding: -weight_of[coding])
    weight = weights.get(IDENTITY)
    if weight is None:
        return ranked if weights.get(_ANY) == 0 else [*ranked, IDENTITY]
    if weight == 0:
        return ranked
    better = [coding for coding in ranked if weight_of[coding] >= weight]
    return [*better, IDENTITY, *ranked[len(better) :]]


def is_feed(media_type: str) -> bool:
    """Tell whether files of a media type are feeds in XML: others have names of their own."""
    return media_type.startswith("application/") and media_type.endswith("+xml")


def sent_as(media_type: str, accept: str | None) -> str:
    """Return the media type that a file of a media type is sent as.

    A feed is sent as ``application/xml`` to who names that and not the feed's own type. Browsers
    do, and show XML with its style sheet only so: under the types of feeds Chromium 156 shows the
    markup as a text. Weights are not looked at, so that other servers can go by the same rule
    (``contrib/``).

    >>> sent_as("application/rss+xml", "text/html,application/xml;q=0.9,*/*;q=0.8")
    'application/xml'
    >>> sent_as("application/rss+xml", "application/rss+xml, application/xml;q=0.9")
    'application/rss+xml'
    """
    named = (accept or "").lower()
    is_as_xml = is_feed(media_type) and _XML in named and media_type not in named
    return _XML if is_as_xml else media_type
