"""What is said beside a body: what a browser may do with it, and how long it is fresh."""

from __future__ import annotations

_NOTHING = "default-src 'none'; "
_NOWHERE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# Pages carry a style and no script, form, frame or plug-in, and show pictures of any server.
_OF_A_PAGE = "style-src 'self'; img-src https: http: data:; "
PAGE_POLICY = f"{_NOTHING}{_OF_A_PAGE}{_NOWHERE}".encode()
# A feed that a browser shows itself is a text: nothing in it is loaded, and it has no origin.
TEXT_POLICY = f"{_NOTHING}{_NOWHERE}; sandbox".encode()
# An answer never names another address but in a link, and a link tells nobody where it was followed
# from. Sent with every answer, whoever makes it.
EVERYWHERE = [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer")]

# What changed this long ago is taken to change again after as long, and a tenth of that is fresh,
# as caches assume themselves where nothing is said (RFC 9111 §4.2.2).
_SHARE_OF_AGE = 10
# A service publishes what came within seconds; a minute is what a reader hardly notices.
_LEAST_SECONDS = 60
# Readers ask every quarter of an hour at most, and news that come after a quiet night are not to be
# later than at the next time.
_MOST_SECONDS = 900
# An archive document stays as it is, but for a purge, after which it is to be had nowhere.
_ARCHIVE_SECONDS = 86_400


def cache_control(modified_unix: int, now_unix: float, *, is_archive: bool = False) -> str:
    """Return how long a file of this time is fresh, by how long ago it changed.

    An archive document does not go by that.

    >>> cache_control(0, 30), cache_control(0, 3600), cache_control(0, 10**6)
    ('public, max-age=60', 'public, max-age=360', 'public, max-age=900')
    """
    if is_archive:
        return f"public, max-age={_ARCHIVE_SECONDS}"
    tenth = int(now_unix - modified_unix) // _SHARE_OF_AGE
    return f"public, max-age={min(max(tenth, _LEAST_SECONDS), _MOST_SECONDS)}"
