"""The server: whole files with validators, and nothing but published files."""

from __future__ import annotations

import asyncio
import gzip
import os
import resource
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import brotli
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from aggregator.models import FeedDocument
from aggregator.publish import files, formats, gone
from aggregator.publish.folder import media_types
from aggregator.publish.format import Format
from aggregator.web import faults, headers
from aggregator.web.app import app
from aggregator.web.negotiation import accepted
from tests.support.configurations import Make
from tests.support.deadlines import HUNG_SECONDS
from tests.support.passes import NOW, one_pass
from tests.support.serving import Served, serving
from tests.support.texts import PAGE


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serve a folder with one feed, its page, and what must not be seen."""
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "bangla.rss").write_bytes(b"<rss/>")
    (folder / "index.html").write_bytes(b"<p>index</p>")
    (folder / ".bangla.rss.tmp").write_bytes(b"<rs")
    (folder / "README.md").write_bytes(b"#")
    (tmp_path / "secret.rss").write_bytes(b"secret")
    (folder / "link.rss").symlink_to(tmp_path / "secret.rss")
    (folder / "folder.rss").mkdir()
    with serving(folder) as server:
        yield server


def test_a_feed_is_served_with_its_type_and_validators(served: Served) -> None:
    """A reader learns what it is and how to ask for it next time."""
    answer = served.get("/bangla.rss")
    assert (answer.status_code, answer.content) == (200, b"<rss/>")
    assert answer.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert answer.headers["ETag"] and answer.headers["Last-Modified"]
    assert served.get("/").content == b"<p>index</p>"
    assert requests.head(f"{served.url}/bangla.rss", timeout=HUNG_SECONDS).content == b""


def test_an_unchanged_feed_is_not_sent_again(served: Served) -> None:
    """Each form of both conditional headers is understood; the tag outweighs the time."""
    first = served.get("/bangla.rss").headers
    tag, modified = first["ETag"], first["Last-Modified"]
    for etag in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        assert served.get("/bangla.rss", If_None_Match=etag).status_code == 304
    assert served.get("/bangla.rss", If_Modified_Since=modified).status_code == 304
    assert served.get("/bangla.rss", If_Modified_Since="yesterday").status_code == 200
    other = served.get("/bangla.rss", If_None_Match='"other"', If_Modified_Since=modified)
    assert other.status_code == 200


def test_a_time_without_a_zone_is_in_gmt_wherever_the_server_is(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old form of C's asctime, in which a client may ask, has none (RFC 9110 §5.6.7)."""
    modified = served.get("/bangla.rss").headers["Last-Modified"]
    stated = parsedate_to_datetime(modified)
    with monkeypatch.context() as zone:
        zone.setenv("TZ", "America/New_York")
        time.tzset()
        answers = [
            served.get("/bangla.rss", If_Modified_Since=date.strftime("%a %b %e %H:%M:%S %Y"))
            for date in (stated, stated - timedelta(seconds=1))
        ]
    time.tzset()
    assert [answer.status_code for answer in answers] == [304, 200]


def test_other_bytes_have_another_tag_even_in_the_same_second(served: Served) -> None:
    """The tag is made of the bytes, not of the file's time and size."""
    before = served.get("/bangla.rss").headers["ETag"]
    (served.folder / "bangla.rss").write_bytes(b"<RSS/>")
    assert served.get("/bangla.rss").headers["ETag"] != before


@pytest.mark.parametrize(
    "path",
    [
        "/.bangla.rss.tmp",
        "/README.md",
        "/link.rss",
        "/folder.rss",
        "/nothing.rss",
        "/%2e%2e/secret.rss",
        "/..%2fsecret.rss",
        "/bangla.rss%00",
        f"/{'a' * 300}.rss",
        "/feeds/bangla.rss",
    ],
)
def test_nothing_but_published_files_is_served(served: Served, path: str) -> None:
    """No half-written file, no link, no folder, nothing from outside."""
    host = served.url.removeprefix("http://")
    with closing(HTTPConnection(host, timeout=HUNG_SECONDS)) as connection:
        connection.request("GET", path)  # as it stands: requests would tidy the path up
        with connection.getresponse() as answer:
            assert answer.status == 404


