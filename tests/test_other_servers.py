"""nginx and Caddy, with the files of ``contrib/``, answer as our own web server does."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import brotli
import pytest
import requests

from aggregator.models import FeedDocument
from aggregator.publish import files, gone
from aggregator.web import faults
from tests.support.deadlines import HUNG_SECONDS
from tests.support.other_servers import PACKAGES, missing, serving_with
from tests.support.passes import NOW
from tests.support.serving import Served, serving
from tests.test_web import Raw, raw

FEED = ("bangla.rss", "bangla.atom", "bangla.json", "bangla.html")
BODY = "<rss>খবর</rss>".encode() * 100
DECODED: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}
# What every server says alike; tags, and how long it is fresh, are each server's own.
SAME = (
    "content-type",
    "content-encoding",
    "last-modified",
    "vary",
    "x-content-type-options",
    "referrer-policy",
    "content-security-policy",
    "access-control-allow-origin",
    "accept-ranges",
    "allow",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a published folder, with what must not be seen."""
    folder = tmp_path / "feeds"
    lists = ("index.html", "style.css", "feed.css", "favicon.svg")
    for name in (*FEED, "bangla-archive-1.rss", "bangla-archive-1.html", *lists):
        files.put(folder, FeedDocument(name=name, body=BODY, modified=NOW))
    files.put(folder, FeedDocument(name="feeds.opml", body=BODY, modified=NOW))
    gone.mark(folder, ["old.rss", "old.html"], NOW)
    (folder / ".bangla.rss.tmp").write_bytes(b"<rs")
    (tmp_path / "secret.rss").write_bytes(b"secret")
    (folder / "link.rss").symlink_to(tmp_path / "secret.rss")
    (folder / "README.md").write_bytes(b"#")
    return folder


