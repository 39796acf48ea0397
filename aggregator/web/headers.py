"""What is said beside a body: what a browser may do with it, and how long it is fresh."""

from __future__ import annotations

# Pages and documents carry a style sheet of their own folder and no script, frame or plug-in.
_NOTHING = "default-src 'none'; style-src 'self'; "
_NOWHERE = "base-uri 'none'; frame-ancestors 'none'"
# Pages show pictures of any server, and have a form that asks this one.
PAGE_POLICY = f"{_NOTHING}img-src https: http: data:; form-action 'self'; {_NOWHERE}".encode()
# A feed that a browser shows itself is a text: nothing else in it is loaded, and it has no origin.
TEXT_POLICY = f"{_NOTHING}form-action 'none'; {_NOWHERE}; sandbox".encode()
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
ARCHIVE_SECONDS = 86_400
# Every page asks for its style sheet again, which changes with the program alone and then under the
# same name: whoever reads on asks once, and a page looks as before an update for an hour at most.
STYLE_SECONDS = 3_600


def cache_control(modified_unix: int, now_unix: float, *, fresh_seconds: int | None = None) -> str:
    """Return how long a file of this time is fresh: by how long ago it changed, or as stated.

    >>> cache_control(0, 30), cache_control(0, 3600), cache_control(0, 10**6)
    ('public, max-age=60', 'public, max-age=360', 'public, max-age=900')
    """
    if fresh_seconds is None:
        tenth = int(now_unix - modified_unix) // _SHARE_OF_AGE
        fresh_seconds = min(max(tenth, _LEAST_SECONDS), _MOST_SECONDS)
    return f"public, max-age={fresh_seconds}"
