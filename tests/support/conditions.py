"""A store in which every condition that a source can be in has happened, by real requests."""

from __future__ import annotations

import time
from collections.abc import Iterator, Set
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from aggregator.models import Config, FaultKind, Quarantined, SourceCondition
from aggregator.store.store import Store
from tests.support.configurations import Make
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.texts import item, rss

LATER = NOW + timedelta(hours=3)
_CLOSED_PORT = 9  # discard, which nobody serves any more
_FAILING = SourceCondition.FAILING
# What each source does, by its name, and the fault by which it is known.
EXPECTED: dict[str, tuple[SourceCondition, FaultKind | None]] = {
    "fine": (SourceCondition.FINE, None),
    "folder": (SourceCondition.FINE, None),
    "silent": (SourceCondition.SILENT, None),
    "held-back": (SourceCondition.HELD_BACK, None),
    "new": (SourceCondition.NEW, None),
    "empty": (SourceCondition.EMPTY, None),
    "moved": (SourceCondition.MOVED, None),
    "resting": (SourceCondition.RESTING, FaultKind.RESTING),
    "too-often": (_FAILING, FaultKind.TOO_OFTEN),
    "name": (_FAILING, FaultKind.NAME),
    "private": (_FAILING, FaultKind.PRIVATE),
    "refused": (_FAILING, FaultKind.REFUSED),
    "slow": (_FAILING, FaultKind.SLOW),
    "certificate": (_FAILING, FaultKind.CERTIFICATE),
    "broken-off": (_FAILING, FaultKind.BROKEN_OFF),
    "forbidden": (_FAILING, FaultKind.FORBIDDEN),
    "missing": (_FAILING, FaultKind.MISSING),
    "gone": (_FAILING, FaultKind.GONE),
    "server": (_FAILING, FaultKind.SERVER),
    "redirects": (_FAILING, FaultKind.REDIRECTS),
    "too-large": (_FAILING, FaultKind.TOO_LARGE),
    "encoding": (_FAILING, FaultKind.ENCODING),
    "answer": (_FAILING, FaultKind.ANSWER),
    "robots": (_FAILING, FaultKind.ROBOTS),
    "no-feed": (_FAILING, FaultKind.NO_FEED),
    "file": (_FAILING, FaultKind.FILE),
}
FAILING = {name for name, (condition, _) in EXPECTED.items() if condition is _FAILING}


@contextmanager
def every_condition(make_config: Make, folder: Path) -> Iterator[Config]:
    """Make every condition of ``EXPECTED`` happen in two passes; yield the configuration.

    What has moved for good is believed at the third, so that one goes before of it alone.
    """
    with ExitStack() as stack:
        web, resting = Loopback(), Loopback("127.0.0.2")
        stack.enter_context(closing(web))
        stack.enter_context(closing(resting))
        web.pages |= _pages()
        resting.pages["/too-often"] = Page(status=429, headers={"Retry-After": "86000"})
        (folder / "folder").mkdir()
        page = "বন্যায় তলিয়ে গেছে নিচু এলাকা\n\nসুনামগঞ্জে টানা বৃষ্টিতে নিচু এলাকা তলিয়ে গেছে।\n"
        (folder / "folder" / "page.txt").write_text(page, encoding="utf-8")
        one_pass(
            make_config(_configured(web, resting, names={"moved"})), now=NOW - timedelta(hours=2)
        )
        before = _configured(web, resting, names=EXPECTED.keys() - {"new", "resting"})
        config = make_config(before)
        one_pass(config)
        names = EXPECTED.keys() - {"new"}
        config = make_config(_configured(web, resting, names=names))
        one_pass(config, now=NOW + timedelta(hours=2))
        with Store.open(config.store_url) as store, store.write() as unit:
            reason = "9 of its 10 entries would change at once"
            held = Quarantined(began=NOW, unchanged_since=NOW, polls=2, reason=reason)
            unit.sources.quarantine("held-back", held)
        yield make_config(_configured(web, resting, names=EXPECTED.keys()))


def _pages() -> dict[str, Page]:
    old = "".join(
        f"<item><guid>s{day}</guid><title>পুরোনো খবর {day}</title>"
        f"<pubDate>{NOW - timedelta(days=60 + day):%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
        for day in range(12)
    )
    silent = f'<rss version="2.0"><channel><title>নীরব</title>{old}</channel></rss>'
    disallow = Page(b"User-agent: *\nDisallow: /\n", content_type="text/plain")
    return {
        "/fine": Page(rss([item(1), item(2)])),
        "/silent": Page(silent.encode()),
        "/held-back": Page(rss([item(3)])),
        "/empty": Page(rss([])),
        "/moved": Page(status=301, headers={"Location": "/moved-to"}),
        "/moved-to": Page(rss([item(4)])),
        "/slow": Page(handle=lambda _request: time.sleep(1.5)),
        "/broken-off": Page(handle=_send_half),
        "/forbidden": Page(status=403),
        "/gone": Page(status=410),
        "/server": Page(status=503),
        "/redirects": Page(status=302, headers={"Location": "/redirects"}),
        "/too-large": Page(b"x" * 2_000),
        "/encoding": Page(b"\x1f\x8b\x08\x00" + b"\xff" * 60),
        "/answer": Page(status=206),
        "/robots": Page(b"<html></html>", content_type="text/html"),
        "/robots.txt": disallow,
        "/no-feed": Page(b"<html><title>x</title></html>", content_type="text/html"),
    }


def _send_half(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(b"<rss>")


def _configured(web: Loopback, resting: Loopback, *, names: Set[str]) -> str:
    own = {
        "folder": 'dump = "folder/*.txt"',
        "file": 'dump = "nowhere/*.txt"',
        "name": 'feed = "http://no-such-host.invalid/"',
        "private": f'feed = "{web.url}/fine"',
        "refused": f'feed = "http://127.0.0.1:{_CLOSED_PORT}/"\nallow_private = true',
        "certificate": f'feed = "{web.url.replace("http", "https")}/"\nallow_private = true',
        "too-often": f'feed = "{resting.url}/too-often"\nallow_private = true',
        "resting": f'feed = "{resting.url}/resting"\nallow_private = true',
        "new": f'feed = "{web.url}/fine"\nallow_private = true',
    }
    more = {
        "slow": '\ntimeout = "1s"',
        "too-large": "\nmax_bytes = 1000",
        "robots": "\ndiscover = true",
    }
    lines = ['[site]\ntitle = "বাংলা সংবাদ"\n[status]\nfeed = true\n']
    for name in EXPECTED:
        if name in names:
            address = f'feed = "{web.url}/{name}"\nallow_private = true'
            where = own.get(name, address) + more.get(name, "")
            spacing = '\nspacing = "0s"' if "feed" in where else ""
            lines.append(f'[[source]]\nname = "{name}"\ntitle = "কাগজ {name}"\n{where}{spacing}\n')
    return "".join(lines)
