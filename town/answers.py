"""What a paper's server answers at a moment of the town, with what is odd about the server.

Pure: an answer is a value, and ``server`` sends it. Whether an answer fails is decided by the
moment alone, so that everybody who asks at one moment has the same.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from enum import StrEnum, auto
from hashlib import sha256
from random import Random

from town.articles import article
from town.documents import FORMS, html_page
from town.papers import Oddity, Paper
from town.town import Town

FEED_PATH = "/feed"
_MOVED_PATH = "/feed/new"
# So long a server is in one mood: it fails or it does not.
_MOOD_SECONDS = 600.0
_FAILING = 1 / 3
# A busy server is busy for a quarter of each forty minutes, and asks for five minutes of rest.
_BUSY_EVERY_SECONDS, _BUSY_SECONDS, _REST_SECONDS = 2400.0, 600.0, 300.0
_GARBAGE_BYTES = 20_000
_PAGE = re.compile(r"(?:/[0-9]+)?/news/([0-9]+)")
_CHALLENGE = (
    b'<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>'
    b'<meta name="robots" content="noindex,nofollow"></head><body><noscript>Enable JavaScript and '
    b'cookies to continue</noscript><script src="/cdn-cgi/challenge-platform/h/b/x"></script>'
    b"</body></html>"
)
_HTML = "text/html; charset=utf-8"


class Pace(StrEnum):
    """How an answer's body is sent: whole; a byte now and then; without end; half; not at all."""

    WHOLE = auto()
    DRIP = auto()
    ENDLESS = auto()
    HALF = auto()
    SILENT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of a server; the length of its body is not among the headers.

    ``is_feed`` says that it is a paper's document, and whole.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    pace: Pace = Pace.WHOLE
    is_feed: bool = False


def answer(
    town: Town, paper: Paper, path: str, at_seconds: float, base: str, etag: str = ""
) -> Answer:
    """Return what a paper answers to a path at a moment; ``etag`` is what the asker has already."""
    page = _PAGE.fullmatch(path)
    if page is not None:
        return _page(town, paper, int(page[1]))
    if path not in (FEED_PATH, _MOVED_PATH):
        return Answer(status=404)
    refusal = _refusal(town, paper, path, at_seconds)
    if refusal is not None:
        return refusal
    whole = _feed(town, paper, at_seconds, base)
    tag = f'"{sha256(whole.body).hexdigest()[:16]}"'
    if etag == tag:
        return Answer(status=304, headers=(("ETag", tag),))
    pace = _pace(town, paper, at_seconds)
    return Answer(
        headers=(*whole.headers, ("ETag", tag)),
        body=whole.body,
        pace=pace,
        is_feed=pace is Pace.WHOLE,
    )


def _page(town: Town, paper: Paper, code: int) -> Answer:
    return Answer(headers=(("Content-Type", _HTML),), body=html_page(paper, town.texts()[code]))


def _feed(town: Town, paper: Paper, at_seconds: float, base: str) -> Answer:
    """Return a paper's feed, with what its server says wrongly of it."""
    articles = [
        article(town, report, at_seconds, base) for report in town.front_page(paper, at_seconds)
    ]
    render, media_type = FORMS[paper.form]
    body = render(paper, base, articles)
    headers = [("Content-Type", media_type)]
    if paper.oddity is Oddity.WRONG_CHARSET:
        headers = [("Content-Type", "application/rss+xml; charset=iso-8859-1")]
    elif paper.oddity is Oddity.WRONG_ENCODING:
        if int(at_seconds // _MOOD_SECONDS) % 2:
            body = gzip.compress(body, mtime=0)
        else:
            headers.append(("Content-Encoding", "gzip"))
    return Answer(headers=tuple(headers), body=body)


def _pace(town: Town, paper: Paper, at_seconds: float) -> Pace:
    is_cut = paper.oddity is Oddity.CUT_SHORT and _is_failing(town, paper, at_seconds)
    return Pace.HALF if is_cut else Pace.WHOLE


def _refusal(town: Town, paper: Paper, path: str, at_seconds: float) -> Answer | None:
    """Return what a server answers instead of its feed; ``None`` where it has the feed."""
    rest_seconds = max(1, round(_REST_SECONDS / town.speed))
    rest = (("Retry-After", str(rest_seconds)),)
    is_busy = at_seconds % _BUSY_EVERY_SECONDS < _BUSY_SECONDS
    here = (("Content-Type", _HTML),)
    match paper.oddity:
        case Oddity.FORBIDDEN:
            return Answer(status=403, headers=here, body=_CHALLENGE)
        case Oddity.MISSING:
            return Answer(status=404)
        case Oddity.GONE:
            return Answer(status=410)
        case Oddity.CHALLENGE:
            return Answer(headers=here, body=_CHALLENGE)
        case Oddity.GARBAGE:
            random = Random(f"{town.seed} {paper.name} {at_seconds:.0f}")
            return Answer(headers=here, body=random.randbytes(_GARBAGE_BYTES))
        case Oddity.DRIP | Oddity.ENDLESS | Oddity.SILENT:
            kind = ("Content-Type", "application/rss+xml; charset=utf-8")
            return Answer(headers=(kind,), body=b"<rss>", pace=Pace(paper.oddity))
        case Oddity.BUSY_429 if is_busy:
            return Answer(status=429, headers=rest)
        case Oddity.BUSY_503 if is_busy:
            return Answer(status=503, headers=rest)
        case Oddity.ERRORS if _is_failing(town, paper, at_seconds):
            return Answer(status=(500, 502, 504)[int(at_seconds // _MOOD_SECONDS) % 3])
        case _:
            return _redirect(paper, path)


def _redirect(paper: Paper, path: str) -> Answer | None:
    """Return where a server sends whoever asks for a path, if it does."""
    if paper.oddity is Oddity.LOOP:
        other = FEED_PATH if path == _MOVED_PATH else _MOVED_PATH
        return Answer(status=302, headers=(("Location", other),))
    if path == FEED_PATH and paper.oddity is Oddity.MOVED:
        return Answer(status=301, headers=(("Location", _MOVED_PATH),))
    if path == FEED_PATH and paper.oddity is Oddity.DETOUR:
        return Answer(status=302, headers=(("Location", _MOVED_PATH),))
    return None


def _is_failing(town: Town, paper: Paper, at_seconds: float) -> bool:
    mood = int(at_seconds // _MOOD_SECONDS)
    return Random(f"{town.seed} {paper.name} {mood}").random() < _FAILING
