"""The canonical form under which web addresses are compared.

Two addresses of one article become one canonical form; two articles never do, so everything in a
path or a query that may choose between articles is kept.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aggregator.addresses import encode, is_web

# An address without port, query, fragment and escapes, as most are: nothing but host and path.
_SIMPLE = re.compile(
    r"https?://(?:www\.)?(?!www\.)([a-z0-9][a-z0-9.-]*)((?:/[A-Za-z0-9._~!$&'()*+,;=:@-]*)*)"
)
_SLASHES_OF_A_SITE = 3
_UNRESERVED = re.compile("[A-Za-z0-9._~-]")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
# One page for small screens and for the AMP cache: other hosts, a segment of the path, a parameter.
_OTHER_FORM = re.compile("(?:m|mobile|amp)\\.(?=[^.]+\\.)")
_AMP_SEGMENT = re.compile("^/amp(?=/.)|/amp$")
_AMP_PARAMETERS = frozenset({("amp", ""), ("amp", "1"), ("amp", "true"), ("outputtype", "amp")})
_INDEX_PAGE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
# What of these a simple address may hold is enough for it not to be simple.
_MAY_BE_ANOTHER_FORM = re.compile(
    r"//(?:m|mobile|amp)\.|/amp(?:/|$)|/(?:index|default)\.", re.IGNORECASE
)
# Parameters that say where a click came from and never which article is meant.
_TRACKING = re.compile("utm_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_cid|mc_eid|_ga|at_.*")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_front_page(url: str) -> bool:
    """Tell whether a canonical address leads to a whole site: then it names no entry.

    >>> is_front_page(canonical("http://example.org?utm_source=rss"))
    True
    """
    return url.endswith("/") and url.count("/") == _SLASHES_OF_A_SITE


def canonical(url: str) -> str:
    """Give the form under which addresses are compared; the empty text where it is none.

    >>> canonical("HTTP://WWW.Example.org:80/news/1/?utm_source=x&id=7#top")
    'https://example.org/news/1?id=7'
    >>> canonical("https://m.example.org/news/1/amp") == canonical("https://example.org/news/1")
    True
    """
    simple = _SIMPLE.fullmatch(url)
    if simple and not _MAY_BE_ANOTHER_FORM.search(url):
        return f"https://{simple[1]}{simple[2].rstrip('/') or '/'}"
    if not is_web(url):
        return ""
    try:
        parts = urlsplit(encode(url))
        port = parts.port
    except (ValueError, UnicodeError):
        return ""
    host = _OTHER_FORM.sub("", (parts.hostname or "").removeprefix("www."), count=1)
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        host += f":{port}"
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name.lower())
        and (name.lower(), value.lower()) not in _AMP_PARAMETERS
    ]
    path = _ESCAPE.sub(_normal_escape, parts.path).rstrip("/")
    if _is_a_page(path):
        path = _AMP_SEGMENT.sub("", path)
    path = _INDEX_PAGE.sub("", path) or "/"
    return urlunsplit(("https", host, path, urlencode(query), ""))


def _is_a_page(path: str) -> bool:
    """Tell whether a path leads deeper than its first segment: /amp alone may be a section."""
    return path.count("/") > 1


def _normal_escape(match: re.Match[str]) -> str:
    """Decode an escape that is none (RFC 3986 §6.2.2.2); write the others in capitals."""
    character = chr(int(match.group(1), 16))
    return character if _UNRESERVED.fullmatch(character) else match.group().upper()