@pytest.fixture(params=sorted(PACKAGES))
def served(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Iterator[Served]:
    """Serve the folder with each of the servers that is installed."""
    if reason := missing(request.param):
        pytest.skip(reason)
    with serving_with(request.param, folder, tmp_path) as server:
        yield server


ASKED = (
    [
        (path, lines)
        for path in (
            "/",
            "/bangla.rss",
            "/bangla.atom",
            "/bangla.json",
            "/bangla.html",
            "/feeds.opml",
            "/style.css",
            "/feed.css",
            "/favicon.svg",
        )
        for lines in ((), ("Accept-Encoding: gzip",), ("Accept-Encoding: gzip, br",))
    ]
    + [
        (path, (f"Accept: {accept}", *lines))
        for path in (
            "/bangla.rss",
            "/bangla.atom",
            "/bangla-archive-1.rss",
            "/old.rss",
            "/bangla.json",
            "/nothing.rss",
            "/.bangla.rss",
        )
        for accept in (
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.1",
            "Application/XML",
            "Application/Atom+XML, application/xml",
            "text/xml",
            "*/*",
        )
        for lines in ((), ("Accept-Encoding: gzip",))
    ]
    + [
        ("/bangla.rss", ("Accept-Encoding: gzip;q=0",)),
        ("/bangla.rss", ("Range: bytes=0-3",)),
        ("/%62angla.rss", ()),
        ("/old.rss", ()),
        ("/old.rss", ("Accept-Encoding: br",)),
        ("/old.html", ()),
        ("/bangla-archive-1.rss", ("Accept-Encoding: gzip",)),
        ("/bangla-archive-2.rss", ()),
        ("/bangla-archive-1.html", ()),
        ("/old-archive-1.html", ()),
        ("/style.css.gz", ()),
        ("/entries/x.html", ()),
        ("/old-archive-12.rss", ()),
        ("/old-archive-12.rss", ("Accept-Encoding: br",)),
        ("/old-archive-12.atom", ()),
        ("/old-archive-x.rss", ()),
        ("/nothing.rss", ()),
        ("/nothing", ()),
        ("/bangla.rss.gz", ()),
        ("/.bangla.rss.tmp", ()),
        ("/.published.json", ()),
        ("/.gone/old.rss", ()),
        ("/README.md", ()),
    ]
)


def test_every_answer_is_ours(served: Served, folder: Path, request: pytest.FixtureRequest) -> None:
    """Status, headers and, of files, bodies: plain, compressed, gone, missing, and 405."""
    links = [] if "caddy" in request.node.name else [("/link.rss", ())]  # Caddy follows them
    with serving(folder) as own:
        for path, lines in [*ASKED, *links]:
            for method in ("GET", "HEAD"):
                ours = raw(own, *lines, path=path, method=method)
                theirs = raw(served, *lines, path=path, method=method)
                assert theirs.status == ours.status, (path, lines, method)
                for name in SAME:
                    if (ours.status != 200 and name == "last-modified") or name in missed(theirs):
                        continue
                    if name == "vary" and faults.is_by_accept(HTTPStatus(ours.status), path):
                        continue  # of a fault, ours alone has a page for people
                    assert theirs.headers.get(name) == ours.headers.get(name), (path, lines, name)
                if ours.status in (200, 410) and method == "GET":
                    assert plain(theirs) == plain(ours), (path, lines)
        assert raw(served, path="/%2e%2e/secret.rss").status in (400, 404)
        ours, theirs = (raw(server, method="POST") for server in (own, served))
        assert (theirs.status, theirs.headers["allow"]) == (405, ours.headers["allow"])


def plain(answer: Raw) -> bytes:
    """Return what a body decodes to."""
    return DECODED[answer.headers.get("content-encoding", "identity")](answer.body)


def missed(answer: Raw) -> tuple[str, ...]:
    """Return that no coding is compared where nginx did not find a neighbour that is there.

    Its module for brotli asks for a name that it does not end (``contrib/nginx.conf``).
    """
    is_br = answer.headers.get("content-encoding") == "br"
    return () if answer.headers.get("server") != "nginx" or is_br else ("content-encoding",)


def test_what_is_known_is_not_sent_again(served: Served) -> None:
    """By the tag of each encoding, and by the time."""
    for coding in DECODED:
        accepting = f"Accept-Encoding: {coding}"
        answer = raw(served, accepting)
        assert missed(answer) or answer.headers.get("content-encoding", "identity") == coding
        assert plain(answer) == BODY
        assert answer.headers["cache-control"] == "public, max-age=60"
        assert answer.headers["etag"].startswith('"')
        if coding == "br" and answer.headers.get("server") == "nginx":
            continue  # what it finds now it may miss the next time, and that has another tag
        known = raw(served, accepting, f"If-None-Match: {answer.headers['etag']}")
        assert (known.status, known.body) == (304, b"")
        assert known.headers["vary"] == "Accept, Accept-Encoding"
    assert raw(served, f"If-Modified-Since: {answer.headers['last-modified']}").status == 304
    for path, seconds in (
        ("/bangla-archive-1.rss", 86_400),
        ("/bangla-archive-1.html", 60),
        ("/style.css", 3600),
        ("/favicon.svg", 3600),
    ):
        assert raw(served, path=path).headers["cache-control"] == f"public, max-age={seconds}"


@pytest.mark.parametrize("server", sorted(PACKAGES))
def test_hubs_reach_our_server_and_no_log_has_their_addresses(
    server: str, folder: Path, tmp_path: Path
) -> None:
    """What they send and ask below /push/ is answered by ours; also while that does not run."""
    if reason := missing(server):
        pytest.skip(reason)
    path = f"/push/{'x' * 43}"
    with serving(folder, push=tmp_path / "push") as own:
        searches = f"127.0.0.1:{own.address[1]}"
        with serving_with(server, folder, tmp_path, searches=searches) as served:
            ours, theirs = (
                requests.post(f"{each.url}{path}", data=b"x", timeout=HUNG_SECONDS)
                for each in (own, served)
            )
            assert (theirs.status_code, theirs.content) == (404, ours.content)
            for name in set(SAME) - {"accept-ranges"}:
                assert theirs.headers.get(name) == ours.headers.get(name), name
            assert served.get(path).content == own.get(path).content
            assert served.get("/bangla.html").ok
    with serving_with(server, folder, tmp_path) as served:
        assert served.get(path).status_code in (502, 503)
    logs = "".join(log.read_text() for log in tmp_path.glob("*.access"))
    if server == "nginx":
        assert "/bangla.html" in logs
        logs += (tmp_path / "server.log").read_text()
    assert "xxx" not in logs