def test_a_format_in_the_table_is_published_served_and_listed(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more entry in the table is all that a new format takes."""
    titles = Format(
        suffix="txt",
        media_type="text/plain",
        label="Titles",
        render_entry=lambda view: f"{view.entry.title}\n".encode(),
        join=lambda view, entries: b"".join(entries),
    )
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, titles))
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    config = make_config('[[source]]\nname = "d"\ndump = "page.txt"\n')
    one_pass(config)
    with serving(config.site.output) as server:
        answer = server.get("/bangla.txt")
        front, feed_page = server.get("/"), server.get("/bangla.html")
    assert (answer.status_code, answer.content.count(b"\n")) == (200, 1)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    for shown in (front, feed_page):
        assert '<a href="bangla.txt">Titles</a>' in shown.text
    assert '<link rel="alternate" type="text/plain" title=' in feed_page.text


def test_every_answer_carries_the_headers_that_bind_a_browser(served: Served) -> None:
    """Feeds, pages, unchanged files, faults of every kind: no script, no guessing, no referrer."""
    tag = served.get("/bangla.rss").headers["ETag"]
    answers = [
        served.get("/bangla.rss"),
        served.get("/"),
        served.get("/bangla.rss", If_None_Match=tag),
        served.get("/nothing.rss"),
        requests.post(f"{served.url}/bangla.rss", timeout=HUNG_SECONDS),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 304, 404, 405]
    for answer in answers:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert b"\r\ncontent-security-policy: default-src" in served.send(b"no request\r\n\r\n")


@pytest.mark.parametrize("path", ["/bangla.rss/", "//", "/bangla.rss//", "/nothing/"])
def test_no_address_is_made_of_the_host_that_a_client_names(served: Served, path: str) -> None:
    """A cache in front would hand a redirect to a foreign host on to every reader."""
    request = f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    answer = served.send(request.encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"evil.example" not in answer


def test_a_large_file_arrives_whole_at_a_reader_that_takes_its_time(served: Served) -> None:
    """It is sent in pieces, with its length, as the reader reads it."""
    body = os.urandom(3_000_000)
    (served.folder / "bangla.rss").write_bytes(body)
    with requests.get(f"{served.url}/bangla.rss", stream=True, timeout=HUNG_SECONDS) as answer:
        assert answer.headers["Content-Length"] == "3000000"
        assert b"".join(answer.iter_content(10_000)) == body


def test_a_file_that_cannot_be_read_for_now_is_not_called_gone(served: Served) -> None:
    """Without descriptors the answer is 503: a reader may drop a feed for a 404."""
    served_app = app(served.folder)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask() -> None:
        scope = {"type": "http", "method": "GET", "path": "/bangla.rss", "headers": []}
        await served_app(scope, receive, send)

    async def ask_without_descriptors() -> None:
        await ask()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            await ask()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    asyncio.run(ask_without_descriptors())
    statuses = [message["status"] for message in sent if "status" in message]
    assert statuses == [200, 503]


# --- Encodings -----------------------------------------------------------------------------------

BODY = "<rss>খবর</rss>".encode() * 100
CODED = {"br": brotli.decompress, "gzip": gzip.decompress}


@pytest.fixture
def placed(tmp_path: Path) -> Iterator[Served]:
    """Serve a folder with files as they are put in place, with their neighbours."""
    folder = tmp_path / "feeds"
    for name in ("bangla.rss", "bangla.json", "bangla.html", "feeds.opml"):
        files.put(folder, FeedDocument(name=name, body=BODY, modified=NOW))
    with serving(folder) as server:
        yield server


def raw(served: Served, *lines: str, path: str = "/bangla.rss", method: str = "GET") -> Raw:
    """Ask with these header lines and no others; return the status, the headers and the body."""
    head = [f"{method} {path} HTTP/1.1", "Host: x", "Connection: close", *lines, "", ""]
    answer = served.send("\r\n".join(head).encode())
    start, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = start.decode("latin-1").split("\r\n")
    return Raw(
        status=int(first.split()[1]),
        headers={name.lower(): value for name, _, value in (line.partition(": ") for line in rest)},
        body=body,
    )


@dataclass(frozen=True)
class Raw:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes


# What is sent as Accept-Encoding (nothing: no such header), and what comes: RFC 9110 §12.5.3.
ACCEPTED: list[tuple[str | None, str]] = [
    (None, "identity"),
    ("", "identity"),
    ("gzip", "gzip"),
    ("GZip", "gzip"),
    ("x-gzip", "gzip"),
    ("br", "br"),
    ("gzip, deflate, br, zstd", "br"),
    ("gzip;q=1.0, br;q=0.9", "gzip"),
    ("gzip; q=0.5 , br ; q=0.50", "br"),
    ("gzip;q=0", "identity"),
    ("gzip;q=0.000, br;q=0", "identity"),
    ("br;q=0, *", "gzip"),
    ("*", "br"),
    ("*;q=0.1", "br"),
    ("*;q=0", "none"),
    ("*;q=0, gzip", "gzip"),
    ("identity;q=0", "none"),
    ("identity;q=0, gzip;q=0.001", "gzip"),
    ("identity;q=0, *", "br"),
    ("identity", "identity"),
    ("identity, gzip;q=0.5", "identity"),
    ("identity;q=0.5, gzip", "gzip"),
    ("identity;q=0.5, gzip;q=0.5", "gzip"),
    ("deflate, zstd", "identity"),
    ("gzip;q=2, br;q=x, zstd;q=", "identity"),
    ("gzip;level=9", "identity"),
    (", ,gzip,", "gzip"),
]


@pytest.mark.parametrize(("value", "coding"), ACCEPTED)
def test_a_client_gets_the_coding_that_it_likes_best(
    placed: Served, value: str | None, coding: str
) -> None:
    """By its weights, then by size; without a coding where it says nothing of one."""
    answer = raw(placed, *([] if value is None else [f"Accept-Encoding: {value}"]))
    if coding == "none":
        assert (answer.status, answer.headers["vary"]) == (406, "Accept-Encoding")
        return
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert answer.status == 200
    assert answer.headers.get("content-encoding", "identity") == coding
    assert CODED.get(coding, bytes)(answer.body) == BODY
    assert int(answer.headers["content-length"]) == len(answer.body)


def test_every_line_of_a_header_counts(placed: Served) -> None:
    """Several lines are one list (RFC 9110 §5.3), of codings as of tags."""
    refused = raw(placed, "Accept-Encoding: br;q=0", "Accept-Encoding: gzip")
    assert refused.headers["content-encoding"] == "gzip"
    tag = refused.headers["etag"]
    lines = ("Accept-Encoding: gzip", 'If-None-Match: "other"', f"If-None-Match: W/{tag}")
    assert raw(placed, *lines).status == 304


@given(st.text(st.sampled_from("gzip, br;q=01.*identity\t\u0101"), max_size=60))
def test_whatever_is_accepted_is_a_coding_that_there_is(value: str) -> None:
    """Each at most once, none that was refused, and a coding only if the client named it or all."""
    codings = accepted(value, ("br", "gzip"))
    assert len(set(codings)) == len(codings)
    assert set(codings) <= {"br", "gzip", "identity"}
    assert ("br" in value or "*" in value) or "br" not in codings


def test_each_coding_has_a_strong_tag_of_its_own(placed: Served) -> None:
    """A tag of one coding says nothing of the others; HEAD says what GET would, with no body."""
    tags = {}
    for coding in ("br", "gzip", "identity"):
        answer = raw(placed, f"Accept-Encoding: {coding}")
        tags[coding] = answer.headers["etag"]
        head = raw(placed, f"Accept-Encoding: {coding}", method="HEAD")
        ignored = ("date",)
        assert head.body == b""
        assert {k: v for k, v in head.headers.items() if k not in ignored} == {
            k: v for k, v in answer.headers.items() if k not in ignored
        }
    assert len(set(tags.values())) == 3
    for coding in tags:
        for of, tag in tags.items():
            asked = (f"Accept-Encoding: {coding}", f"If-None-Match: {tag}")
            assert raw(placed, *asked).status == (304 if of == coding else 200)
    known = raw(placed, "Accept-Encoding: br", f"If-None-Match: {tags['br']}")
    assert known.body == b""
    assert known.headers["etag"] == tags["br"]
    assert known.headers.keys() >= {"vary", "cache-control", "last-modified", "date"}
    assert not known.headers.keys() & {"content-encoding", "content-type", "content-length"}


MODIFIED = "Tue, 24 Nov 2026 06:00:00 GMT"
EARLIER, LATER = "Tue, 24 Nov 2026 05:59:59 GMT", "Tue, 24 Nov 2026 06:00:01 GMT"
# Conditions and the status that answers them; TAG is the file's tag (RFC 9110 §13.2.2).
CONDITIONS = [
    (["If-None-Match: TAG"], 304),
    (["If-None-Match: W/TAG"], 304),
    (['If-None-Match: "a,b", TAG'], 304),
    (['If-None-Match: "a", "b"'], 200),
    (["If-None-Match: *"], 304),
    (['If-None-Match: "*"'], 200),
    (["If-None-Match: no tag"], 200),
    (['If-None-Match: "a"', f"If-Modified-Since: {MODIFIED}"], 200),
    (["If-None-Match: TAG", f"If-Modified-Since: {EARLIER}"], 304),
    ([f"If-Modified-Since: {MODIFIED}"], 304),
    ([f"If-Modified-Since: {LATER}"], 304),
    ([f"If-Modified-Since: {EARLIER}"], 200),
    (["If-Modified-Since: Tuesday, 24-Nov-26 06:00:00 GMT"], 304),
    (["If-Modified-Since: Tue Nov 24 06:00:00 2026"], 304),
    (["If-Modified-Since: never"], 200),
    ([f"If-Modified-Since: {EARLIER}", f"If-Modified-Since: {EARLIER}"], 200),
    (["If-Match: TAG"], 200),
    (["If-Match: *"], 200),
    (['If-Match: "a", TAG', "If-None-Match: TAG"], 304),
    (["If-Match: W/TAG"], 412),
    (['If-Match: "a"'], 412),
    (['If-Match: "a"', "If-None-Match: TAG"], 412),
    ([f"If-Unmodified-Since: {EARLIER}"], 412),
    ([f"If-Unmodified-Since: {MODIFIED}"], 200),
    (["If-Match: TAG", f"If-Unmodified-Since: {EARLIER}"], 200),
]


@pytest.mark.parametrize(("lines", "status"), CONDITIONS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions_are_evaluated_in_order(
    placed: Served, lines: list[str], status: int, method: str
) -> None:
    """Tags outweigh dates, what must hold comes before what must not."""
    tag = raw(placed, "Accept-Encoding: br").headers["etag"]
    asked = [line.replace("TAG", tag) for line in lines]
    assert raw(placed, "Accept-Encoding: br", *asked, method=method).status == status


@pytest.mark.parametrize("harm", ["older", "newer", "missing", "a link", "a folder"])
def test_a_neighbour_of_another_version_is_not_served(placed: Served, harm: str) -> None:
    """A run that was killed between two renames left it; the next best coding is sent."""
    neighbour = placed.folder / "bangla.rss.br"
    moved = {"older": -1, "newer": 1}
    if harm in moved:
        time_unix = int(NOW.timestamp()) + moved[harm]
        os.utime(neighbour, (time_unix, time_unix))
    else:
        neighbour.unlink()
    if harm == "a link":
        neighbour.symlink_to(placed.folder / "bangla.json.br")
    elif harm == "a folder":
        neighbour.mkdir()
        os.utime(neighbour, (int(NOW.timestamp()),) * 2)
    answer = raw(placed, "Accept-Encoding: br, gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == BODY
    assert raw(placed, "Accept-Encoding: br").body == BODY
    assert raw(placed, "Accept-Encoding: br, identity;q=0").status == 406


def test_a_feed_that_is_gone_is_said_to_be(placed: Served) -> None:
    """In Bengali and English, as long as there is no file; it is not, if it never was."""
    gone.mark(placed.folder, ["old.rss", "bangla.rss"], NOW)
    answer = placed.get("/old.rss")
    assert answer.status_code == 410
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith("এই ফিড আর প্রকাশিত হয় না।")
    assert "This feed is no longer published." in answer.text
    assert placed.get("/bangla.rss").status_code == 200
    assert placed.get("/old.atom").status_code == 404
    assert placed.get(f"/{'a' * 300}.rss").status_code == 404
    assert placed.get("/.gone/old.rss").status_code == 404
    assert placed.get("/old-archive-12.rss").status_code == 410  # told by its feed's marker
    assert placed.get("/old-archive-12.atom").status_code == 404


def test_types_and_policies_are_those_of_what_is_sent(placed: Served) -> None:
    """Readers that are web pages may read feeds; a feed is no document that anything runs in.

    Pages and feeds have their style from the folder they are in, and pages a form that asks there.
    """
    types = {
        "/bangla.rss": "application/rss+xml",
        "/bangla.json": "application/feed+json",
        "/feeds.opml": "text/x-opml",
        "/bangla.html": "text/html",
    }
    for path, media_type in types.items():
        is_page = media_type == "text/html"
        answer = placed.get(path)
        assert answer.headers["Content-Type"] == f"{media_type}; charset=utf-8"
        assert answer.headers.get("Access-Control-Allow-Origin") == (None if is_page else "*")
        policy = answer.headers["Content-Security-Policy"]
        assert "style-src 'self';" in policy and "unsafe" not in policy
        assert ("form-action 'self'" in policy, "sandbox" in policy) == (is_page, not is_page)


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "is_xml"),
    [
        (None, False),
        ("*/*", False),
        (BROWSER, True),
        ("Application/XML", True),
        ("text/xml", False),
        ("application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.1", False),
    ],
)
def test_a_browser_gets_a_feed_as_xml(placed: Served, accept: str | None, is_xml: bool) -> None:
    """It shows it with its style sheet only so; who names the feed's own type gets that."""
    lines = [] if accept is None else [f"Accept: {accept}"]
    answer = raw(placed, *lines)
    media_type = "application/xml" if is_xml else "application/rss+xml"
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    other = raw(placed, *lines, path="/bangla.json")
    assert other.headers["content-type"] == "application/feed+json; charset=utf-8"
    assert other.headers["vary"] == "Accept-Encoding"


def test_no_part_of_a_file_is_offered(placed: Served) -> None:
    """A range is a file that a reader would put together from two versions."""
    answer = raw(placed, "Range: bytes=0-3")
    assert (answer.status, answer.body) == (200, BODY)
    assert "accept-ranges" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
def test_another_method_is_told_which_there_are(placed: Served, method: str) -> None:
    """RFC 9110 §15.5.6."""
    answer = raw(placed, method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/%62angla.rss", 200),
        ("/bangla%2Erss", 200),
        ("/bangla.rss?x=1", 200),
        ("/bangla.rss.br", 404),
        ("/bangla.rss.gz", 404),
        ("/.published.json", 404),
        ("/%2Epublished.json", 404),
        ("/bangla.rss%0A", 404),
        ("/%E0%A6%AC%E0%A6%BE.rss", 404),  # বা
        ("/%E0%A7%9C.rss", 404),  # ড় as NFC's exclusions have it
        ("/%E0%A6%A1%E0%A6%BC.rss", 404),  # ড় in normal form
        ("/%FF%FE.rss", 404),
        ("/%.rss", 404),
        ("/./bangla.rss", 404),
    ],
)
def test_addresses_are_names_of_files_and_nothing_else(
    placed: Served, path: str, status: int
) -> None:
    """Percent-escapes are resolved once; a name in any script but our own is nowhere."""
    assert raw(placed, path=path).status == status


