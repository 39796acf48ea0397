"""Web addresses: as they can be published, and the canonical form under which they are compared.

Knows RFC 3986 and IDNA, and how sites write the address of one page in several ways. Two addresses
of one article have one canonical form, and two articles never do, so everything in a path or a
query that may choose between articles is kept. Refuses to ask a network. It stands on the ground
floor, as the configuration, fetching, normalising and stories all need it.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, unquote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

# --- Patterns of addresses as they can be published ----------------------------------------------

# Ten times the longest address that real entries link to or name as a picture's (197 characters).
# A feed of 15 MB says its own once, and could have it put before each of 300,000 links.
_LONGEST_BASE = 2_000
# What may stand in a URL as it is (RFC 3986 reserved and unreserved), and an escape's percent.
_SAFE = "%!#$&'()*+,/:;=?@[]~"
# An address that is as it can be published, as nearly all are: lower-case scheme and host, safe
# characters, whole escapes, no query that could carry a secret and nothing that is empty.
_PUBLISHABLE = re.compile(
    r"https?://[a-z0-9.-]+(?::[0-9]+)?"
    r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]++|(?:%[0-9A-Fa-f]{2})++)*+)?"
)
_BARE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
# Names of parameters that carry a secret in the feeds' addresses of paid services; author is none.
_SECRET = re.compile(
    "token|secret|passw|pwd|auth(?!or(?!i[sz]))|credential|api[-_]?key|access[-_]?key|jwt"
    "|^key$|^pass$|^sig$|signature",
    re.IGNORECASE,
)

# --- Patterns of the canonical form --------------------------------------------------------------

# An address without port, query, fragment and other escapes than those of Bengali letters, as most
# are: nothing but host and path.
_SIMPLE = re.compile(
    r"https?://([a-z0-9][a-z0-9.-]*[a-z0-9])"
    r"((?:/(?:[A-Za-z0-9._~!$&()*+;=:@-]++|(?:%E0%A[67]%[89AB][0-9A-F])++)++)*+)/?"
)
# What NFC writes otherwise: ড়, ঢ় and য় as one character, ো and ৌ as two, a nukta behind a hasanta.
_MAY_CHANGE_IN_NFC = re.compile(
    "%E0%A7%9[CDF]|%E0%A7%87%E0%A6%BE|%E0%A7%87%E0%A7%97|%E0%A7%8D%E0%A6%BC"
)
_SLASHES_OF_A_SITE = 3
# What stands in a path or a query as it is once all escapes are decoded and encoded again: ``,``
# and ``'`` are written both ways by one site.
_KEPT_IN_PATH, _KEPT_IN_QUERY = "/~!$&()*+;=:@,'", "~!$()*;:@,'/?"
# One page for small screens and for AMP: other hosts, a segment or ending of the path, a parameter.
_OTHER_HOST = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.[^.])")
_AMP_BEGINNING = re.compile("^/amp(?=/[^/]+/.)")
_AMP_ENDING = re.compile(r"(?:/amp(?:\.html?)?|\.amp)$")
_AMP_PARAMETERS = frozenset({"amp", "amp=", "amp=1", "amp=true", "outputtype=amp"})
_BLOGGER_MOBILE = "m=1"  # only where it is the whole query: beside others, m can be a month
_AMP_CACHE = re.compile(
    r"https?://(?:(?:www\.)?google\.[a-z.]{2,6}/amp/s|[a-z0-9-]+\.cdn\.ampproject\.org/[cv]/s)/(.+)"
)
_INDEX_PAGE = re.compile(r"/index\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
# A simple address that holds one of these may be another form of a page after all.
_MAY_BE_ANOTHER_FORM = re.compile(
    r"//(?:www|m|mobile|amp)\.|[/.]amp\b|/index\.|//(?:www\.)?google\.|\.cdn\.ampproject",
    re.IGNORECASE,
)
# Parameters that say where a click came from and never which article is meant.
_TRACKING = re.compile(
    "utm_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_cid|mc_eid|_ga|gad_source|srsltid"
    "|at_(?:medium|campaign|format|custom[0-9]|link_.*|bbc_.*|ptr_.*)"
)
# One round can make what the next one takes off: www.m.example.org/amp/index.html.
_MOST_ROUNDS = 6


def encode(url: str) -> str:
    """Percent-encode what may not stand in a URL, once; ValueError where there is no such host.

    >>> encode("https://example.org/খবর?q=a b")
    'https://example.org/%E0%A6%96%E0%A6%AC%E0%A6%B0?q=a%20b'
    >>> encode(encode("https://example.org/খবর")) == encode("https://example.org/খবর")
    True
    """
    if _PUBLISHABLE.fullmatch(url):
        return url
    parts = urlsplit(_BARE_PERCENT.sub("%25", url.strip()))
    host = parts.netloc
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    return quote(urlunsplit(parts._replace(netloc=host)), safe=_SAFE)


def is_web(url: str) -> bool:
    """Tell whether this is an http or https address with a host."""
    if _PUBLISHABLE.fullmatch(url):
        return True
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def resolve(base: str, link: str) -> str:
    """Return ``link`` as an absolute address against ``base``; empty where either is no address.

    A base of more than 2,000 characters is none: ``link`` stays as it is.

    >>> resolve("https://example.org/news/", "../1"), resolve("https://example.org/", "//[id]/")
    ('https://example.org/1', '')
    """
    try:
        urlsplit(link)
        return urljoin(base if len(base) <= _LONGEST_BASE else "", link) if link else ""
    except ValueError:  # a bracket that is no IPv6 address
        return ""


def has_secret(url: str) -> bool:
    """Tell whether an address has a user name, a password, or a parameter that carries a secret.

    >>> has_secret("https://example.org/feed?id=7&token=x"), has_secret("https://example.org/?id=7")
    (True, False)
    """
    if _PUBLISHABLE.fullmatch(url):
        return False
    parts = urlsplit(url)
    return "@" in parts.netloc or any(map(_is_secret, parts.query.split("&")))


def without_credentials(url: str) -> tuple[str, tuple[str, str] | None]:
    """Return an address without user name and password, and these, where it has them.

    >>> without_credentials("https://me:w%40rd@example.org/feed")
    ('https://example.org/feed', ('me', 'w@rd'))
    """
    parts = urlsplit(url)
    credentials, separator, host = parts.netloc.rpartition("@")
    if not separator:
        return url, None
    user, _, password = credentials.partition(":")
    return urlunsplit(parts._replace(netloc=host)), (unquote(user), unquote(password))


def publishable(url: str) -> str:
    """Return an address without user name, password, and parameters that carry a secret.

    >>> publishable("https://me:word@example.org/feed?id=7&token=x")
    'https://example.org/feed?id=7'
    >>> publishable("https://example.org/news?author=5&authorization=x")
    'https://example.org/news?author=5'
    >>> publishable("https://example.org/feed?id=7&%74oken=x;api%5Fkey=y")
    'https://example.org/feed?id=7'
    """
    if _PUBLISHABLE.fullmatch(url):
        return url
    parts = urlsplit(url)
    kept = (parameter for parameter in parts.query.split("&") if not _is_secret(parameter))
    query = "&".join(kept)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query))


def _is_secret(parameter: str) -> bool:
    """Tell whether a parameter carries a secret, or one behind a ``;`` in it, be it escaped."""
    return any(_SECRET.search(unquote(_name_of(part))) for part in parameter.split(";"))


def canonical(url: str) -> str:
    """Return the form under which addresses are compared; empty where it is no web address.

    >>> canonical("HTTP://WWW.Example.org:80/news/1/?utm_source=x&id=7#top")
    'https://example.org/news/1?id=7'
    >>> canonical("https://m.example.org/news/1/amp") == canonical("https://example.org/news/1")
    True
    """
    if simple := _SIMPLE.fullmatch(url):
        host = simple[1]
        host = _OTHER_HOST.sub("", host) if host.startswith("www.") else host
        plain = f"https://{host}{simple[2] or '/'}"
        if not _MAY_BE_ANOTHER_FORM.search(plain) and not _may_change_in_nfc(plain):
            return plain
    for _ in range(_MOST_ROUNDS):
        before, url = url, _canonical_once(url)
        if url in (before, ""):
            break
    return url


def is_front_page(url: str) -> bool:
    """Tell whether a canonical address leads to a whole site: then it names no entry.

    >>> is_front_page(canonical("http://example.org?utm_source=rss"))
    True
    """
    return url.endswith("/") and url.count("/") == _SLASHES_OF_A_SITE


# --- Steps to the canonical form -----------------------------------------------------------------


def _may_change_in_nfc(url: str) -> bool:
    return "%" in url and _MAY_CHANGE_IN_NFC.search(url) is not None


def _canonical_once(url: str) -> str:
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
    path = _canonical_path(parts.path)
    return urlunsplit(("https", host, path, _canonical_query(parts.query), _route(parts.fragment)))


def _canonical_path(path: str) -> str:
    """Return a path without what only says that it is for AMP, or the index page of its folder."""
    whole = _encoded_anew(path, _KEPT_IN_PATH).rstrip("/")
    path = _AMP_ENDING.sub("", whole)
    if not _leads_to_an_article(path):  # …/tag/amp is a page on the tag
        path = whole
    return _INDEX_PAGE.sub("", _AMP_BEGINNING.sub("", path)) or "/"


def _leads_to_an_article(path: str) -> bool:
    """Tell whether a path leads to one article and not to a section: by a number, or its depth."""
    return any(map(str.isdigit, path)) or path.count("/") > 1


def _canonical_query(query: str) -> str:
    """Return the parameters that may choose a page, in alphabetical order."""
    if query == _BLOGGER_MOBILE:
        return ""
    kept = [parameter for parameter in query.split("&") if _may_choose_a_page(parameter)]
    return "&".join(sorted(_encoded_anew(parameter, _KEPT_IN_QUERY + "=") for parameter in kept))


def _may_choose_a_page(parameter: str) -> bool:
    is_tracking = _TRACKING.fullmatch(_name_of(parameter).lower())
    return bool(parameter) and not is_tracking and parameter.lower() not in _AMP_PARAMETERS


def _name_of(parameter: str) -> str:
    return parameter.partition("=")[0]


def _route(fragment: str) -> str:
    """Keep a fragment that is a page of its own, as in /live#/article/5; others are in a page."""
    return fragment if fragment.startswith(("/", "!")) else ""


def _encoded_anew(text: str, kept: str) -> str:
    """Return a path or parameter with its escapes written in one way (RFC 3986 §6.2.2).

    ``kept`` are the characters that need no escape there. Bengali is put in NFC first, so that one
    spelling of য় (U+09DF, or U+09AF U+09BC) is left.
    """
    decoded = unquote_to_bytes(text)
    try:
        plain = unicodedata.normalize("NFC", decoded.decode())
    except UnicodeDecodeError:  # not UTF-8: nobody knows what it says, so its escapes stay
        return re.sub("%[0-9a-f]{2}", lambda escape: escape.group().upper(), text)
    means_more = any(mark in plain for mark in "%?#&") or "+" in text or "%2f" in text.lower()
    if means_more:  # unescaped, these would say something else
        return re.sub("%[0-9a-fA-F]{2}", _shortest_escape, text)
    return quote(plain, safe=kept)


def _shortest_escape(escape: re.Match[str]) -> str:
    """Return an escaped character as it is if it needs no escape, else its escape in capitals."""
    character = chr(int(escape.group()[1:], 16))
    is_plain = character.isascii() and (character.isalnum() or character in "._~-")
    return character if is_plain else escape.group().upper()
