"""Web addresses as they can be published: in ASCII, without credentials.

At the bottom of the house, as the configuration, fetching and normalising all need it. Knows
RFC 3986 and IDNA; refuses to know which addresses are the same page.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

# What may stand in a URL as it is (RFC 3986 reserved and unreserved), and an escape's percent.
SAFE = "%!#$&'()*+,/:;=?@[]~"
# An address that is as it can be published, as nearly all are: lower-case scheme and host, safe
# characters, whole escapes, no query that could carry a secret and nothing that is empty.
_AS_IT_CAN_BE = re.compile(
    r"https?://[a-z0-9.-]+(?::[0-9]+)?(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
)
_BARE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
# Names of parameters that carry a secret in the feeds' addresses of paid services.
_SECRET = re.compile("token|secret|passw|auth|api_?key|access_?key|^key$|signature", re.IGNORECASE)


def encode(url: str) -> str:
    """Percent-encode what may not stand in a URL, once; ValueError where there is no such host.

    >>> encode("https://example.org/খবর?q=a b")
    'https://example.org/%E0%A6%96%E0%A6%AC%E0%A6%B0?q=a%20b'
    >>> encode(encode("https://example.org/খবর")) == encode("https://example.org/খবর")
    True
    """
    if _AS_IT_CAN_BE.fullmatch(url):
        return url
    parts = urlsplit(_BARE_PERCENT.sub("%25", url.strip()))
    host = parts.netloc
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    return quote(urlunsplit(parts._replace(netloc=host)), safe=SAFE)


def is_web(url: str) -> bool:
    """Tell whether this is an http or https address with a host."""
    if _AS_IT_CAN_BE.fullmatch(url):
        return True
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def public(url: str) -> str:
    """Give an address without user name, password, and parameters that carry a secret.

    >>> public("https://me:word@example.org/feed?id=7&token=x")
    'https://example.org/feed?id=7'
    """
    if _AS_IT_CAN_BE.fullmatch(url):
        return url
    parts = urlsplit(url)
    query = parts.query
    if any(_SECRET.search(name) for name, _ in parse_qsl(query, keep_blank_values=True)):
        kept = [one for one in query.split("&") if not _SECRET.search(one.partition("=")[0])]
        query = "&".join(kept)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query))