def test_how_long_a_file_is_fresh_follows_its_rhythm(placed: Served) -> None:
    """A tenth of how long ago it changed: a minute for news, a quarter of an hour at most."""
    fresh = {}
    for age_seconds in (0, 3000, 1_000_000):
        time_unix = time.time() - age_seconds
        os.utime(placed.folder / "bangla.rss", (time_unix, time_unix))
        header = placed.get("/bangla.rss").headers["Cache-Control"]
        fresh[age_seconds] = int(header.removeprefix("public, max-age="))
    assert fresh == {0: 60, 3000: pytest.approx(300, abs=2), 1_000_000: 900}


def test_an_archive_document_is_fresh_for_a_day(placed: Served) -> None:
    """However new it is, as it stays as it is."""
    name = "bangla-archive-1.rss"
    files.put(placed.folder, FeedDocument(name=name, body=BODY, modified=NOW))
    os.utime(placed.folder / name)
    assert placed.get(f"/{name}").headers["Cache-Control"] == "public, max-age=86400"


def test_a_file_that_is_replaced_is_another_at_once(placed: Served) -> None:
    """Though files are kept in memory: also of the same size and time, and time after time."""
    body = BODY
    for number in range(60):
        body = BODY[:-1] + bytes([48 + number])
        files.put(placed.folder, FeedDocument(name="bangla.rss", body=body, modified=NOW))
        os.utime(placed.folder / "bangla.rss", (int(NOW.timestamp()),) * 2)
        assert raw(placed).body == body
        assert raw(placed).body == body


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("path", "front_page"),
    [("/nothing", "index.html"), ("/old.html", "index.html"), ("/entries/x.html", "../index.html")],
)
def test_who_follows_an_old_link_gets_a_page(placed: Served, path: str, front_page: str) -> None:
    """In Bengali, with a way back to the front page; the site's style sheet is its own."""
    gone.mark(placed.folder, ["old.html"], NOW)
    answer = placed.get(path, Accept=BROWSER)
    assert answer.status_code == (410 if path == "/old.html" else 404)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == headers.PAGE_POLICY.decode()
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"
    page = html.document_fromstring(answer.content)
    assert page.get("lang") == "bn"
    assert page.findtext(".//h1") == page.findtext(".//title")
    assert page.xpath("//main//a/@href") == [front_page]
    assert page.xpath("//main//p[@lang='en']")


