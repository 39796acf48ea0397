"""Web addresses: as they are published, and the canonical form under which they are compared.

Two addresses of one article become one canonical form; two articles never do, so everything in a
path or a query that may choose between articles is kept.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

# What may stand in a URL as it is (RFC 3986 reserved and unreserved), and an escape's percent.
_SAFE = "%!#$&'()*+,/:;=?@[]~"
_UNRESERVED = re.compile("[A-Za-z0-9._~-]")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_BARE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
# Parameters that say where a click came from and never which article is meant.
_TRACKING = re.compile("utm_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_cid|mc_eid|_ga|at_.*")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def encode(url: str) -> str:
    """Percent-encode what may not stand in a URL, once: an encoded URL stays as it is.

    >>> encode("https://example.org/খবর?q=a b")
    'https://example.org/%E0%A6%96%E0%A6%AC%E0%A6%B0?q=a%20b'
    >>> encode(encode("https://example.org/খবর")) == encode("https://example.org/খবর")
    True
    """
    parts = urlsplit(_BARE_PERCENT.sub("%25", url.strip()))
    host = parts.netloc
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    return quote(urlunsplit(parts._replace(netloc=host)), safe=_SAFE)


def is_web(url: str) -> bool:
    """Tell whether this is an http or https address with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def is_front_page(url: str) -> bool:
    """Tell whether a web address leads to a whole site: then it names no entry."""
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def canonical(url: str) -> str:
    """Give the form under which addresses are compared; the empty text where it is none.

    >>> canonical("HTTP://WWW.Example.org:80/news/1/?utm_source=x&id=7#top")
    'https://example.org/news/1?id=7'
    """
    if not is_web(url):
        return ""
    try:
        parts = urlsplit(encode(url))
        port = parts.port
    except (ValueError, UnicodeError):
        return ""
    host = (parts.hostname or "").removeprefix("www.")
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        host += f":{port}"
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name.lower())
    ]
    path = _ESCAPE.sub(_normal_escape, parts.path).rstrip("/") or "/"
    return urlunsplit(("https", host, path, urlencode(query), ""))


def _normal_escape(match: re.Match[str]) -> str:
    """Decode an escape that is none (RFC 3986 §6.2.2.2); write the others in capitals."""
    character = chr(int(match.group(1), 16))
    return character if _UNRESERVED.fullmatch(character) else match.group().upper()
