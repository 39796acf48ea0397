"""Web addresses: as they can be published, and the canonical form under which they are compared.

On the ground floor, as the configuration, fetching, normalising and stories all need it. Knows
RFC 3986 and IDNA, and how sites write the address of one page in several ways. Two addresses of one
article become one canonical form; two articles never do, so everything in a path or a query that
may choose between articles is kept.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

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


def resolve(base: str, link: str) -> str:
    """Return ``link`` as an absolute address against ``base``; empty where either is no address.

    >>> resolve("https://example.org/news/", "../1"), resolve("https://example.org/", "//[id]/")
    ('https://example.org/1', '')
    """
    try:
        urlsplit(link)
        return urljoin(base, link) if link else ""
    except ValueError:  # a bracket that is no IPv6 address
        return ""


def publishable(url: str) -> str:
    """Give an address without user name, password, and parameters that carry a secret.

    >>> publishable("https://me:word@example.org/feed?id=7&token=x")
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


# --- The canonical form --------------------------------------------------------------------------

# An address without port, query, fragment and escapes, as most are: nothing but host and path.
_SIMPLE = re.compile(r"https?://([a-z0-9][a-z0-9.-]*[a-z0-9])((?:/[A-Za-z0-9._~!$&()*+;=:@-]+)*)/?")
_SLASHES_OF_A_SITE = 3
# What stands in a path or a query as it is once all escapes are read and written anew: ``,`` and
# ``'`` are written both ways by one site.
_KEPT_IN_PATH, _KEPT_IN_QUERY = "/~!$&()*+;=:@,'", "~!$()*;:@,'/?"
# One page for small screens and for AMP: other hosts, a segment or ending of the path, a parameter.
_OTHER_HOST = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.[^.])")
_AMP_BEGINNING = re.compile("^/amp(?=/[^/]+/.)")
_AMP_ENDING = re.compile(r"(?:/amp(?:\.html?)?|\.amp)$")
_AMP_PARAMETERS = frozenset({"amp", "amp=", "amp=1", "amp=true", "outputtype=amp"})
_BLOGGER_MOBILE = "m=1"  # beside others, m can be a month
_AMP_CACHE = re.compile(
    r"https?://(?:(?:www\.)?google\.[a-z.]{2,6}/amp/s|[a-z0-9-]+\.cdn\.ampproject\.org/[cv]/s)/(.+)"
)
_INDEX_PAGE = re.compile(r"/index\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
# What of these a simple address may hold is enough for it not to be simple.
_MAY_BE_ANOTHER_FORM = re.compile(
    r"//(?:www|m|mobile|amp)\.|[/.]amp\b|/index\.|//(?:www\.)?google\.|\.cdn\.ampproject",
    re.IGNORECASE,
)
# Parameters that say where a click came from and never which article is meant.
_TRACKING = re.compile(
    "utm_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_cid|mc_eid|_ga|gad_source|srsltid"
    "|at_(?:medium|campaign|format|custom[0-9]|link_.*|bbc_.*|ptr_.*)"
)
# One round can make what the next one sees: www.m.example.org/amp/index.html.
_MOST_ROUNDS = 6


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
        return f"https://{simple[1]}{simple[2] or '/'}"
    for _ in range(_MOST_ROUNDS):
        before, url = url, _canonical(url)
        if url in (before, ""):
            break
    return url


def _canonical(url: str) -> str:
    if cached := _AMP_CACHE.fullmatch(url):
        url = f"https://{cached[1]}"
    if not is_web(url):
        return ""
    try:
        parts = urlsplit(encode(url))
        port = parts.port
    except (ValueError, UnicodeError):
        return ""
    host = _OTHER_HOST.sub("", (parts.hostname or "").rstrip("."))
    if not host or host.startswith("."):
        return ""
    host = f"[{host}]" if ":" in host else host
    if port not in (None, 80, 443):
        host += f":{port}"
    path = _AMP_ENDING.sub("", _written_anew(parts.path, _KEPT_IN_PATH).rstrip("/"))
    if not _leads_to_an_article(path):  # …/tag/amp is a page on the tag
        path = _written_anew(parts.path, _KEPT_IN_PATH).rstrip("/")
    path = _INDEX_PAGE.sub("", _AMP_BEGINNING.sub("", path)) or "/"
    return urlunsplit(("https", host, path, _query(parts.query), _route(parts.fragment)))


def _leads_to_an_article(path: str) -> bool:
    """Tell whether a path leads to one article and not to a section: by a number, or its depth."""
    return any(map(str.isdigit, path)) or path.count("/") > 1


def _query(query: str) -> str:
    """Give the parameters that may choose a page, in one order."""
    if query == _BLOGGER_MOBILE:
        return ""
    kept = [
        one
        for one in query.split("&")
        if one
        and not _TRACKING.fullmatch(one.partition("=")[0].lower())
        and one.lower() not in _AMP_PARAMETERS
    ]
    return "&".join(sorted(_written_anew(one, _KEPT_IN_QUERY + "=") for one in kept))


def _route(fragment: str) -> str:
    """Keep a fragment that is a page of its own, as in /live#/article/5; others are places."""
    return fragment if fragment.startswith(("/", "!")) else ""


def _written_anew(text: str, kept: str) -> str:
    """Read the escapes of a text and write them in one way (RFC 3986 §6.2.2), য় as two letters."""
    read = unquote_to_bytes(text)
    try:
        shown = unicodedata.normalize("NFC", read.decode())
    except UnicodeDecodeError:  # not UTF-8: what it says is not known, so it stays
        return re.sub("%[0-9a-f]{2}", lambda match: match.group().upper(), text)
    means_more = any(mark in shown for mark in "%?#&") or "+" in text or "%2f" in text.lower()
    if means_more:  # unescaped, these would say something else
        return re.sub("%[0-9a-fA-F]{2}", _one_escape, text)
    return quote(shown, safe=kept)


def _one_escape(match: re.Match[str]) -> str:
    character = chr(int(match.group()[1:], 16))
    is_plain = character.isascii() and (character.isalnum() or character in "._~-")
    return character if is_plain else match.group().upper()