@pytest.mark.parametrize("suffix", sorted(media_types()))
def test_a_cache_keeps_by_accept_only_what_depends_on_it(placed: Served, suffix: str) -> None:
    """RSS and Atom, which browsers get as another type; all else once for each encoding."""
    name = f"bangla.{suffix}"
    files.put(placed.folder, FeedDocument(name=name, body=BODY, modified=NOW))
    by_accept = [placed.get(f"/{name}", Accept=accept) for accept in ("*/*", BROWSER)]
    types = {answer.headers["Content-Type"] for answer in by_accept}
    assert (len(types) == 2) == (suffix in ("rss", "atom"))
    vary = "Accept, Accept-Encoding" if len(types) == 2 else "Accept-Encoding"
    assert [answer.headers["Vary"] for answer in by_accept] == [vary] * 2
    known = placed.get(f"/{name}", Accept=BROWSER, If_None_Match=by_accept[1].headers["ETag"])
    assert (known.status_code, known.headers["Vary"]) == (304, vary)


@pytest.mark.parametrize("path", ["/nothing", "/nothing.rss", "/old.html", "/a/b/nothing"])
def test_a_cache_keeps_the_text_of_a_fault_from_who_gets_a_page(placed: Served, path: str) -> None:
    """Where a browser is told in a page what others are told in a text, each says ``Accept``."""
    gone.mark(placed.folder, ["old.html"], NOW)
    program, browser = (placed.get(path, Accept=accept) for accept in ("*/*", BROWSER))
    is_by_accept = program.headers["Content-Type"] != browser.headers["Content-Type"]
    vary = "Accept, Accept-Encoding" if is_by_accept else "Accept-Encoding"
    assert [answer.headers["Vary"] for answer in (program, browser)] == [vary] * 2


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/nothing", "*/*"),
        ("/nothing", "application/rss+xml, */*"),
        ("/nothing.rss", BROWSER),
        ("/.nothing", BROWSER),
        ("/a/b/nothing", BROWSER),
    ],
)
def test_programs_get_two_sentences(placed: Served, path: str, accept: str) -> None:
    """Readers, and whoever asks for no page: a plain text, Bengali first."""
    answer = placed.get(path, Accept=accept)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    bengali, english = answer.text.splitlines()
    assert bengali.startswith("এই ঠিকানায় কিছু নেই।") and english == "There is nothing here."


def test_a_text_of_a_fault_cannot_be_markup() -> None:
    """Its first sentence is the heading, whatever it holds."""
    page = faults.page("<b>ক</b> ও খ। গ < ঘ\nA & B\n".encode(), "/x").decode()
    assert "<h1>&lt;b&gt;ক&lt;/b&gt; ও খ।</h1>" in page
    assert "<p>গ &lt; ঘ</p>" in page and '<p lang="en">A &amp; B</p>' in page
